"""How large a share of the segments a rationale needs, found on dev: without the rest, judgements must not turn.

ERASER's sufficiency (DeYoung 2020), asked of the decision and turned into a choice.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import polars as pl
import torch
from tqdm import tqdm

from yiju import tables
from yiju.attribution.removal import keep_tokens
from yiju.encoder.folder import load_model, load_tokenizer
from yiju.predict import predict_logits
from yiju.provenance import write_json
from yiju.rationale.alignment import Span
from yiju.rationale.faithful import mean_over_folds, read_segments
from yiju.rationale.selection import keep_count, rank
from yiju.scores import decide, read_calibration
from yiju.tokens import Sentences, encode, pair_up

log = logging.getLogger(__name__)
RATIOS = tuple(step / 20 for step in range(1, 21))
# Pairs of dev that are looked at, at most.
MOST = 1000

# Spans and scores of the segments, by item and side.
Segments = Mapping[tuple[str, str], tuple[Sequence[Span], Sequence[float]]]


def choose_ratio(
    items: str,
    scores: str,
    calibration: str,
    attributions: Sequence[str],
    models: Sequence[str],
    settings: dict,
    out: str,
    device: str,
    threads: int,
    batch_tokens: int,
) -> None:
    """Write the least of RATIOS at which the share settings["kept"] of judgements does not turn, and all shares (JSON).

    items: ITEMS of dev; scores: the ensemble's SCORES of it; calibration: the ensemble's; attributions, models: of each
    member. settings: kept, seed (of the draw of at most 1,000 items), max_length, average_orders. The rationale is the
    top share of each side's segments by their mean normalised scores; [MASK] stands for all tokens that touch none of
    it, and all members judge together, as ever. At ratio 1 nothing is hidden.
    """
    torch.set_num_threads(threads)
    table = draw(tables.read(items, tables.ITEMS), settings["seed"])
    judged = tables.read(scores, tables.SCORES).select("item", "label")
    labels = table.select("item").join(judged, on="item", how="left", maintain_order="left")["label"].to_numpy()
    segments = read_ranked([read_segments(path).join(table, on="item", how="semi") for path in attributions])
    fitted = read_calibration(calibration)
    logits = np.zeros((len(RATIOS), len(table), 2))
    with tqdm(total=len(models) * len(RATIOS), desc="ratio", unit=" ratios", disable=None) as bar:
        for folder in models:
            logits += member_logits(folder, table, segments, settings, device, batch_tokens, bar) / len(models)
    kept = [float((decide(found / fitted.temperature, fitted.margin) == labels).mean()) for found in logits]
    ratio = least_ratio(kept, settings["kept"])
    write_json(out, {"ratio": ratio, "items": len(table), "kept": dict(zip(map(str, RATIOS), kept, strict=True))})
    log.info("ratio %.2f keeps %.4f of %d judgements", ratio, kept[RATIOS.index(ratio)], len(table))


def least_ratio(kept: Sequence[float], wanted: float) -> float:
    """The least of RATIOS that keeps at least the wanted share; 1, where nothing is hidden, if no other does."""
    return next((ratio for ratio, share in zip(RATIOS, kept, strict=True) if share >= wanted - 1e-12), RATIOS[-1])


def draw(table: pl.DataFrame, seed: int) -> pl.DataFrame:
    """At most 1,000 rows, in the order of the table."""
    if len(table) <= MOST:
        return table
    return table[np.sort(np.random.default_rng(seed).choice(len(table), MOST, replace=False))]


def read_ranked(folds: Sequence[pl.DataFrame]) -> Segments:
    """Spans and mean normalised scores of segments, by item and side. folds: segment rows of ATTRIBUTIONS tables."""
    sides = folds[0].group_by("item", "side", maintain_order=True).agg("start", "end")
    spans = {(item, side): list(zip(starts, ends, strict=True)) for item, side, starts, ends in sides.iter_rows()}
    return {key: (spans[key], scores) for key, scores in mean_over_folds(folds).items()}


def member_logits(
    folder: str,
    table: pl.DataFrame,
    segments: Segments,
    settings: dict,
    device: str,
    batch_tokens: int,
    bar: tqdm,
) -> np.ndarray:
    """Logits of a member for the rationales of each ratio, float64 [ratios, items, 2]; of both orders the mean."""
    tokenizer, model = load_tokenizer(folder), load_model(folder, "classifier").to(device).eval()
    q, t = (encode(tokenizer, table[side].to_list(), spans=True) for side in "qt")
    steps = [_steps(side, table["item"], name, segments) for side, name in ((q, "q"), (t, "t"))]
    orders = [((q, t), steps)]
    if settings["average_orders"]:
        orders.append(((t, q), steps[::-1]))
    paired = [[pair_up(tokenizer, *sides, settings["max_length"]) for sides in order] for order in orders]
    logits = np.zeros((len(RATIOS), len(table), 2))
    rows = np.arange(len(table))
    for place in range(len(RATIOS)):
        for pairs, entered in paired:
            shown = keep_tokens(pairs, rows, entered.ids <= place, "mask", tokenizer.mask_token_id)
            logits[place] += predict_logits(model, shown, batch_tokens) / len(paired)
        bar.update()
    return logits


def _steps(sentences: Sentences, items: pl.Series, side: str, segments: Segments) -> Sentences:
    """Sentences with `entering` in the place of token ids."""
    nothing = ((), ())
    steps = [
        entering(sentences.span_list(row, int(count)), *segments.get((item, side), nothing))
        for row, (item, count) in enumerate(zip(items, sentences.lengths, strict=True))
    ]
    return replace(sentences, ids=np.concatenate([np.empty(0, dtype=np.int32), *steps]))


def entering(tokens: Sequence[Span], segments: Sequence[Span], scores: Sequence[float]) -> np.ndarray:
    """Place in RATIOS of the least ratio whose rationale holds a segment that the token touches, int32 [tokens].

    segments: in order, with a score each. A token that touches none is never hidden: 0.
    """
    places = np.empty(len(segments), dtype=np.int64)
    places[rank(scores)] = np.arange(len(segments))
    counts = [keep_count(len(segments), ratio) for ratio in RATIOS]
    begins, ends = [start for start, _ in segments], [end for _, end in segments]
    steps = np.zeros(len(tokens), dtype=np.int32)
    for row, (start, end) in enumerate(tokens):
        touched = places[np.searchsorted(ends, start, side="right") : np.searchsorted(begins, end, side="left")]
        if len(touched):
            steps[row] = np.searchsorted(counts, touched.min() + 1)
    return steps
