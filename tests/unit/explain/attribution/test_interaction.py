"""What two segments do together, against the four terms in a plain loop and mixed derivatives that are known."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from ensembles import log_probabilities, of_texts, of_tokens
from token_games import MASK, Judge, additive, make_pairs, own, subject_of, to_logits
from toys import PAIRS, classifier

from yiju.explain import coalitions
from yiju.explain.ensemble import Ensemble, Reading
from yiju.explain.interaction import STRONGEST, gradient_matrices, joint_occlusion, occluded_gradients
from yiju.explain.subject import Subject
from yiju.models.removal import keep_tokens
from yiju.models.tokens import encode_pairs

WIDTH = 4


@pytest.fixture(scope="module", params=[False, True], ids=["stock", "marker"])
def judge(request, tmp_path_factory):
    return classifier(tmp_path_factory.mktemp("model"), marker=request.param)


def plain_loop(subject, pairs, row, label, removal):
    """The four terms, one variant at a time."""
    first, second = int(pairs.first[row]), int(pairs.second[row])

    def worth(*gone):
        kept = np.ones(first + second + 3, dtype=bool)
        kept[list(gone)] = False
        left = keep_tokens(pairs, np.array([row]), kept, removal, subject.mask_id)
        return log_probabilities(subject, left, np.array([label]))[0]

    found = np.zeros((first, second))
    for i in range(first):
        for j in range(second):
            x, y = 1 + i, 2 + first + j
            found[i, j] = worth() - worth(x) - worth(y) + worth(x, y)
    return found


@pytest.mark.parametrize("removal", ["mask", "delete"])
def test_joint_occlusion_is_the_four_terms(judge, removal, monkeypatch):
    monkeypatch.setattr(coalitions, "BLOCK", 700)
    model, tokenizer = judge
    pairs = encode_pairs(tokenizer, ["怎么开通", "花呗", ""], ["花呗开", "多少钱一斤", "花"], 32)
    subject, labels = Subject.of(model, tokenizer, 100), np.array([1, 0, 1])
    found = joint_occlusion(of_tokens(subject, pairs), labels, removal)
    for row, label in enumerate(labels[:2]):
        expected = plain_loop(subject, pairs, row, label, removal)
        np.testing.assert_allclose(found[row], expected, atol=1e-5)
        assert np.abs(expected).max() > 1e-3
    assert found[2].shape == (0, 1)


def test_segments_that_only_add_up_do_not_interact():
    worth = additive(np.linspace(-1, 1, 8))
    together = [4, 9]
    model = Judge(lambda ids: worth(ids) + 2.5 * set(ids).issuperset(together))
    (found,) = joint_occlusion(of_tokens(subject_of(model), make_pairs(own(8))), np.array([1]), "mask")
    expected = np.zeros((4, 4))
    expected[0, 1] = 2.5
    np.testing.assert_allclose(found, expected, atol=1e-9)


class Bilinear(torch.nn.Module):
    """log p(1) = -5 + sum over q, t of a(x_i) B x_j + what each side says for itself; `curve` is a."""

    def __init__(self, curve):
        super().__init__()
        torch.manual_seed(4)
        self.base_model = torch.nn.Module()
        self.base_model.embeddings = Table()
        self.product = torch.nn.Parameter(torch.randn(WIDTH, WIDTH) / 4)
        self.curve, self.device = curve, torch.device("cpu")

    def get_input_embeddings(self):
        return self.base_model.embeddings

    def forward(self, input_ids, attention_mask, token_type_ids):
        x = self.base_model.embeddings(input_ids=input_ids, token_type_ids=token_type_ids)
        ends = (input_ids == 1) | (input_ids == 2)
        first = (attention_mask.bool() & ~ends & (token_type_ids == 0))[..., None]
        second = (attention_mask.bool() & ~ends & (token_type_ids == 1))[..., None]
        q, t = (self.curve(x) * first).sum(1), (x * second).sum(1)
        alone = 0.1 * q.tanh().sum(-1) + 0.1 * ((x * second) ** 2).sum((1, 2))
        return SimpleNamespace(logits=to_logits(-5 + torch.einsum("bi,ij,bj->b", q, self.product, t) + alone))


class Table(torch.nn.Module):
    """Embeddings of ids and places."""

    def __init__(self):
        super().__init__()
        self.words, self.places = (torch.nn.Parameter(torch.randn(count, WIDTH) / 4) for count in (20, 30))

    def forward(self, input_ids, token_type_ids):
        return self.words[input_ids] + self.places[: input_ids.shape[1]] + 0.1 * token_type_ids[..., None]


def mixed_derivatives(model, pairs):
    """(a(x_i) - a(m_i)) B (x_j - m_j) of the first pair: with a = identity the second derivative along both."""
    batch = pairs.batch(np.array([0]))
    embed = model.base_model.embeddings
    masked = torch.full_like(batch.input_ids, MASK)
    x, m = (embed(ids, batch.token_type_ids)[0] for ids in (batch.input_ids, masked))
    first, second = int(pairs.first[0]), int(pairs.second[0])
    q, t = slice(1, 1 + first), slice(2 + first, 2 + first + second)
    return ((model.curve(x) - model.curve(m))[q] @ model.product @ (x - m)[t].T).detach().numpy()


@pytest.mark.parametrize("curve", [torch.nn.Identity(), torch.nn.Tanh()], ids=["linear", "curved"])
def test_gradients_find_mixed_derivatives_that_are_known(curve):
    model = Bilinear(curve).eval()
    pairs, labels = make_pairs(([5, 9], [7, 8, 4]), ([6], [11, 12])), np.array([1, 1])
    expected = mixed_derivatives(model, pairs)
    found = occluded_gradients(subject_of(model, budget=30), pairs, labels)
    assert [matrix.shape for matrix in found] == [(2, 3), (1, 2)]
    np.testing.assert_allclose(found[0], expected, atol=2e-6)
    by_four_terms, _ = joint_occlusion(of_tokens(subject_of(model), pairs), labels, "mask")
    np.testing.assert_allclose(by_four_terms, expected, atol=2e-6)
    assert np.abs(expected).min() > 1e-4


def test_gradients_of_the_shorter_side_whichever_it_is():
    model = Bilinear(torch.nn.Identity()).eval()
    pairs = make_pairs(([7, 8, 4], [5, 9]))
    (found,) = occluded_gradients(subject_of(model), pairs, np.array([1]))
    np.testing.assert_allclose(found, mixed_derivatives(model, pairs), atol=2e-6)


def test_gradients_are_those_of_occluded_pairs(judge):
    """Markers too: masking a token of one side unmarks its match on the other."""
    model, tokenizer = judge
    pairs, label = encode_pairs(tokenizer, ["花呗"], ["开通花呗"], 32), np.array([1])
    subject = Subject.of(model, tokenizer, 60)
    (found,) = occluded_gradients(subject, pairs, label)
    mask = tokenizer.mask_token_id

    def changes(ids):
        inputs = pairs.batch(np.array([0])).inputs()
        held = []
        handle = model.base_model.embeddings.register_forward_hook(lambda module, args, output: held.append(output))
        score = model(**inputs | {"input_ids": torch.tensor([ids])}).logits.log_softmax(-1)[0, 1]
        model(**inputs | {"input_ids": torch.full((1, len(ids)), mask)})
        handle.remove()
        (gradient,) = torch.autograd.grad(score, held[0])
        return ((held[0] - held[1]) * gradient).sum(-1)[0].detach().numpy()

    ids = pairs.ids.tolist()
    whole = changes(ids)
    for i in range(2):
        without = changes([mask if place == 1 + i else token for place, token in enumerate(ids)])
        np.testing.assert_allclose(found[i], (whole - without)[4:8], atol=1e-5)
    assert np.abs(found).max() > 1e-4


@pytest.mark.parametrize("form", ["occlusion", "gradient"])
def test_a_batch_gives_what_single_pairs_give(judge, form):
    model, tokenizer = judge
    q, t, labels = (list(column[3::9]) for column in zip(*PAIRS, strict=True))

    def explain(q, t, labels, budget):
        pairs, subject = encode_pairs(tokenizer, q, t, 32), Subject.of(model, tokenizer, budget)
        if form == "gradient":
            return occluded_gradients(subject, pairs, np.array(labels))
        return joint_occlusion(of_tokens(subject, pairs), np.array(labels), "mask")

    together = explain(q, t, labels, 4000)
    for row, matrix in enumerate(together):
        (alone,) = explain(q[row : row + 1], t[row : row + 1], labels[row : row + 1], 50)
        np.testing.assert_allclose(matrix, alone, atol=2e-5)
    assert not model.training
    assert all(weight.grad is None for weight in model.parameters())
    assert not model.base_model.embeddings._forward_hooks


def test_segments_go_as_wholes_and_what_was_not_read_acts_with_nothing(judge):
    """Each cell from texts without the characters, and nothing said of what was cut off."""
    q, t = "花呗怎么开", "VIP 多少钱"
    ensemble = of_texts([judge], [(q, t)])
    (found,) = joint_occlusion(ensemble, np.array([1]), "delete")
    parts = ["VIP", "多", "少", "钱"]

    def worth(gone_q, gone_t):
        texts = "".join(part for part in q if part != gone_q), " ".join(part for part in parts if part != gone_t)
        logits = of_texts([judge], [texts]).logits()[0]
        return logits[1] - np.logaddexp(*logits)

    expected = [[worth(0, 0) - worth(i, 0) - worth(0, j) + worth(i, j) for j in parts] for i in q]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    long, labels = of_texts([judge], [("花呗怎么开通" * 3, "多少钱")], 12), np.array([1])
    for (cut,) in (joint_occlusion(long, labels, "delete"), gradient_matrices(long, labels)):
        assert cut.shape == (18, 3)
        assert np.isfinite(cut[:6]).all() and np.isnan(cut[6:]).all()


def test_of_longer_sentences_those_act_whose_absence_changes_most():
    """Of 24 segments of q the four weakest are left out, of three of t none; the others are exact all the same."""
    strengths = np.r_[np.linspace(0.4, 0.02, 24), 0.1, 0.2, 0.3]
    strengths[[3, 9]] *= -1
    (first, second), together = (list(range(4, 28)), [28, 29, 30]), [4 + 7, 29]
    add = additive(strengths, base=-20.0)
    model = Judge(lambda ids: add(ids) + 1.5 * set(ids).issuperset(together))
    ensemble = of_tokens(subject_of(model), make_pairs((first, second)))
    (found,) = joint_occlusion(ensemble, np.array([1]), "mask")
    expected = np.zeros((24, 3))
    expected[7, 1] = 1.5
    expected[20:] = np.nan
    np.testing.assert_allclose(found, expected, atol=1e-9)
    # The whole, each without one, and those two that act together.
    assert len(model.judged) == len(set(model.judged)) == 1 + 27 + STRONGEST * 3


def test_both_orders_and_all_members_act_together(judge, tmp_path):
    """The matrix of an ensemble is that of the mean of all logits, not of each."""
    other = classifier(tmp_path)
    with torch.no_grad():
        other[0].classifier.weight.mul_(-2)
    pairs = [("花呗怎么开", "多少钱一斤"), ("花呗", "花呗怎样开通")]
    labels = np.array([1, 0])
    found = joint_occlusion(of_texts([judge, other], pairs, both=True), labels, "delete")

    def worth(q, t, label):
        given = [of_texts([one], [texts]).logits()[0] for one in (judge, other) for texts in ((q, t), (t, q))]
        logits = np.mean(given, axis=0)
        return logits[label] - np.logaddexp(*logits)

    (q, t), label = pairs[0], 1
    i, j = 1, 3
    one, two = q[:i] + q[i + 1 :], t[:j] + t[j + 1 :]
    expected = worth(q, t, label) - worth(one, t, label) - worth(q, two, label) + worth(one, two, label)
    assert found[0][i, j] == pytest.approx(expected, abs=1e-5)
    assert found[1].shape == (2, 6)


def test_gradients_are_shared_equally_among_the_segments_of_a_token_and_averaged(judge):
    """A token over two segments gives each half; the mean over both orders, of one way round."""
    subject = Subject.of(*judge, 300)
    q, t = ["怎么开通", "花呗"], ["花呗开", "多少钱一斤"]
    labels = np.array([1, 0])
    # The second token of each q belongs to the second and the third segment.
    pairs, exchanged = (encode_pairs(judge[1], *sides, 32) for sides in ((q, t), (t, q)))
    shares, turned, expected = [], [], []
    for row in range(2):
        first, second = int(pairs.first[row]), int(pairs.second[row])
        own = np.zeros((first, first + 1))
        own[0, 0] = 1
        own[1, [1, 2]] = 0.5
        own[np.arange(2, first), np.arange(3, first + 1)] = 1
        nothing = np.zeros((first, second)), np.zeros((second, first + 1))
        shares.append(np.block([[own, nothing[0]], [nothing[1], np.eye(second)]]))
        turned.append(np.roll(shares[-1], second, axis=0))
        given, other = (occluded_gradients(subject, one, labels)[row] for one in (pairs, exchanged))
        expected.append(own.T @ (given + other.T) / 2)
    firsts = pairs.first + 1
    ensemble = Ensemble([[Reading(subject, pairs, shares, firsts), Reading(subject, exchanged, turned, firsts)]])
    for matrix, wanted in zip(gradient_matrices(ensemble, labels), expected, strict=True):
        np.testing.assert_allclose(matrix, wanted, atol=1e-6)
        np.testing.assert_allclose(matrix[1], matrix[2], atol=1e-12)
        assert np.abs(matrix).max() > 1e-4
