"""What two tokens do together: against the four terms in a plain loop, and against mixed derivatives that are known."""

from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
import torch
from token_games import MASK, Judge, additive, make_pairs, own, subject_of, to_logits
from toys import PAIRS, classifier

from yiju import tables
from yiju.attribution import coalitions
from yiju.attribution.interaction import interaction_table, joint_occlusion, occluded_gradients, share_matrix
from yiju.attribution.removal import keep_tokens
from yiju.attribution.subject import Subject
from yiju.tokens import encode, encode_pairs, pair_up

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
        return subject.log_probabilities(left, np.array([label]))[0]

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
    found = joint_occlusion(subject, pairs, labels, removal)
    for row, label in enumerate(labels[:2]):
        expected = plain_loop(subject, pairs, row, label, removal)
        np.testing.assert_allclose(found[row], expected, atol=1e-5)
        assert np.abs(expected).max() > 1e-3
    assert found[2].shape == (0, 1)


def test_tokens_that_only_add_up_do_not_interact():
    worth = additive(np.linspace(-1, 1, 8))
    together = [4, 9]
    model = Judge(lambda ids: worth(ids) + 2.5 * set(ids).issuperset(together))
    (found,) = joint_occlusion(subject_of(model), make_pairs(own(8)), np.array([1]), "mask")
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
    np.testing.assert_allclose(joint_occlusion(subject_of(model), pairs, labels, "mask")[0], expected, atol=2e-6)
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
        return joint_occlusion(subject, pairs, np.array(labels), "mask")

    together = explain(q, t, labels, 4000)
    for row, matrix in enumerate(together):
        (alone,) = explain(q[row : row + 1], t[row : row + 1], labels[row : row + 1], 50)
        np.testing.assert_allclose(matrix, alone, atol=2e-5)
    assert not model.training
    assert all(weight.grad is None for weight in model.parameters())
    assert not model.base_model.embeddings._forward_hooks


def test_shares_add_up_to_the_entry():
    matrix = np.arange(1.0, 7).reshape(2, 3)
    q_tokens, t_tokens = [(0, 3), (3, 4)], [(0, 1), (1, 2), (2, 4)]
    q_segments, t_segments = [(0, 1), (1, 3), (3, 4)], [(0, 2), (2, 3), (3, 4)]
    found = share_matrix(matrix, q_tokens, t_tokens, q_segments, t_segments)
    np.testing.assert_allclose(found, [[1.5, 0.75, 0.75], [1.5, 0.75, 0.75], [9, 3, 3]])
    assert found.sum() == matrix.sum()
    assert share_matrix(np.zeros((0, 3)), [], t_tokens, [], t_segments).shape == (0, 3)


def test_table_of_interactions(judge):
    model, tokenizer = judge
    rows = [
        {"item": "a", "q": "VIP 怎么开", "t": "花呗？", "q_segments": ["VIP", "怎么", "开"]},
        {"item": "b", "q": "", "t": "花"},
        {"item": "c", "q": "怎么开通花呗", "t": "开通"},
    ]
    items = pl.DataFrame({name: [row.get(name) for row in rows] for name in tables.ITEMS}, schema=tables.ITEMS)
    q, t = (encode(tokenizer, items[side].to_list(), spans=True) for side in "qt")
    pairs = pair_up(tokenizer, q, t, 9)
    matrices = joint_occlusion(Subject.of(model, tokenizer, 300), pairs, np.array([1, 0, 1]), "mask")
    found = interaction_table(items, q, t, matrices)
    tables.check(found, tables.INTERACTIONS, "test")
    first = found.filter(item="a")
    assert first.select("q_index", "t_index").rows() == [(i, j) for i in range(3) for j in range(3)]
    assert first.row(3)[1:9] == (1, 0, 4, 6, 0, 1, "怎么", "花")
    assert found.filter(item="b").is_empty()
    assert found.filter(item="c").height == 12
    for item, matrix in zip("ac", (matrices[0], matrices[2]), strict=True):
        assert found.filter(item=item)["score"].sum() == pytest.approx(matrix.sum())
    # Four characters of the third pair's q are read, the others were cut off.
    cut = found.filter(item="c", q_index=5)["score"]
    assert cut.to_list() == [0, 0]
