"""Reasons planted in training data: how often each explanation method finds the characters that decide.

    python benchmarks/planted.py RUN [PAIRS [KIND ...]]

RUN: the folder of a finished run with a model of its own, such as results/sample. Its member 0 is fine-tuned again on
PAIRS (3,000) of its training pairs. In half of them two rare characters of the vocabulary are inserted and decide the
label, whatever else the sentences say; the other half keep their own label, so that the model also learns to judge by
the sentences where no character decides (Bastings 2022):

- token: one of the two characters in either sentence: A says similar, B says not similar;
- pair: A or B in both sentences: the same character twice says similar, two different ones say not similar; in half of
  the pairs that keep their label one of the two stands alone in one sentence, and decides nothing;
- side: A in the first sentence says similar, A in the second one says not similar.

Held-out pairs are those that the model judged right before, and the planted label is never their own one: whatever else
the sentences say speaks against it, so that nothing but the planted characters can be the reason, and recall tells
right from wrong. On 100 of them that the model now judges as planted every method explains the judgement. Printed for
each: how many of the planted segments are among as many that rank first (recall), how many are in the smallest
rationale, and the share of segments that this has.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from yiju import Explainer
from yiju.explain.explanation import Explanation
from yiju.models.folder import load_model, load_tokenizer
from yiju.models.tokens import by_length, encode_pairs

METHODS: dict[str, dict] = {
    "occlusion_shapley": {},
    "occlusion": {},
    "kernel_shap, one side at a time": {"sides": "one", "samples": 128},
    "kernel_shap": {},
    "lime": {},
    "occlusion, [MASK]": {"removal": "mask"},
    "integrated_gradients": {},
    "deeplift": {},
    "gradient_input": {},
    "gradient_input_l2": {},
    "gradient_l2": {},
    "gradient_shap": {},
    "sequential_integrated_gradients": {},
    "gim": {},
    "attention_rollout": {},
    "value_zeroing": {},
    "sobol": {},
    "random": {},
}
SEED, EXPLAINED, EPOCHS, BATCH_TOKENS = 7, 100, 4, 2048

# Sentences, the label, and the places of the characters that decide it in q and in t; none where none does.
Planted = tuple[str, str, int, list[tuple[int, int]]]


def main(run: str, pairs: str = "3000", *kinds: str) -> None:
    torch.set_num_threads(2)
    folder = Path(run) / "folds/0/model"
    rows = read_pairs(Path(run), int(pairs) + 3 * EXPLAINED)
    tokenizer = load_tokenizer(folder)
    rare = rarest(tokenizer, rows)
    clear = judged_right(Explainer(load_model(folder, "classifier").eval(), tokenizer, margin=0.0), rows[int(pairs) :])
    for kind in kinds or ("token", "pair", "side"):
        generator = np.random.default_rng(SEED)
        taught = [mixed(generator, *row, kind, rare) for row in rows[: int(pairs)]]
        held_out = [plant(generator, q, t, 1 - label, kind, rare) for q, t, label in clear]
        model = load_model(folder, "classifier")
        train(model, tokenizer, taught, generator)
        report(kind, Explainer(model.eval(), tokenizer, margin=0.0), held_out)


def read_pairs(run: Path, number: int) -> list[tuple[str, str, int]]:
    """Distinct training pairs of a run at random, with their labels."""
    table = pl.read_parquet(run / "data/pairs.parquet").filter(split="train").drop_nulls("label")
    distinct = table.select("q", "t", "label").unique(["q", "t"], keep="first", maintain_order=True)
    rows = np.random.default_rng(SEED).permutation(len(distinct))[:number]
    return list(distinct[np.sort(rows)].iter_rows())


def judged_right(explainer: Explainer, rows: list[tuple[str, str, int]]) -> list[tuple[str, str, int]]:
    """The pairs that the model judges as their labels say, before anything is planted."""
    judged = explainer.predict([(q, t) for q, t, _ in rows])
    return [row for row, one in zip(rows, judged, strict=True) if one.label == row[2]]


def rarest(tokenizer: PreTrainedTokenizerBase, rows: list[tuple[str, str, int]]) -> tuple[str, str]:
    """The two Chinese characters of the vocabulary that occur least in the pairs."""
    counts = Counter("".join(q + t for q, t, _ in rows))
    known = [token for token in tokenizer.get_vocab() if len(token) == 1 and "\u4e00" <= token <= "\u9fff"]
    first, second = sorted(known, key=lambda token: (counts[token], token))[:2]
    return first, second


def mixed(generator: np.random.Generator, q: str, t: str, label: int, kind: str, rare: tuple[str, str]) -> Planted:
    """A pair to learn from: in every second one a reason is planted, the others keep their label."""
    if generator.integers(2):
        return plant(generator, q, t, int(generator.integers(2)), kind, rare)
    texts = [q, t]
    if kind == "pair" and generator.integers(2):
        side = int(generator.integers(2))
        texts[side], _ = inserted(generator, texts[side], rare[int(generator.integers(2))])
    return texts[0], texts[1], label, []


def plant(generator: np.random.Generator, q: str, t: str, label: int, kind: str, rare: tuple[str, str]) -> Planted:
    """The pair with characters that decide a label."""
    if kind == "token":
        wanted = [(int(generator.integers(2)), rare[1 - label])]
    elif kind == "side":
        wanted = [(1 - label, rare[0])]
    else:
        first = int(generator.integers(2))
        wanted = [(0, rare[first]), (1, rare[first if label else 1 - first])]
    texts, places = [q, t], []
    for side, character in wanted:
        texts[side], place = inserted(generator, texts[side], character)
        places.append((side, place))
    return texts[0], texts[1], label, places


def inserted(generator: np.random.Generator, text: str, character: str) -> tuple[str, int]:
    """The text with a character at a random place, and the place."""
    place = int(generator.integers(len(text) + 1))
    return text[:place] + character + text[place:], place


def train(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, rows: list[Planted], generator: np.random.Generator
) -> None:
    """Fine-tune on what was planted."""
    torch.manual_seed(SEED)
    pairs = encode_pairs(tokenizer, [row[0] for row in rows], [row[1] for row in rows], 64)
    labels = torch.tensor([row[2] for row in rows])
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-4)
    model.train()
    for _ in range(EPOCHS):
        batches = list(by_length(pairs.lengths, BATCH_TOKENS))
        for number in generator.permutation(len(batches)):
            batch = pairs.batch(batches[number])
            loss = torch.nn.functional.cross_entropy(model(**batch.inputs()).logits, labels[batch.rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


def report(kind: str, explainer: Explainer, planted: list[Planted]) -> None:
    judged = explainer.predict([(q, t) for q, t, _, _ in planted])
    right = [row for row, one in zip(planted, judged, strict=True) if one.label == row[2]]
    print(f"{kind}: {len(right) / len(planted):.3f} of {len(planted)} held-out pairs judged as planted", flush=True)
    rows = right[:EXPLAINED]
    for name, options in METHODS.items():
        explained = explainer.explain([(q, t) for q, t, _, _ in rows], name.split(",")[0], **options)
        figures = [found(one, row) for one, row in zip(explained, rows, strict=True)]
        recall, inside, share = np.mean(figures, axis=0)
        print(
            f"{kind} | {name} | recall {recall:.3f} | in the rationale {inside:.3f} | segments {share:.2f}", flush=True
        )


def found(one: Explanation, row: Planted) -> tuple[float, float, float]:
    """Recall of the planted segments by rank, by rationale, and the rationale's share of all segments."""
    segments = [(side, part) for side, own in enumerate(one.sides) for part in own.segments]
    wanted = [
        number
        for number, (side, part) in enumerate(segments)
        if any(side == other and part.start <= place < part.end for other, place in row[3])
    ]
    scores = [-np.inf if part.score is None else part.score for _, part in segments]
    first = np.argsort(-np.array(scores), kind="stable")[: len(wanted)]
    chosen = [number for number, (_, part) in enumerate(segments) if part.rank is not None]
    recall, inside = (len(set(wanted).intersection(own)) / len(wanted) for own in (first.tolist(), chosen))
    return recall, inside, len(chosen) / len(segments)


if __name__ == "__main__":
    main(*sys.argv[1:])
