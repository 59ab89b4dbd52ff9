"""The smallest set of segments that alone keeps a judgement, against all subsets and by models that are known."""

from itertools import chain, combinations

import numpy as np
import pytest
import torch
from ensembles import of_tokens, token_shares
from scorers import scorer_of, template
from toys import PAIRS, classifier

from yiju.explain.ensemble import Ensemble, Reading
from yiju.explain.rationales.sufficient import CANDIDATES, smallest_rationales
from yiju.explain.subject import Subject
from yiju.models.calibration.apply import decide, difference, probability
from yiju.models.inference import predict_logits
from yiju.models.removal import keep_tokens
from yiju.models.tokens import TokenizedPairs, encode_pairs

SHAPE = template(0, 1, 1, 2, (0, 1, 2))


@pytest.fixture(scope="module", params=[False, True], ids=["stock", "marker"])
def judge(request, tmp_path_factory):
    return classifier(tmp_path_factory.mktemp("model"), marker=request.param)


def some(judge, count=12):
    """Pairs of few characters, with scores by chance of which about half are above 0, and their labels."""
    model, tokenizer = judge
    short = [(q[:4], t[:4]) for q, t, _ in PAIRS[:count]]
    pairs = encode_pairs(tokenizer, *map(list, zip(*short, strict=True)), 32)
    subject = Subject.of(model, tokenizer, 500)
    generator = np.random.default_rng(4)
    scores = [generator.normal(0.2, 1, len(own)).round(2) for own in token_shares(pairs)]
    # Between the values of two pairs, so that no rounding decides.
    ordered = np.sort(difference(predict_logits(model, pairs, 500)))
    margin = float((ordered[count // 2 - 1] + ordered[count // 2]) / 2)
    labels = decide(predict_logits(model, pairs, 500), margin)
    return subject, pairs, scores, labels, margin


def by_all_subsets(subject, pairs, row, scores, label, margin, removal):
    """Size and greatest sum of the smallest subsets that keep the label, or None."""
    first, count = int(pairs.first[row]), len(scores)
    positive = [i for i in range(count) if scores[i] > 0]
    sides = [{i for i in positive if (i < first) == side} for side in (True, False)]
    subsets = chain.from_iterable(combinations(positive, size) for size in range(1, len(positive) + 1))
    best = None
    for one in subsets:
        if any(side and side.isdisjoint(one) for side in sides) or (best and len(one) > best[0]):
            continue
        kept = np.zeros(int(pairs.lengths[row]), dtype=bool)
        kept[[1 + i if i < first else 2 + i for i in one]] = True
        variant = keep_tokens(pairs, np.array([row]), kept, removal, subject.mask_id)
        if decide(predict_logits(subject.model, variant, 500), margin)[0] == label:
            best = len(one), max(best[1] if best else -np.inf, scores[list(one)].sum())
    return best


@pytest.mark.parametrize("removal", ["delete", "mask"])
def test_of_few_segments_it_is_the_best_of_all_subsets(judge, removal):
    subject, pairs, scores, labels, margin = some(judge)
    found = smallest_rationales(of_tokens(subject, pairs), labels, scores, margin, removal)
    sizes = set()
    for row, one in enumerate(found):
        best = by_all_subsets(subject, pairs, row, scores[row], labels[row], margin, removal)
        assert one.kept == (best is not None)
        assert all(scores[row][list(one.chosen)] > 0)
        assert list(one.chosen) == sorted(one.chosen, key=lambda i: -scores[row][i])
        if best and best[0] <= 3:
            assert (len(one.chosen), scores[row][list(one.chosen)].sum()) == (best[0], pytest.approx(best[1]))
        sizes.add(len(one.chosen))
    assert len(sizes) > 1


class Counting:
    """Says 1 where at least `needed` of the wanted words are left; the margin of the decision is 0."""

    def __init__(self, wanted, needed):
        self.wanted, self.needed, self.device, self.training = torch.tensor(wanted), needed, torch.device("cpu"), False
        self.judged = 0

    def __call__(self, input_ids, attention_mask, **_):
        self.judged += len(input_ids)
        left = (torch.isin(input_ids, self.wanted) & attention_mask.bool()).sum(-1)
        beyond = torch.where(left >= self.needed, 1.0, -1.0) + 0.01 * left
        return type("Output", (), {"logits": torch.stack([torch.zeros_like(beyond), beyond], -1).double()})

    def parameters(self):
        return iter(())

    def modules(self):
        return iter(())


def counted(monkeypatch, wanted, needed, scores, first=10):
    """The rationale of a pair of twice ten words 10 to 29, before the model that counts those wanted."""
    model = Counting(wanted, needed)
    monkeypatch.setattr(
        "yiju.models.scorers.classifier.predict_logits",
        lambda _, pairs, budget: np.concatenate(
            [
                model(batch.input_ids, batch.attention_mask).logits.numpy()
                for batch in (pairs.batch(np.array([row])) for row in range(len(pairs)))
            ]
        ),
    )
    ids = np.array([1, *range(10, 20), 1, *range(20, 30), 1], dtype=np.int32)
    pairs = TokenizedPairs(ids, np.array([0, len(ids)]), np.array([10]), np.array([10]), np.array([False]), SHAPE)
    subject = Subject(scorer_of(model, SHAPE), 1000)
    before = Ensemble([[Reading(subject, pairs, token_shares(pairs), np.array([first]))]])
    (found,) = smallest_rationales(before, np.array([1]), [np.asarray(scores, float)], 0.0)
    return found


def test_four_and_five_segments_are_found_by_beam_search(monkeypatch):
    wanted = [11, 13, 22, 24, 25]
    found = counted(monkeypatch, wanted, 5, [0.5] * 20)
    assert found.kept and sorted(found.chosen) == [number - 10 for number in wanted]


def test_beyond_that_it_is_a_beginning_of_the_ranking(monkeypatch):
    wanted = list(range(10, 20))
    scores = [*np.linspace(1, 0.5, 10), *np.linspace(0.4, 0.1, 9), -0.1]
    found = counted(monkeypatch, wanted, 10, scores)
    # Of 6, 9, 13 and all 19. Each sentence is in it: the best of t comes before the others of q.
    assert found.kept and set(found.chosen) == {*range(13)}


def test_where_nothing_keeps_the_judgement_all_that_speaks_for_it_is_told(monkeypatch):
    scores = [1.0] * 5 + [-1.0] * 5 + [0.0] * 5 + [0.5] * 5
    found = counted(monkeypatch, [15, 16, 17], 3, scores)
    assert not found.kept
    assert set(found.chosen) == {0, 1, 2, 3, 4, 15, 16, 17, 18, 19}
    assert found.probability == pytest.approx(float(probability(np.array(-1.0))))


def test_a_sentence_in_which_nothing_speaks_for_the_judgement_has_no_grounds(monkeypatch):
    found = counted(monkeypatch, [13], 1, [0.2] * 10 + [-0.5] * 10)
    assert found.kept and found.chosen == (3,)
    assert found.sides(10) == ([3], [])
    nothing = counted(monkeypatch, [13], 0, [-0.2] * 20)
    assert nothing.chosen == () and nothing.kept


def test_only_the_best_of_each_sentence_are_all_tried(monkeypatch):
    """The seventh of a sentence is no candidate of the exhaustive search, but of those that follow."""
    scores = [*np.linspace(1, 0.1, 10), *np.linspace(1, 0.1, 10)]
    found = counted(monkeypatch, [10 + CANDIDATES, 20], 2, scores)
    assert found.kept and {CANDIDATES, 10} < set(found.chosen)
    assert len(found.chosen) == 4


def test_what_the_model_did_not_read_is_no_ground_whatever_its_score(judge):
    subject, pairs, scores, labels, margin = some(judge)
    cut = token_shares(pairs)
    for own, values in zip(cut, scores, strict=True):
        # The last segment of t has no token, as where the pair is too long, and the highest score.
        own[:, -1], values[-1] = 0.0, 9.0
    found = smallest_rationales(Ensemble([[Reading(subject, pairs, cut, pairs.first)]]), labels, scores, margin)
    assert all(len(own) - 1 not in one.chosen for one, own in zip(found, cut, strict=True))
