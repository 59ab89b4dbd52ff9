"""A student beside its teacher and beside the same student without one: judgements, explanations, size and speed."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import torch

from yiju.base import tables
from yiju.base.files import write_json
from yiju.evaluation.metrics.agreement import overlap, rank_correlation
from yiju.evaluation.metrics.faithfulness import best_of_sides, faithfulness
from yiju.evaluation.study.in_use import draw_pairs
from yiju.evaluation.with_intervals import Metrics, with_difference, with_interval, with_share
from yiju.explain.attribute_set import ensemble_of
from yiju.explain.attribution import score_pairs, why_unsupported
from yiju.explain.orders import orders_of
from yiju.explain.rationales.layout import Layout, layout_of
from yiju.explain.segments import segments_in
from yiju.explain.subject import Subject
from yiju.models.calibration.measure import log_odds, measures
from yiju.models.scorer import Scorer
from yiju.models.teacher import teacher_of

# Share of each side's segments that stands for a rationale where two are compared.
SHARE = 0.3
FAITHFUL = ("aopc_comprehensiveness", "aopc_sufficiency")
# Pairs that are timed, and how many times; the median counts.
TIMED, ROUNDS = 500, 5
TEACHER = "teacher"


@dataclass(frozen=True)
class Judge:
    """Models that judge together under one name."""

    name: str
    scorers: Sequence[Scorer]


def compare_student(
    items: Sequence[str],
    scores: Sequence[str],
    members: Sequence[str],
    calibration: str | None,
    students: Sequence[str],
    settings: dict,
    out: str,
    device: str,
    threads: int,
    batch_tokens: int,
) -> None:
    """Write how teacher, student and, where there is one, the student without a teacher compare (JSON).

    items: ITEMS of every set, dev first; scores: SCORES by set and judge, the teacher before the learners; members,
    calibration: of the run, none where settings name a teacher; students: model folders by learner. settings: sets,
    learners, method, teacher, max_length, average_orders, bootstrap, seed.
    """
    torch.set_num_threads(threads)
    names = [TEACHER, *settings["learners"]]
    judged = np.reshape(scores, (len(items), len(names))).tolist()
    teacher = teacher_of(settings["teacher"], members, calibration, device, batch_tokens)
    judges = [Judge(TEACHER, [scorer for scorer, _ in teacher.members])]
    for name, folder in zip(settings["learners"], students, strict=True):
        judges.append(Judge(name, [one for one, _ in teacher_of({}, [folder], None, device, batch_tokens).members]))
    dev = tables.read(items[0], tables.ITEMS)
    speeds = _speeds(judges, dev, batch_tokens)
    facts = {
        "threads": threads,
        "device": device,
        "judges": [_size(one) | {"pairs_per_second": speeds[one.name]} for one in judges],
        "sets": [
            {"set": name, "judges": _judgements(path, dict(zip(names, own, strict=True)), settings)}
            for name, path, own in zip(settings["sets"], items, judged, strict=True)
        ],
        "explanations": _explanations(judges, dev, dict(zip(names, judged[0], strict=True)), settings, batch_tokens),
    }
    write_json(out, facts)


def _size(judge: Judge) -> dict:
    """Its name, how many models judge together under it, and how many weights they have."""
    models = [one.model for one in judge.scorers if one.model is not None]
    weights = sum(weight.numel() for model in models for weight in model.parameters())
    return {"name": judge.name, "models": len(judge.scorers), "weights": weights}


def _judgements(path: str, scores: Mapping[str, str], settings: dict) -> list[dict]:
    """Of each judge on one set: figures on labelled items, and how far it agrees with the teacher on all."""
    table = tables.read(path, tables.ITEMS)
    said = {name: tables.read(own, tables.SCORES) for name, own in scores.items()}
    known, groups = table["label"].is_not_null(), list(zip(table["q"], table["t"], strict=True))
    gold = table["label"].filter(known).to_numpy()
    inside = [group for group, own in zip(groups, known, strict=True) if own]
    right = {name: own["label"].filter(known).to_numpy() == gold for name, own in said.items()}
    found = []
    for name, own in said.items():
        figures: Metrics = {"items": table.height, "labelled": len(gold)}
        if len(gold):
            figures |= with_share("accuracy", right[name], inside)
            figures |= measures(log_odds(own["probability"].filter(known).to_numpy()), gold)
        if name != TEACHER:
            alike = (own["label"] == said[TEACHER]["label"]).to_numpy()
            apart = (own["probability"] - said[TEACHER]["probability"]).abs().to_numpy()
            figures |= with_share("label_agreement", alike, groups)
            figures |= with_interval("probability_difference", apart, groups, settings)
            if len(gold):
                figures |= with_difference("minus_teacher", right[name], right[TEACHER], inside)
        if len(gold) and name == "student" and "control" in right:
            figures |= with_difference("minus_control", right[name], right["control"], inside)
        found.append({"name": name} | figures)
    return found


def _explanations(
    judges: Sequence[Judge], dev: pl.DataFrame, scores: Mapping[str, str], settings: dict, budget: int
) -> dict:
    """How far rationales of dev pairs hold and agree with the teacher's, on pairs that all judge alike."""
    said = [tables.read(own, tables.SCORES)["label"] for own in scores.values()]
    alike = pl.Series([len(set(labels)) == 1 for labels in zip(*said, strict=True)], dtype=pl.Boolean)
    table = draw_pairs(dev.filter(alike), settings["seed"])
    kept = dev.with_columns(said[0].alias("said")).select("item", "said")
    labels = table.join(kept, on="item", how="left", maintain_order="left")["said"].to_numpy().astype(np.int64)
    method = settings["method"]
    fitting = all(why_unsupported(method, scorer) is None for judge in judges for scorer in judge.scorers)
    if table.is_empty() or not fitting:
        return {"pairs": 0, "method": method["method"], "judges": []}
    layout, groups = layout_of(table), list(zip(table["q"], table["t"], strict=True))
    found: list[dict] = []
    first: tuple[np.ndarray, np.ndarray] | None = None
    for judge in judges:
        values, figures = _explained(judge, table, layout, labels, settings, budget)
        chosen = best_of_sides(layout, values, SHARE)
        own: Metrics = {}
        for name, each in figures.items():
            own |= with_interval(name, each, groups, settings, signed=True)
        if first is None:
            first = values, chosen
        else:
            ranks = rank_correlation(layout, first[0], values)
            there = ~np.isnan(ranks)
            inside = [group for group, known in zip(groups, there, strict=True) if known]
            if inside:
                own |= with_interval("spearman", ranks[there], inside, settings, signed=True)
                own |= with_interval("jaccard", overlap(layout, first[1], chosen)[there], inside, settings)
        found.append({"name": judge.name} | own)
    return {"pairs": table.height, "method": method["method"], "judges": found}


