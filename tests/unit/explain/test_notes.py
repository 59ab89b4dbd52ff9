"""What a reader must know of a judgement and of its model, in sentences."""

from __future__ import annotations

from math import log

import pytest

from yiju.explain.explanation import Explanation, Judgement, Segment, Side
from yiju.explain.notes import introduction, notes
from yiju.models.decision import Decision
from yiju.models.model_facts import About, Accuracy, Reordered

ACCURACY = Accuracy(
    set="test",
    pairs=1800,
    value=0.9,
    low=0.88,
    high=0.92,
    overlap=0.7,
    beside_overlap="above",
    majority=0.5,
    synthetic=True,
    chose=False,
)
ABOUT = About(name="mine-0", corpora=("A", "B"), synthetic=False, accuracy=(ACCURACY,), threshold=0.5, weights="0" * 64)
Q, T = "从北京到上海", "从上海到北京"


def deciding(threshold: float) -> Decision:
    """Of two labels, similar above a probability."""
    return Decision(("not similar", "similar"), margin=log(threshold / (1 - threshold)))


def judged(q: str, t: str, **facts) -> Judgement:
    return Judgement(q, t, **{"label": 1, "probability": 0.9, "truncated": False, "unknown": 0, "score": -0.1} | facts)


def side(text: str, **marks) -> Side:
    parts = [Segment(one, place, place + 1, 0.1, None) for place, one in enumerate(text)]
    segments = [
        Segment(one.text, one.start, one.end, 0.1, None, **{key: one.start in places for key, places in marks.items()})
        for one in parts
    ]
    return Side(text, (0.1,) * len(text), tuple(segments))


def test_another_order_is_told_with_how_often_the_model_is_right_where_that_was_measured():
    (said,) = notes(judged(Q, T))
    assert said.startswith("Both sentences hold the same characters in another order. Such models often miss")
    assert "was not measured" in said
    assert notes(judged(Q, T), ABOUT) == [said]
    (known,) = notes(judged(Q, T), ABOUT.model_copy(update={"reordered": Reordered(pairs=1200, right=30)}))
    assert known.endswith("Of 1,200 such pairs of its sets this model judged 30 right.")
    assert notes(judged(Q, "从上海到南京"), ABOUT) == []


def test_what_forbids_to_rely_on_a_judgement_comes_first():
    facts = {"label": 1, "probability": 0.9, "truncated": True, "unknown": 2, "method": {"method": "occlusion"}} | {
        "score": -0.1
    }
    half = Explanation("花呗开通", T, sides=(side("花呗开通", unknown={0, 1}), side(T, truncated={3, 4, 5})), **facts)
    first, second, *_ = notes(half)
    assert first == "Do not rely on this judgement: half of a sentence or more is unknown to the model."
    assert second == "Do not rely on this judgement: half of a sentence or more is not read by the model."
    less = Explanation("花呗开通", T, sides=(side("花呗开通", unknown={0}), side(T, truncated={4, 5})), **facts)
    assert not any("rely" in one for one in notes(less))
    assert "(花)" in notes(less)[1]


@pytest.mark.parametrize(("unknown", "warned"), [(3, False), (4, True)])
def test_of_a_judgement_alone_the_whole_pair_counts(unknown, warned):
    assert notes(judged("花 呗开", "开通了什么", unknown=unknown))[0].startswith("Do not rely") is warned


def test_a_model_is_introduced_by_name_data_accuracy_and_threshold():
    learnt, accuracy, decides = introduction(ABOUT, deciding(0.5))
    assert learnt == "The model mine-0 learnt from pairs of A, B."
    assert "90.0% [88.0%, 92.0%] of the 1,800 synthetic pairs of test; a rule that counts shared" in accuracy
    assert decides == "It judges a pair similar above p(similar) = 0.500."
    assert introduction(ABOUT, deciding(0.7))[-1].endswith("0.700; the figures are of a threshold of 0.500.")
    synthetic = ABOUT.model_copy(update={"synthetic": True})
    assert "synthetic rows: nothing follows for the real corpus" in introduction(synthetic, deciding(0.5))[0]


@pytest.mark.parametrize(
    ("beside", "said"), [("below", "counts shared characters does better"), ("level", "not shown to be better")]
)
def test_a_model_that_a_trivial_rule_beats_is_not_to_be_used(beside, said):
    weak = ABOUT.model_copy(update={"accuracy": (ACCURACY.model_copy(update={"beside_overlap": beside}),)})
    warning = introduction(weak, deciding(0.5))[2]
    assert warning.startswith("Do not use it: ") and said in warning


def test_of_a_model_that_says_nothing_of_itself_nothing_is_known():
    assert introduction(None, deciding(0.5))[0].startswith("Nothing is known of this model's accuracy")
    assert (
        "was not measured: no set had labels"
        in introduction(ABOUT.model_copy(update={"accuracy": ()}), deciding(0.5))[1]
    )


@pytest.mark.parametrize(
    ("decision", "said"),
    [
        (Decision(("a", "b", "c")), "It decides for the most probable of 3 classes: a, b, c."),
        (Decision(("", ""), single=True, margin=None), "This model gives one number a pair and decides nothing by"),
        (Decision(("", ""), single=True, margin=2.5), "It judges a pair similar above a score of 2.500."),
    ],
)
def test_how_models_of_other_outputs_decide_is_said(decision, said):
    assert introduction(None, decision)[-1].startswith(said)
    assert introduction(ABOUT, decision)[-1].startswith(said.rstrip("."))


def test_a_longer_unit_is_unread_where_nothing_of_it_was_read_and_tells_not_how_much_is_unknown():
    facts = {"label": 1, "probability": 0.9, "truncated": True, "unknown": 1, "method": {}, "score": -0.1}

    def told(score, unknown):
        parts = (Segment("花呗", 0, 2, 1.0, 1), Segment("开通花呗", 2, 6, score, None, unknown=unknown, truncated=True))
        sides = (Side("花呗开通花呗", (), parts), Side("花", (), (Segment("花", 0, 1, 1.0, 1),)))
        return notes(Explanation("花呗开通花呗", "花", sides=sides, units="sentences", **facts))

    assert told(0.5, True)[0] == "The pair is longer than the model reads: its end was cut off and counts for nothing."
    assert "is not read by the model" in told(None, True)[0]
    assert not any("开通花呗" in one for one in told(0.5, True))
