"""Explaining a reranker on the CPU: yiju beside Captum's FeatureAblation and IntegratedGradients.

    .venv/bin/python benchmarks/rerankers.py ../shared/corpora [--trained FOLDER]

Real pairs of LCQMC test, drawn from a seed; a cross-encoder of one logit of the shape of bge-reranker-base (XLM-R, 12
layers of 768) with random weights and a vocabulary of single characters; float32. All ways explain the same pairs by
turns in one process; medians of seconds of the processor, in which what else a machine computes counts little. The
first pair, which warms up, does not count.

--trained: a stock BERT classifier, too, for which integrated gradients are computed until their sum is right: until
what the scores of a pair miss is at most 1 % of the change that they add up to (or of .1, where the change is less), or
320 steps are reached. Captum doubles the steps of a batch of 8 for as long as one of its pairs misses more, as its
documentation advises; yiju goes on for the pairs that miss more, and only where on their way they do.
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
from transformers import (
    BertForSequenceClassification,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    XLMRobertaConfig,
    XLMRobertaForSequenceClassification,
)

from yiju import Explainer
from yiju.config.method import get_method
from yiju.explain.attribution import score_pairs

# Ablations that Captum judges at a time: its default, and what a user would set who looks for speed.
AT_A_TIME = (1, 16)
# As in yiju/explain/methods/integrated_gradients.py.
CLOSE, LEAST = 0.01, 0.1


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


def until_right(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, steps: int, most: int, pairs: Sequence[Pair]
) -> float:
    """Captum's integrated gradients of log p(label 1), with twice the steps while a pair of the batch misses its sum.

    Returns the share of pairs that do not miss it in the end.
    """
    from captum.attr import IntegratedGradients

    words, special = model.get_input_embeddings(), torch.tensor(tokenizer.all_special_ids)

    def log_p(embedded: Tensor, mask: Tensor, kinds: Tensor) -> Tensor:
        return model(inputs_embeds=embedded, attention_mask=mask, token_type_ids=kinds).logits.log_softmax(-1)[:, 1]

    method, right = IntegratedGradients(log_p), 0
    for first in range(0, len(pairs), BATCH):
        q, t = map(list, zip(*pairs[first : first + BATCH], strict=True))
        inputs = tokenizer(q, t, padding=True, truncation=True, max_length=lcqmc.MAX_LENGTH, return_tensors="pt")
        ids, others = inputs["input_ids"], (inputs["attention_mask"], inputs["token_type_ids"])
        with torch.no_grad():
            start, end = words(torch.where(torch.isin(ids, special), ids, tokenizer.mask_token_id)), words(ids)
            change = log_p(end, *others) - log_p(start, *others)
        taken = steps
        while True:
            scores = method.attribute(end, start, additional_forward_args=others, n_steps=taken)
            missed = (scores.sum((1, 2)) - change).abs() > CLOSE * change.abs().clamp(min=LEAST)
            if not missed.any() or 2 * taken > most:
                break
            taken *= 2
        right += int((~missed).sum())
    return right / len(pairs)


def until_ours(explainer: Explainer, pairs: Sequence[Pair]) -> float:
    chosen = {"method": "integrated_gradients"} | get_method("integrated_gradients").options().model_dump()
    with explainer.before(pairs) as ensemble:
        found = score_pairs(ensemble, np.ones(len(pairs), dtype=np.int64), chosen, bar=False)
    change = np.array([np.nansum(found.values[0, ensemble.own(row)]) for row in range(len(pairs))]) - found.gap
    return float((np.abs(found.gap) <= CLOSE * np.maximum(np.abs(change), LEAST)).mean())


def trained(folder: Path, steps: int) -> Ways:
    model = BertForSequenceClassification.from_pretrained(folder).eval()
    explainer = Explainer.from_pretrained(folder, device="cpu")
    most = get_method("integrated_gradients").options().max_steps
    return {
        f"captum's IntegratedGradients, batches of {BATCH}, steps doubled": partial(
            until_right, model, explainer.tokenizer, steps, most
        ),
        "yiju": partial(until_ours, explainer),
    }


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
    parser.add_argument("--trained", type=Path, help="folder of a stock BERT classifier")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    pairs = [one for one in attribution.draw(given.corpora, 40 * given.pairs) if "".join(one).isalpha()]
    pairs = [one for one in pairs if all("一" <= c <= "龥" for c in "".join(one))][: given.pairs]
    print(f"{given.threads} threads, torch {torch.__version__}, medians of {given.repeat}\n", flush=True)
    if given.trained:
        table = trained(given.trained, given.steps)
        for way, explain in table.items():
            print(f"{way}: {explain(pairs):.3f} of the pairs do not miss their sum")
        print(lcqmc.table(*rows_of("until the sum is right", measured(table, pairs, given.repeat))), flush=True)
    tables = ways(given.corpora / "vocab" / "vocab.txt", given.steps)
    check(tables["occlusion"], pairs[:2])
    for name, table in tables.items():
        print(lcqmc.table(*rows_of(name, measured(table, pairs, given.repeat))), flush=True)


if __name__ == "__main__":
    main()