def _explained(
    judge: Judge, table: pl.DataFrame, layout: Layout, labels: np.ndarray, settings: dict, budget: int
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Scores of the segments, float64 [segments], and how far they hold, by name, float64 [pairs] each.

    The second is empty of a model that gives one number: its unit is not that of a probability.
    """
    subjects = [Subject(scorer, budget, settings["seed"]) for scorer in judge.scorers]
    q, t = table["q"].to_list(), table["t"].to_list()
    orders = orders_of(judge.scorers[0], q, t, settings["average_orders"], segments_in(table))
    ensemble = ensemble_of(subjects, orders)
    values = score_pairs(ensemble, labels, settings["method"], bar=False).values[0]
    if judge.scorers[0].single:
        return values, {}
    with ensemble.evaluating():
        held = faithfulness(ensemble, layout, labels, values, best_of_sides(layout, values, SHARE), "delete")
    return values, {name: held[name] for name in FAITHFUL}


def _speeds(judges: Sequence[Judge], dev: pl.DataFrame, budget: int) -> dict[str, float]:
    """Pairs of dev that each judge reads and judges in a second, the median of rounds in which they take turns."""
    table = dev.head(TIMED)
    q, t = table["q"].to_list(), table["t"].to_list()
    seconds: dict[str, list[float]] = {judge.name: [] for judge in judges}
    # One round before to warm up.
    for _ in range(1 + ROUNDS):
        for judge in judges:
            began = time.perf_counter()
            for scorer in judge.scorers:
                scorer.predict(scorer.pair_up(scorer.encode(q, 0), scorer.encode(t, 1)), budget)
            seconds[judge.name].append(time.perf_counter() - began)
    return {name: round(table.height / float(np.median(own[1:])), 1) for name, own in seconds.items()}
