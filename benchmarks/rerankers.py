"""Explaining a reranker on the CPU: yiju beside Captum's FeatureAblation and IntegratedGradients.

    .venv/bin/python benchmarks/rerankers.py ../shared/corpora

Real pairs of LCQMC test, drawn from a seed; a cross-encoder of one logit of the shape of bge-reranker-base (XLM-R, 12
layers of 768) with random weights and a vocabulary of single characters; float32. All ways explain the same pairs by
turns in one process; medians of seconds of the processor, in which what else a machine computes counts little. The
first pair, which warms up, does not count.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import attribution
import lcqmc
import numpy as np
import torch
from bi_encoders import BATCH, Pair, Ways, measured, ours, rows_of
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase, XLMRobertaConfig, XLMRobertaForSequenceClassification

from yiju import Explainer

# Ablations that Captum judges at a time: its default, and what a user would set who looks for speed.
AT_A_TIME = (1, 16)


def build(vocabulary: Path) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """The shape of bge-reranker-base, before characters as tokens."""
    torch.manual_seed(0)
    tokenizer = lcqmc.read_tokenizer(vocabulary)
    config = XLMRobertaConfig(
        vocab_size=lcqmc.VOCABULARY,
        num_labels=1,
        max_position_embeddings=514,
        type_vocab_size=1,
        pad_token_id=tokenizer.pad_token_id,
    )
    return XLMRobertaForSequenceClassification(config).eval(), tokenizer


def ablation(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, at_a_time: int, pairs: Sequence[Pair]
) -> list[np.ndarray]:
    """Every token of a pair under [MASK], so many at a time; the special ones count as one."""
    from captum.attr import FeatureAblation

    method = FeatureAblation(lambda ids, mask: model(input_ids=ids, attention_mask=mask).logits[:, 0])
    found = []
    for q, t in pairs:
        inputs = tokenizer(q, t, return_tensors="pt")
        own = torch.tensor([owner is not None for owner in inputs.sequence_ids(0)])[None]
        groups = torch.where(own, own.cumsum(1), 0)
        scores = method.attribute(
            inputs["input_ids"],
            baselines=tokenizer.mask_token_id,
            additional_forward_args=inputs["attention_mask"],
            feature_mask=groups,
            perturbations_per_eval=at_a_time,
        )
        found.append(scores[own].detach().numpy())
    return found


def integrated(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, steps: int, pairs: Sequence[Pair]) -> None:
    """IntegratedGradients of the word embeddings, from [MASK]; batches of 8 padded to their longest pair."""
    from captum.attr import IntegratedGradients

    words = model.get_input_embeddings()

    def logit(embedded: Tensor, mask: Tensor) -> Tensor:
        return model(inputs_embeds=embedded, attention_mask=mask).logits[:, 0]

    method = IntegratedGradients(logit)
    special = torch.tensor(tokenizer.all_special_ids)
    for first in range(0, len(pairs), BATCH):
        q, t = map(list, zip(*pairs[first : first + BATCH], strict=True))
        inputs = tokenizer(q, t, padding=True, return_tensors="pt")
        ids = inputs["input_ids"]
        blank = torch.where(torch.isin(ids, special), ids, tokenizer.mask_token_id)
        with torch.no_grad():
            start, end = words(blank), words(ids)
        method.attribute(end, start, additional_forward_args=inputs["attention_mask"], n_steps=steps)


def ways(vocabulary: Path, steps: int) -> dict[str, Ways]:
    model, tokenizer = build(vocabulary)
    explainer = Explainer(model, tokenizer)
    gradients = {"steps": steps, "max_steps": steps}
    return {
        "occlusion": {
            **{
                f"captum's FeatureAblation, {count} at a time": partial(ablation, model, tokenizer, count)
                for count in AT_A_TIME
            },
            "yiju": partial(ours, explainer, "occlusion", {"removal": "mask"}),
        },
        f"integrated gradients, {steps} steps": {
            f"captum's IntegratedGradients, batches of {BATCH}": partial(integrated, model, tokenizer, steps),
            "yiju": partial(ours, explainer, "integrated_gradients", gradients),
        },
    }


def check(table: Ways, pairs: Sequence[Pair]) -> None:
    """What is compared are the same scores."""
    *theirs, own = (table[way](pairs) for way in table)
    for one in theirs:
        np.testing.assert_allclose(own, np.concatenate(one), atol=1e-4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path, help="folder of the real corpora")
    parser.add_argument("--pairs", type=int, default=16)
    parser.add_argument("--steps", type=int, default=20, help="of integrated gradients")
    parser.add_argument("--repeat", type=int, default=3, help="turns of each way")
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    pairs = [one for one in attribution.draw(given.corpora, 40 * given.pairs) if "".join(one).isalpha()]
    pairs = [one for one in pairs if all("一" <= c <= "龥" for c in "".join(one))][: given.pairs]
    print(f"{given.threads} threads, torch {torch.__version__}, medians of {given.repeat}\n", flush=True)
    tables = ways(given.corpora / "vocab" / "vocab.txt", given.steps)
    check(tables["occlusion"], pairs[:2])
    for name, table in tables.items():
        print(lcqmc.table(*rows_of(name, measured(table, pairs, given.repeat))), flush=True)


if __name__ == "__main__":
    main()
