"""`Explainer` with other units than characters: each segment is what is taken away, and what explanations speak of."""

import json

import numpy as np
import pandas as pd
import pytest
from toys import SENTENCES, classifier

from yiju import Explainer
from yiju.base.errors import YijuError
from yiju.explain import division
from yiju.explain.grounds import grounds

LONG = "手机号码怎么更改？如何更改 VIP 手机号。\n这个多少钱，多少钱一斤！怎么开通花呗"
PAIR = ("手机号码怎么更改", LONG)
SHORT = ("这个多少钱？怎么开通花呗", "多少钱一斤。手机号码怎么更改")
PAIRS = [PAIR, SHORT, *zip(SENTENCES[:2], SENTENCES[2:4], strict=True)]
SENTENCES_OF_LONG = ["手机号码怎么更改？", "如何更改 VIP 手机号。", "这个多少钱，多少钱一斤！", "怎么开通花呗"]


@pytest.fixture(scope="module")
def explainer(tmp_path_factory):
    """A classifier that reads long texts whole."""
    return Explainer(*classifier(tmp_path_factory.mktemp("model"), max_length=96))


def log_probability(explainer, pairs, label):
    chances = np.array([one.probability for one in explainer.predict(pairs)])
    return np.log(chances if label else 1 - chances)


def without(text, part):
    return text[: part.start] + text[part.end :]


@pytest.mark.parametrize("units", ["words", "sentences", "tokens"])
def test_a_score_by_occlusion_is_the_fall_without_the_unit(explainer, units):
    one = explainer.explain(SHORT, "occlusion", units=units)
    whole = log_probability(explainer, [SHORT], one.label)
    for side, texts in enumerate(one.sides):
        shorter = [without(texts.text, part) for part in texts.segments]
        pairs = [(text, SHORT[1]) if side == 0 else (SHORT[0], text) for text in shorter]
        falls = whole - log_probability(explainer, pairs, one.label)
        assert [part.score for part in texts.segments] == pytest.approx(falls, abs=1e-5)


def test_tokens_of_a_latin_word_are_units_of_their_own(explainer):
    (_, t) = explainer.explain(PAIR, "occlusion", units="tokens").sides
    texts = [part.text for part in t.segments]
    assert "".join(texts) == "".join(LONG.split())
    assert "VIP" not in texts and "VIP" in [part.text for part in explainer.explain(PAIR).sides[1].segments]


def test_segments_are_the_units_and_the_explanation_says_which(explainer):
    assert explainer.explain(PAIR).units == "characters"
    words = explainer.explain(PAIR, units="words")
    assert [part.text for part in words.sides[0].segments] == ["手机号码", "怎么", "更改"]
    listed = explainer.explain(PAIR, units="words", words=["手机", "号码"])
    assert [part.text for part in listed.sides[0].segments] == ["手机", "号码", "怎", "么", "更", "改"]
    sentences = explainer.explain(PAIR, units="sentences")
    assert [part.text for part in sentences.sides[1].segments] == SENTENCES_OF_LONG
    assert [one.to_dict()["units"] for one in (words, listed, sentences)] == ["words", "words", "sentences"]
    assert json.loads(json.dumps(sentences.to_dict()))["units"] == "sentences"


def test_given_segments_are_scored(explainer):
    given = ([(0, 4), (4, 8)], SENTENCES_OF_LONG)
    one = explainer.explain(PAIR, "occlusion", segments=given)
    assert one.units == "segments"
    assert [part.text for part in one.sides[0].segments] == ["手机号码", "怎么更改"]
    assert explainer.explain([PAIR], "occlusion", segments=[given]) == [one]
    by_sentences = explainer.explain(PAIR, "occlusion", units="sentences")
    assert [part.score for part in one.sides[1].segments] == pytest.approx(
        [part.score for part in by_sentences.sides[1].segments], abs=1e-6
    )
    table = pd.DataFrame([PAIR], columns=["q", "t"])
    assert explainer.explain(table, "occlusion", segments=[given])["units"].tolist() == ["segments"]


