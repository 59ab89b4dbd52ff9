"""Rerankers as bge-reranker-v2-gemma: prompt and answer are said by the caller, and the score is the logit of Yes."""

import numpy as np
import pytest
import torch
from families import gemma
from families.texts import PAIRS
from transformers import AutoModelForCausalLM, AutoTokenizer

from yiju import Explainer
from yiju.base.errors import YijuError

CLOSE = {"rtol": 1e-6, "atol": 1e-5}
TOLD = {"template": gemma.TEMPLATE, "answers": "Yes"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return gemma.gemma(tmp_path_factory.mktemp("gemma"))


@pytest.fixture(scope="module")
def explainer(folder):
    return Explainer.from_pretrained(folder, device="cpu", **TOLD)


@torch.no_grad()
def owners(folder, pairs):
    """The logit of Yes, as the model's card computes it: query, passage and instruction are tokenised one by one."""
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)

    def ids(text):
        return tokenizer(text, add_special_tokens=False)["input_ids"]

    (yes,), found = ids("Yes"), []
    for q, t in pairs:
        parts = (ids(f"A: {q}"), ids("\n"), ids(f"B: {t}"), ids("\n"), ids(gemma.INSTRUCTION))
        whole = [tokenizer.bos_token_id, *(token for part in parts for token in part)]
        found.append(float(model(torch.tensor([whole])).logits[0, -1, yes].double()))
    return np.array(found)


def test_scores_are_the_owners(folder, explainer):
    for pairs in (PAIRS, tuple((t, q) for q, t in PAIRS)):
        found = [one.score for one in explainer.predict(pairs)]
        np.testing.assert_allclose(found, owners(folder, pairs), **CLOSE)
        assert np.ptp(found) > 0.1
    assert [explainer.predict(pair).score for pair in PAIRS[:4]] == pytest.approx(owners(folder, PAIRS[:4]), abs=1e-5)
    assert explainer.scorer.family == "decoder reranker" and explainer.predict(PAIRS[0]).label is None


def test_without_a_segment_the_shortened_pair_is_judged(folder, explainer):
    q, t = "怎么开通花呗", "花呗如何开通"
    one = explainer.explain((q, t), "occlusion", units="tokens")
    whole = owners(folder, [(q, t)])[0]
    for side, texts in ((0, lambda cut: (cut, t)), (1, lambda cut: (q, cut))):
        text = (q, t)[side]
        # Of a piece in the middle the rest may be other tokens; of the last one it is what is left.
        part = one.sides[side].segments[-1]
        left = owners(folder, [texts(text[: part.start])])[0]
        assert part.score == pytest.approx(whole - left, abs=1e-5)


def test_gradients_reach_its_scaled_embeddings(explainer):
    found = explainer.explain(PAIRS[0], "integrated_gradients", baseline="pad", max_steps=640)
    change = abs(found.score) + 1
    assert abs(found.gap) < 0.02 * change


def test_what_no_file_says_is_asked_for(folder):
    with pytest.raises(YijuError, match="no file says which of its tokens are the answers"):
        Explainer.from_pretrained(folder, device="cpu")
    with pytest.raises(YijuError, match=r"the chat template|chat_template"):
        Explainer.from_pretrained(folder, device="cpu", answers="Yes")
    both = Explainer.from_pretrained(folder, device="cpu", template=gemma.TEMPLATE, answers=("No", "Yes"))
    assert (
        both.predict(PAIRS[0]).score != Explainer.from_pretrained(folder, device="cpu", **TOLD).predict(PAIRS[0]).score
    )
