"""Rerankers that are language models, judged within bounds of memory and explained."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import oracles
import pytest
import torch
from families import Row
from families.texts import PAIRS
from torch.utils._python_dispatch import TorchDispatchMode

from yiju import Explainer
from yiju.base.errors import YijuError
from yiju.explain.methods.integrated_gradients import attribute
from yiju.explain.paths import blanked
from yiju.explain.subject import total
from yiju.models.removal import keep_tokens

MODULES, PLAIN = Row("decoder", "qwen3"), Row("decoder", "qwen3", "plain")
CHAT = Row("cross-encoder", "qwen3", "chat template")
CLOSE = {"rtol": 1e-6, "atol": 1e-5}
FEW = (PAIRS[0], PAIRS[10], PAIRS[11])


@pytest.fixture(scope="module")
def explainer(family_folder):
    return Explainer.from_pretrained(family_folder(MODULES), device="cpu")


def scores(found):
    return [one.score for one in found]


class Largest(TorchDispatchMode):
    """Notes how many numbers the largest tensor has that is computed in the block."""

    numbers = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        found = function(*args, **(kwargs or {}))
        for one in found if isinstance(found, tuple | list) else (found,):
            if isinstance(one, torch.Tensor):
                self.numbers = max(self.numbers, one.numel())
        return found


# Reading


@pytest.mark.parametrize("row", [MODULES, CHAT], ids=str)
def test_a_long_document_is_cut_as_the_library_cuts_it(row, family_folder):
    pairs = (("花呗怎么开通？", "如何 change 手机号码，" * 200), ("What is it", "the capital.\n" * 400))
    found = Explainer.from_pretrained(family_folder(row), device="cpu").predict(pairs)
    np.testing.assert_allclose(scores(found), oracles.cross_encoder(family_folder(row), pairs)[:, 0], **CLOSE)
    assert all(one.truncated for one in found)


def test_the_head_computes_one_token_of_each_pair(explainer):
    shapes = []
    with explainer.computing() as subject:
        head = subject.model.get_output_embeddings()
        handle = head.register_forward_hook(lambda module, args, output: shapes.append(tuple(output.shape)))
        pairs = explainer.scorer.pair_up(
            *(explainer.scorer.encode(own, side) for side, own in enumerate(zip(*PAIRS, strict=True)))
        )
        subject.outputs(pairs)
        handle.remove()
    assert {shape[1] for shape in shapes} == {1}
    assert sum(shape[0] for shape in shapes) == len(PAIRS)


def test_eight_thousand_tokens_are_judged_in_bounded_memory(copied):
    folder = copied(MODULES, config={"max_position_embeddings": 8192}, tokenizer_config={"model_max_length": 8192})
    found = Explainer.from_pretrained(folder, device="cpu")
    pair = ("花呗怎么开通？", "如何 change 手机号码，" * 1100)
    with Largest() as largest:
        judged = found.predict([pair, PAIRS[0]])
    assert judged[0].truncated
    assert largest.numbers <= 8192 * 64
    np.testing.assert_allclose(scores(judged), oracles.cross_encoder(folder, (pair, PAIRS[0]))[:, 0], **CLOSE)


# Explaining


def test_integrated_gradients_from_padding_add_up_to_what_they_promise(explainer):
    options = {"method": "integrated_gradients", "steps": 20, "max_steps": 320, "baseline": "pad", "smooth": None}
    with explainer.before(FEW) as ensemble:
        (reading,) = ensemble.readings
        found = attribute(reading.subject, reading.pairs, np.ones(len(FEW), dtype=np.int64), options)
        promised = total(reading.pairs, found.values) - found.gap
        blank = reading.subject.outputs(blanked(reading.subject, reading.pairs, "pad"))
        whole = reading.subject.outputs(reading.pairs)
    np.testing.assert_allclose(promised, (whole - blank)[:, 1], rtol=1e-4, atol=1e-5)
    assert (np.abs(found.gap) < 0.01 * np.abs(promised)).all()


def test_a_method_that_needs_a_mask_token_is_refused_with_what_would_do(explainer):
    with pytest.raises(YijuError, match=r'no mask token.*baseline="pad"'):
        explainer.explain(FEW[0], "integrated_gradients")
    with pytest.raises(YijuError, match="no mask token"):
        explainer.explain(FEW[0], "occlusion", removal="mask")
    assert "BERT" in explainer.why_unsupported("deeplift")


def test_a_prompt_without_a_word_is_the_prompt_of_the_shortened_text(explainer):
    """Well defined where a word's tokens are its own: those of Latin words begin with the space before them."""
    q, words = "怎么开通花呗", ["What", "is", "the", "capital", "of", "China"]
    found = explainer.explain((q, " ".join(words)), "occlusion")
    for index, part in enumerate(found.sides[1].segments):
        without = explainer.predict((q, " ".join(words[:index] + words[index + 1 :])))
        assert part.score == pytest.approx(found.score - without.score, abs=2e-5)


