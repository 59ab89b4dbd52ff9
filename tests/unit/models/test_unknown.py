"""Characters that a model cannot tell from others are counted, marked and said, wherever it judges."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toys import SENTENCES, classifier, model_folder

from yiju import Explainer
from yiju.app.cli.explain import lines
from yiju.explain.notes import notes
from yiju.models.folder import load_tokenizer
from yiju.models.tokens import encode
from yiju.models.unknown_characters import is_seen, unknown_counts, unknown_in

# The toy's vocabulary holds the characters of toys.SENTENCES, and Latin letters one by one.
CASES = {
    "怎么开通花呗": [],
    "请问龘靐": [0, 1, 2, 3],
    "花呗🐶怎么": [2],
    "花①呗②": [1, 3],
    # Only the word as a whole is unknown, or known.
    "花呗 ñandúж 怎么": [3, 4, 5, 6, 7, 8],
    # A family of four joined by what has no width: the characters with a look of their own.
    "👨\u200d👩\u200d👧 花": [0, 2, 4],
    # Nobody sees them, so nobody misses them: zero width, byte-order mark, control, white space, accent, selector.
    "花\u200b呗\ufeff怎\x07么\u3000开\u0301通\ufe0f": [],
    # Seen, though the tokeniser drops them: private use, the replacement character.
    "花\ue000呗\ufffd": [1, 3],
    "": [],
}


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    return load_tokenizer(model_folder(tmp_path_factory.mktemp("model")))


@pytest.fixture(scope="module")
def explainer(tmp_path_factory):
    return Explainer(*classifier(tmp_path_factory.mktemp("model")))


@pytest.mark.parametrize("text", CASES)
def test_unknown_is_what_people_see_and_the_model_does_not(tokenizer, text):
    (found,) = unknown_in(tokenizer, [text], encode(tokenizer, [text], spans=True))
    assert np.flatnonzero(found).tolist() == CASES[text]


def test_counts_are_those_of_the_places(tokenizer):
    texts = list(CASES)
    assert unknown_counts(tokenizer, texts, encode(tokenizer, texts)).tolist() == [len(CASES[text]) for text in texts]
    assert unknown_counts(tokenizer, [], encode(tokenizer, [])).tolist() == []


@settings(deadline=None)
@given(st.lists(st.text(max_size=12), max_size=5))
def test_counts_without_offsets_are_those_with_them(tokenizer, texts):
    texts = [text.encode("utf-8", "ignore").decode() for text in texts]
    places = unknown_in(tokenizer, texts, encode(tokenizer, texts, spans=True))
    assert unknown_counts(tokenizer, texts, encode(tokenizer, texts)).tolist() == [int(one.sum()) for one in places]


@given(st.characters(categories=["Cc", "Cf", "Zs", "Zl", "Zp", "Mn", "Me"]))
def test_what_has_no_look_of_its_own_is_not_missed(character):
    assert not is_seen(character)


def test_two_unknown_characters_are_judged_alike_and_it_is_said(explainer):
    pairs = [("花呗龘龘开通", "花呗靐靐开通"), ("花呗龘龘开通", "花呗龘龘开通"), ("花呗开通", "花呗怎样开通")]
    judged, explained = explainer.predict(pairs), explainer.explain(pairs)
    assert judged[0].probability == judged[1].probability
    assert [one.unknown for one in judged] == [one.unknown for one in explained] == [4, 4, 0]
    marked = [[part.text for side in one.sides for part in side.segments if part.unknown] for one in explained]
    assert marked == [[*"龘龘靐靐"], [*"龘龘龘龘"], []]
    for one in (judged[0], explained[0]):
        (said,) = notes(one)
        assert said.startswith("4 characters of the pair are unknown to the model's vocabulary")
    assert notes(judged[2]) == notes(explained[2]) == []
    assert judged[0].to_dict()["unknown"] == 4
    assert explained[0].to_dict()["q_segments"][2]["unknown"]


@pytest.fixture
def in_colours(monkeypatch):
    """A terminal that shows colours."""
    monkeypatch.setattr("yiju.app.cli.marks.has_colours", lambda: True)


@pytest.mark.usefixtures("in_colours")
def test_a_sentence_of_unknown_characters_is_nothing_to_rely_on(explainer):
    (one,) = explainer.explain([("龘龘靐", "花呗怎样开通")])
    warning = "Do not rely on this judgement: half of a sentence or more is unknown to the model."
    assert notes(one)[0] == warning
    (judged,) = explainer.predict([("龘龘靐龘龘靐", "花呗怎样开通")])
    assert notes(judged)[0] == warning
    # Before what it rests on, in the page as in the terminal.
    for told in (one.to_html(), "\n".join(lines(one))):
        assert told.index(warning) < told.index("龘</span>" if "</span>" in told else "龘\x1b")


@pytest.mark.usefixtures("in_colours")
def test_both_marks_are_in_the_terminal_and_in_the_page(explainer):
    (one,) = explainer.explain([("花呗🐶开通", "怎么开通花呗" * 9)])
    assert [part.truncated for part in one.sides[0].segments] == [False] * 5
    read = [not part.truncated for part in one.sides[1].segments]
    assert read == sorted(read, reverse=True)
    # [CLS] q [SEP] t [SEP] of 32 tokens.
    assert sum(read) == 32 - 3 - 5
    told = "\n".join(lines(one))
    struck = "\x1b[9m"
    assert re.search("\x1b\\[38;2;120;0;0m(?:\x1b\\[[0-9;]+m)*red: unknown to the vocabulary", told)
    assert f"{struck}struck through: not read" in told
    assert all(said in told for said in notes(one))
    assert told.count("\x1b[38;2;120;0;0m") == 2
    assert told.count(struck) == 1 + read.count(False)
    html = one.to_html()
    assert html.count("outline:2px dotted") == 1
    assert html.count("line-through") == read.count(False)
    (plain,) = explainer.explain([SENTENCES[:2]])
    assert "vocabulary" not in "\n".join(lines(plain))


def test_a_word_that_is_read_in_part_is_marked(explainer):
    word = "vip" * 20
    (one,) = explainer.explain([("花呗", f"花呗{word}")])
    assert [part.truncated for part in one.sides[1].segments] == [False, False, one.truncated]
