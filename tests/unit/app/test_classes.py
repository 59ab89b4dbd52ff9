"""Models of three labels and of one logit before the public API: targets, contrasts, rationales, curves."""

import numpy as np
import pytest
import torch
from families import Row
from families.transformers_models import NLI
from scipy.special import log_softmax

from yiju import Explainer
from yiju.base.errors import YijuError
from yiju.config.chosen_method import chosen_method
from yiju.explain.attribution import score_pairs, why_unsupported

PAIR = ("怎么开通花呗", "花呗如何开通")
PAIRS = [PAIR, ("今天天气", "明天下雨吗"), ("iPhone14 多少钱", "手机的价格")]


@pytest.fixture(scope="module")
def nli(family_folder):
    return Explainer.from_pretrained(family_folder(Row("three labels", "xlm-roberta")), device="cpu")


@pytest.fixture(scope="module")
def reranker(family_folder):
    return Explainer.from_pretrained(family_folder(Row("cross-encoder", "roberta")), device="cpu")


def outputs(explainer, pairs):
    with explainer.before(pairs) as ensemble:
        return ensemble.logits()


def test_outputs_are_logits_or_nothing_and_the_number(nli, reranker):
    given, cut = nli.outputs([*PAIRS, (PAIR[0] * 200, PAIR[1])])
    np.testing.assert_allclose(given[:3], outputs(nli, PAIRS), atol=1e-6)
    assert cut.tolist() == [False] * 3 + [True] and given.shape == (4, 3)
    numbers, _ = reranker.outputs(PAIRS)
    assert numbers[:, 1].tolist() == pytest.approx([one.score for one in reranker.predict(PAIRS)])
    assert not numbers[:, 0].any()
    with pytest.raises(YijuError, match="pairs is empty"):
        nli.outputs([])


def test_the_decided_class_is_judged_and_explained(nli):
    logits = outputs(nli, PAIRS)
    for one, own in zip(nli.explain(PAIRS), logits, strict=True):
        assert one.label == own.argmax() and one.label_name == one.target == list(NLI)[one.label]
        assert one.score == pytest.approx(log_softmax(own)[one.label], abs=1e-6)
        assert one.probability == pytest.approx(np.exp(one.score), abs=1e-6)
        assert one.verdict == f"{one.label_name}, p({one.label_name}) = {one.probability:.3f}"


@pytest.mark.parametrize("method", ["occlusion", "integrated_gradients", "gradient_input", "kernel_shap"])
def test_scores_of_a_named_class_and_of_a_contrast(nli, method):
    logits = outputs(nli, [PAIR])[0]
    whole = nli.explain(PAIR, method, target=NLI[0])
    against = nli.explain(PAIR, method, target=0, contrast=NLI[2])
    assert whole.score == pytest.approx(log_softmax(logits)[0], abs=1e-6)
    assert against.score == pytest.approx(logits[0] - logits[2], abs=1e-6)
    assert (against.target, against.contrast) == (NLI[0], NLI[2])
    other = nli.explain(PAIR, method, target=NLI[2], contrast=NLI[0])
    values, opposite = ([part.score for side in one.sides for part in side.segments] for one in (against, other))
    np.testing.assert_allclose(values, -np.array(opposite), atol=1e-5)


@pytest.mark.parametrize("contrast", [NLI[1], 1])
def test_a_class_is_not_held_against_itself(nli, contrast):
    with pytest.raises(YijuError, match=rf"both the class '{NLI[1]}'.*name another class as the contrast"):
        nli.explain(PAIR, target=1, contrast=contrast)


def test_occlusion_of_a_contrast_is_the_difference_without_the_segment(nli):
    found = nli.explain(PAIR, "occlusion", target=0, contrast=1)
    first = outputs(nli, [(PAIR[0][1:], PAIR[1])])[0]
    if nli.tokenizer.tokenize(PAIR[0])[1:] == nli.tokenizer.tokenize(PAIR[0][1:]):
        assert found.sides[0].segments[0].score == pytest.approx(found.score - (first[0] - first[1]), abs=1e-5)


def test_another_class_than_the_decided_one_has_a_share_as_its_rationale(nli):
    (judged,) = nli.explain([PAIR])
    other = next(name for name in NLI if name != judged.label_name)
    found = nli.explain(PAIR, target=other)
    assert found.label == judged.label and (found.alone, found.kept) == (None, None)
    assert judged.kept is not None