def test_what_a_deleted_token_holds_of_the_prompt_stays(explainer):
    """Where `？` and the line break behind q are one token, as in large vocabularies."""
    scorer, (line,) = explainer.scorer, explainer.tokenizer.encode("\n")
    q, t = scorer.encode(["怎么开通？"], 0), scorer.encode(["花呗"], 1)
    pairs = scorer.pair_up(q, t)
    begin, end = pairs.first_starts[0], pairs.first_starts[0] + pairs.first[0]
    # The last two tokens as one that is neither of them.
    joined = replace(
        pairs,
        ids=np.concatenate([pairs.ids[: end - 2], [99], pairs.ids[end:]]),
        starts=pairs.starts - [0, 1],
        first=pairs.first - 1,
    )
    kept = np.ones(len(joined.ids), dtype=bool)
    kept[end - 2] = False
    left = keep_tokens(joined, np.zeros(1, dtype=np.int64), kept, "delete", None)
    assert left.ids[begin : end - 1].tolist() == [*pairs.ids[begin : end - 2], line]
    assert left.lengths == joined.lengths


@pytest.mark.parametrize("method", ["kernel_shap", "gradient_input", "lime", "sobol"])
def test_methods_give_every_segment_a_score(explainer, method):
    for found in explainer.explain(FEW, method):
        assert all(part.score is not None for side in found.sides for part in side.segments)


def test_a_matrix_of_gradients_needs_a_mask_token(explainer):
    with pytest.raises(YijuError, match=r"no mask token.*the matrix occlusion"):
        explainer.explain(FEW[0], matrix="gradients")


@pytest.mark.parametrize("matrix", ["occlusion", "shapley"])
def test_matrices(explainer, matrix):
    found = explainer.explain(("怎么开通", "怎样开通"), matrix=matrix)
    assert np.array(found.matrix, dtype=float).shape == (4, 4)


def test_curves_delete_by_default_and_mask_with_a_token_that_is_named(explainer, family_folder):
    explained = explainer.explain(FEW)
    curves = explainer.curves(explained)
    assert curves == explainer.curves(explained, removal="delete")
    assert [curve[0] for curve in curves] == pytest.approx(scores(explained), abs=1e-5)
    named = Explainer.from_pretrained(family_folder(MODULES), device="cpu", mask_token="<|im_end|>")
    assert named.curves(explained) != curves
    assert named.explain(FEW[0], "integrated_gradients", max_steps=20).gap is not None
    assert named.explain(FEW[0], matrix="gradients").matrix is not None


def test_threads_get_what_one_after_another_gets(explainer):
    def both(pair):
        found = explainer.explain(pair, "gradient_input")
        return found.score, [part.score for side in found.sides for part in side.segments]

    alone = [both(pair) for pair in PAIRS[:6]]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(both, PAIRS[:6])) == alone
