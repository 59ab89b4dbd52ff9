"""The index of the pairs that a member of a run learnt."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import torch

from yiju.base import tables
from yiju.base.members import parse_member
from yiju.explain.evidence.build_index import build_index
from yiju.models.folder import load_classifier, load_tokenizer
from yiju.models.folder_files import STATES
from yiju.models.scorer import Scorer
from yiju.models.scorers.classifier import classifier_of


def index_member(
    augmented: str,
    pairs: str,
    model: str | Path,
    member: str,
    device: str,
    threads: int,
    batch_tokens: int,
    checkpoints: str | None = None,
) -> None:
    """Write the index of a member's model folder.

    augmented: the table that the member was trained on; pairs: MERGED, which says where each pair stands; model: the
    member's folder; checkpoints: the folder of the states that its training kept, if any.
    """
    torch.set_num_threads(threads)

    def opened(folder: Path) -> Scorer:
        return classifier_of(load_classifier(folder, device), load_tokenizer(folder))

    earlier, rates = ([], None) if checkpoints is None else _kept(Path(checkpoints))
    build_index(Path(model), opened, learnt_pairs(augmented, pairs, member), batch_tokens, earlier, rates)


def _kept(folder: Path) -> tuple[list[Path], list[float]]:
    """The folders of the kept states, first to last, and the learning rates of these and of the model itself."""
    facts = json.loads((folder / STATES).read_text(encoding="utf-8"))
    states = facts["states"]
    rates = [one["learning_rate"] for one in (*states, facts["model"])]
    return [folder / str(one["update"]) for one in states], rates


def learnt_pairs(augmented: str | Path, pairs: str | Path, member: str) -> pl.DataFrame:
    """LEARNT of the rows that a member's fold does not hold out, in their order."""
    fold, _ = parse_member(member)
    rows = tables.read(augmented, tables.AUGMENTED, where=pl.col("fold") != fold)
    places = tables.read(pairs, tables.MERGED, ["pair", "corpus", "file", "line"])
    found = rows.with_columns(pl.col("parents").list.first().alias("pair"))
    known = found.join(places, on="pair", how="left", maintain_order="left")
    return known.select(tables.LEARNT.names).cast(pl.Schema(tables.LEARNT))