def test_the_rationale_of_a_pair_does_not_hang_on_the_pairs_beside_it(nli):
    target = nli.predict(PAIR).label
    together = nli.explain([*PAIRS, PAIR[::-1]], target=target)
    assert len({one.kept is None for one in together}) == 2 or {one.label for one in together} == {target}
    for one in together:
        alone = nli.explain((one.q, one.t), target=target)
        assert (one.kept is None) == (one.label != target)
        for side, other in zip(one.sides, alone.sides, strict=True):
            assert [part.text for part in side.rationale] == [part.text for part in other.rationale]


def test_curves_follow_the_explained_class(nli):
    found = nli.explain(PAIR, target=2)
    (curve,) = nli.curves([found])
    assert curve[0] == pytest.approx(np.exp(found.score), abs=1e-6)
    against = nli.explain(PAIR, target=2, contrast=0)
    assert nli.curves([against])[0][0] == pytest.approx(against.score, abs=1e-6)
    with pytest.raises(YijuError, match="different contrasts"):
        nli.curves([found, against])


def test_the_smallest_deletion_turns_the_decided_class(nli):
    (found,) = nli.counterfactuals([PAIR], limit=3)
    assert found.label == nli.predict(PAIR).label


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"target": "similar"}, "no class 'similar'; the model has 0 entailment, 1 neutral, 2 contradiction"),
        ({"target": 3}, "no class 3"),
        ({"target": True}, "no class True"),
        ({"contrast": 1}, "give target too"),
    ],
)
def test_wrong_classes_are_named(nli, arguments, message):
    with pytest.raises(YijuError, match=message):
        nli.explain(PAIR, **arguments)


@pytest.mark.parametrize("method", ["occlusion", "integrated_gradients", "gradient_input", "lime", "random"])
def test_a_reranker_is_explained_by_its_logit(reranker, method):
    found = reranker.explain(PAIR, method)
    assert (found.label, found.probability, found.target, found.alone, found.kept) == (None,) * 5
    assert found.score == pytest.approx(outputs(reranker, [PAIR])[0, 1], abs=1e-6)
    assert found.verdict == f"score {found.score:.3f}" and f"score {found.score:.3f}" in found.to_html()
    values = [part.score for side in found.sides for part in side.segments]
    assert np.isfinite(values).all() and np.ptp(values) > 0


def test_integrated_gradients_of_a_reranker_are_complete(reranker):
    found = reranker.explain(PAIRS, "integrated_gradients", steps=20)
    for one in found:
        total = sum(part.score for side in one.sides for part in side.segments)
        assert abs(one.gap) < 0.01 * max(1.0, abs(total))


def test_a_margin_on_the_logit_makes_labels_and_rationales_of_either(reranker):
    scores = sorted(one.score for one in reranker.predict(PAIRS))
    decided = Explainer(reranker.scorer, margin=float(np.mean(scores[:2])))
    labels = {one.label for one in decided.explain(PAIRS)}
    assert labels == {0, 1}
    for one in decided.explain(PAIRS):
        sign = 1 if one.label else -1
        assert one.kept is not None
        assert all(sign * part.score > 0 for side in one.sides for part in side.rationale)


def test_both_orders_are_averaged(reranker):
    both = Explainer(reranker.scorer, average_orders=True)
    given, exchanged = reranker.predict(PAIR), reranker.predict(PAIR[::-1])
    assert both.predict(PAIR).score == pytest.approx((given.score + exchanged.score) / 2, abs=1e-6)


def test_a_table_of_pandas_has_columns_of_numbers_or_none(reranker):
    import pandas as pd

    found = reranker.predict(pd.DataFrame(PAIRS, columns=["q", "t"]))
    assert found["label"].isna().all() and found["score"].notna().all()


def test_of_one_number_the_score_of_label_0_is_its_opposite(reranker):
    with reranker.before(PAIRS) as ensemble:
        subject, given = ensemble.first.subject, ensemble.logits()
        labels = np.array([0, 1, 0])
        signs = np.where(labels, 1.0, -1.0)
        np.testing.assert_allclose(subject.score(given, labels), signs * given[:, 1])
        np.testing.assert_allclose(ensemble.figure(given, 0), -given[:, 1])
        chosen = torch.from_numpy(labels)
        assert subject.score_of(torch.from_numpy(given), chosen).tolist() == pytest.approx(signs * given[:, 1])
        for method in ("occlusion", "integrated_gradients", "deeplift"):
            options = chosen_method(method, {})
            if why_unsupported(options, subject.scorer) is None:
                own, other = (score_pairs(ensemble, one, options, bar=False).values[0] for one in (labels, 1 - labels))
                np.testing.assert_allclose(own, -other, atol=1e-5)
