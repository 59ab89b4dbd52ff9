"""The test of behaviour in a run: all members together before the suite, and what their failures rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch

from yiju.base import tables
from yiju.base.files import write_json
from yiju.config.chosen_method import chosen_method
from yiju.data.behaviour.minimal_pairs import Item
from yiju.data.behaviour.suite import Pair, build, missing
from yiju.data.overlap import OverlapModel
from yiju.evaluation.behaviour import Judge, Verdicts, failures, judged, passes, summary
from yiju.evaluation.study.drawn_pairs import Drawn
from yiju.models.calibration.apply import decide, difference, read_calibration
from yiju.models.folder import load_classifier, load_tokenizer
from yiju.models.inference import predict_orders

# Failures of a category that are explained, and how.
EXPLAINED, METHOD = 3, "occlusion"


def test_behaviour(
    pairs: str,
    models: Sequence[str],
    calibration: str,
    overlap: str,
    settings: dict,
    out: str,
    table: str,
    work: str,
    device: str,
    threads: int,
    batch_tokens: int,
) -> None:
    """Write figures and failures as JSON, and all items as BEHAVIOUR.

    pairs: ITEMS whose sentences are changed; models: folders of all members; calibration: the ensemble's; overlap: the
    fitted baseline; settings: per_category, seed, max_length, average_orders; work: folder for what is finished.
    """
    torch.set_num_threads(threads)
    rows = tables.read(pairs, tables.ITEMS).select("q", "t").rows()
    items = build(rows, settings["seed"], settings["per_category"])
    baseline = _by_overlap(OverlapModel.from_json(Path(overlap).read_text(encoding="utf-8")))
    verdicts = judged(items, _by_members(models, calibration, settings, device, batch_tokens))
    failed = failures(items, verdicts)
    chosen = _first(failed)
    grounds = _grounds([failed[number] for number in chosen], models, settings, device, batch_tokens, Path(work))
    for number, own in zip(chosen, grounds, strict=True):
        failed[number]["grounds"] = own
    facts = {"suite": "zh-match", "seed": settings["seed"], "items": len(items), "not_made": missing()}
    facts |= summary(items, verdicts, baseline=baseline) | {"failures": failed, "method": METHOD}
    tables.write(_table(items, verdicts, judged(items, baseline)), table, tables.BEHAVIOUR)
    write_json(out, facts)


def _by_overlap(model: OverlapModel) -> Judge:
    def judge(pairs: Sequence[Pair]) -> tuple[np.ndarray, np.ndarray]:
        chances = model.predict([q for q, _ in pairs], [t for _, t in pairs])
        return chances > 0.5, chances

    return judge


def _by_members(models: Sequence[str], calibration: str, settings: dict, device: str, batch_tokens: int) -> Judge:
    """The judgement of the ensemble: the mean of the members' logits, decided as calibration says."""
    fitted, average = read_calibration(calibration), settings["average_orders"]

    def judge(pairs: Sequence[Pair]) -> tuple[np.ndarray, np.ndarray]:
        q, t = [q for q, _ in pairs], [t for _, t in pairs]
        logits = []
        for folder in models:
            model = load_classifier(folder, device)
            found = predict_orders(model, load_tokenizer(folder), q, t, settings["max_length"], batch_tokens, average)
            logits.append(found.logits if found.swapped is None else (found.logits + found.swapped) / 2)
        mean = np.mean(logits, axis=0) / fitted.temperature
        return decide(mean, fitted.margin) == 1, difference(mean)

    return judge


def _first(failed: Sequence[Mapping[str, Any]]) -> list[int]:
    """Numbers of the first failures of each category."""
    counts: dict[str, int] = {}
    found = []
    for number, one in enumerate(failed):
        counts[one["category"]] = counts.get(one["category"], 0) + 1
        if counts[one["category"]] <= EXPLAINED:
            found.append(number)
    return found


def _grounds(
    failed: Sequence[Mapping[str, Any]],
    models: Sequence[str],
    settings: dict,
    device: str,
    batch_tokens: int,
    work: Path,
) -> list[dict[str, list]]:
    """Of each failure, the segments of both sentences with their scores for the label that was said."""
    if not failed:
        return []
    nothing: dict[str, Any] = dict.fromkeys(
        ("label", "q_segments", "t_segments", "kind", "related", "q_gold", "t_gold")
    )
    rows = [nothing | {"item": str(number), "q": one["q"], "t": one["t"]} for number, one in enumerate(failed)]
    items = pl.DataFrame(rows, schema=pl.Schema(tables.ITEMS))
    labels = np.array([int(one["similar"]) for one in failed], dtype=np.int64)
    drawn = Drawn.of(items, labels, models, settings, device, batch_tokens)
    with drawn.ensemble.evaluating():
        scored = drawn.attributed(chosen_method(METHOD, {}), work)
    found: list[dict[str, list]] = [{"q": [], "t": []} for _ in failed]
    for item, side, text, score in scored.select("item", "side", "text", "score").iter_rows():
        found[int(item)][side].append([text, score])
    return found


def _table(items: Sequence[Item], verdicts: Verdicts, overlap: Verdicts) -> pl.DataFrame:
    rows = []
    for item in items:
        one = item.change
        similar, score = verdicts.of((one.q, one.t))
        facts: dict[str, Any] = {"category": item.category, "rule": one.rule, "effect": one.effect}
        facts |= {"row": None if item.row < 0 else item.row, "parent": item.parent, "q": one.q, "t": one.t}
        facts["q_before"], facts["t_before"] = one.before or (None, None)
        facts |= {"similar": similar, "score": score}
        rows.append(facts | {"passed": passes(item, verdicts), "passed_by_overlap": passes(item, overlap)})
    return pl.DataFrame(rows, schema=pl.Schema(tables.BEHAVIOUR))
