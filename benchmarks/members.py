"""What members that judge together, and both orders of the two sentences, bring: accuracy on dev of a finished run.

    .venv/bin/python benchmarks/members.py results/<run>

Of each member and of all together, in the order of the table, in the other one, and by the mean of both. Each accuracy
is at a threshold that was fitted on one half of dev and measured on the other, both ways (the halves are drawn,
seeded); beside it stands the one at the threshold that is best on all of dev.
"""

from __future__ import annotations

import sys
from pathlib import Path

import lcqmc
import numpy as np
import polars as pl

from yiju.models.folder import load_model, load_tokenizer
from yiju.models.inference import predict_logits
from yiju.models.tokens import encode_pairs

MAX_LENGTH, TOKENS = 64, 4096
ORDERS = ("as given", "exchanged")


def main(run: str) -> None:
    dev = pl.read_parquet(Path(run) / "data" / "dev.parquet")
    q, t, labels = dev["q"].to_list(), dev["t"].to_list(), dev["label"].to_numpy()
    found = {}
    for folder in sorted(Path(run).glob("folds/*/model")):
        model, tokenizer = load_model(folder, "classifier").eval(), load_tokenizer(folder)
        for order, (first, second) in zip(ORDERS, ((q, t), (t, q)), strict=True):
            logits = predict_logits(model, encode_pairs(tokenizer, first, second, MAX_LENGTH), TOKENS)
            found[folder.parent.name, order] = logits[:, 1] - logits[:, 0]
    members = list(dict.fromkeys(name for name, _ in found))
    rows = []
    for name in [*members, "together"]:
        own = members if name == "together" else [name]
        each = [sum(found[one, order] for one in own) for order in ORDERS]
        rows.append([name, *(told(margins, labels) for margins in (*each, sum(each)))])
    print(lcqmc.table(["member", *ORDERS, "both orders"], rows))


def told(margins: np.ndarray, labels: np.ndarray) -> str:
    half = np.random.default_rng(0).permutation(len(labels)) % 2 == 0
    right = np.empty(len(labels), dtype=bool)
    for part in (half, ~half):
        right[~part] = (margins[~part] > threshold(margins[part], labels[part])) == labels[~part]
    best = (margins > threshold(margins, labels)) == labels
    return f"{right.mean():.4f} ({best.mean():.4f})"


def threshold(margins: np.ndarray, labels: np.ndarray) -> float:
    """The one that judges most pairs rightly: similar are those above it."""
    order = np.argsort(margins)
    ranked, positive = margins[order], labels[order]
    right = np.concatenate([[0], np.cumsum(1 - positive)]) + np.concatenate([np.cumsum(positive[::-1])[::-1], [0]])
    place = int(np.argmax(right))
    low = ranked[place - 1] if place else ranked[0] - 1
    high = ranked[place] if place < len(ranked) else ranked[-1] + 1
    return float(low + high) / 2


if __name__ == "__main__":
    main(*sys.argv[1:])