def test_segments_of_too_many_pairs_are_refused_at_the_end(explainer):
    with pytest.raises(YijuError, match="more than the 1 pairs"):
        explainer.explain([PAIR], "occlusion", segments=[(["手机号码怎么更改"], [LONG])] * 2)
    with pytest.raises(YijuError, match=r"^pair 0: t: segment 0"):
        explainer.explain(PAIR, segments=(["手机号码怎么更改"], ["别的"]))


def test_the_matrix_holds_what_two_sentences_do_together(explainer):
    one = explainer.explain(SHORT, "occlusion", matrix="occlusion", units="sentences")
    q, t = (side.segments for side in one.sides)
    changed = [(without(SHORT[0], i), without(SHORT[1], j)) for i in q for j in t]
    both = log_probability(explainer, changed, one.label).reshape(len(q), len(t))
    alone_q = log_probability(explainer, [(without(SHORT[0], i), SHORT[1]) for i in q], one.label)
    alone_t = log_probability(explainer, [(SHORT[0], without(SHORT[1], j)) for j in t], one.label)
    whole = log_probability(explainer, [SHORT], one.label)
    assert np.shape(one.matrix) == (2, 2)
    np.testing.assert_allclose(one.matrix, whole - alone_q[:, None] - alone_t + both, atol=1e-5)


def test_a_curve_takes_away_the_units_that_were_explained(explainer):
    one = explainer.explain(SHORT, "occlusion", units="sentences")
    (curve,) = explainer.curves([one], removal="delete")
    parts = [(part, side) for side, own in enumerate(one.sides) for part in own.segments]
    best, side = max(parts, key=lambda found: found[0].score)
    q, t = (without(text, best) if number == side else text for number, text in enumerate(SHORT))
    assert len(curve) == 1 + len(parts)
    assert np.log(curve[1]) == pytest.approx(log_probability(explainer, [(q, t)], one.label)[0], abs=1e-5)


def test_a_counterfactual_counts_units(explainer):
    (found,) = explainer.counterfactuals([PAIR], "delete", units="sentences")
    assert set(found.q) <= {0} and set(found.t) <= set(range(4))
    (given,) = explainer.counterfactuals([PAIR], "delete", segments=[([PAIR[0]], SENTENCES_OF_LONG)])
    assert given == found
    with explainer.before([PAIR], units="sentences") as ensemble:
        assert ensemble.bounds.tolist() == [0, 5]


def test_parts_that_bound_the_memory_change_nothing(explainer, monkeypatch):
    whole = explainer.explain(PAIRS, "occlusion", units="words")
    monkeypatch.setattr(division, "CELLS", 50)
    for one, other in zip(whole, explainer.explain(PAIRS, "occlusion", units="words"), strict=True):
        assert (one.q, one.t, one.label) == (other.q, other.t, other.label)
        for side, same in zip(one.sides, other.sides, strict=True):
            assert [part.score for part in side.segments] == pytest.approx(
                [part.score for part in same.segments], abs=1e-6
            )


@pytest.mark.parametrize(("units", "noun"), [("words", "word"), ("sentences", "sentence"), ("tokens", "token")])
def test_the_grounds_speak_of_the_units(explainer, units, noun):
    one = explainer.explain(PAIR, "occlusion", units=units)
    said = " ".join(grounds(one))
    assert noun in said and "character" not in said
    assert "character" in " ".join(grounds(explainer.explain(PAIR, "occlusion")))


def shared_characters(pairs):
    """A black box: the characters of t that are in q, each as much as it comes early."""
    return [sum(1 / (1 + place) for place, one in enumerate(t) if one in q) for q, t in pairs]


def test_of_a_function_the_number_falls_without_the_unit():
    explainer = Explainer.of(shared_characters)
    for units in ("words", "sentences", "tokens"):
        one = explainer.explain(SHORT, units=units)
        whole, *others = shared_characters([SHORT, *((SHORT[0], without(SHORT[1], p)) for p in one.sides[1].segments)])
        assert [part.score for part in one.sides[1].segments] == pytest.approx([whole - other for other in others])
        assert "character" not in " ".join(grounds(one))
