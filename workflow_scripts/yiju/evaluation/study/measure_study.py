"""What each drawn pair shows of an explanation method: faithfulness, evidence, consistency."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import polars as pl
import torch

from yiju.base import tables
from yiju.data.sets import to_gold, to_items
from yiju.evaluation.metrics.beam import solved
from yiju.evaluation.metrics.consistency import consistency, disturbed_pairs
from yiju.evaluation.metrics.faithfulness import faithfulness, leave_one_out, leave_one_out_tau
from yiju.evaluation.metrics.infidelity import SETS, changes, infidelity
from yiju.evaluation.metrics.names import OPERATORS, REMOVALS
from yiju.evaluation.metrics.plausibility import iou_f1, scored_items, token_f1
from yiju.evaluation.metrics.trivial import all_in_order, random_order, shared_first
from yiju.evaluation.study.review import review
from yiju.evaluation.study.trial import (
    Measured,
    Trial,
    falling,
    made_for_pairs,
    operators_of,
    share_of,
    studied,
    trial_of,
)
from yiju.explain.rationales.fusion import Choice
from yiju.explain.rationales.layout import choose, to_choices
from yiju.explain.rationales.sufficient import sufficient_of

log = logging.getLogger(__name__)
# The rationale that is looked for by the figures themselves.
SOLVER = "beam_search"


def measure_study(
    items: str,
    scores: str,
    models: Sequence[str],
    calibration: str,
    attributions: str,
    left_out: str,
    removed: str,
    settings: dict,
    out: str,
    device: str,
    threads: int,
    batch_tokens: int,
) -> None:
    """Write STUDIED of one method: ATTRIBUTIONS of an ITEMS table, judged in SCORES, by the members that judged.

    left_out, removed: LEFT_OUT and REMOVED of the members; calibration: the ensemble's; settings: name (of the method),
    select, target, max_length, average_orders, gold_sets, seed. Of a method that does not fit the members, whose
    ATTRIBUTIONS are empty, nothing is measured.
    """
    torch.set_num_threads(threads)
    table, scored = tables.read(items, tables.ITEMS), tables.read(attributions, tables.ATTRIBUTIONS)
    if scored.is_empty():
        log.info("%s does not fit the members: nothing to measure", settings["name"])
        tables.write(tables.empty(tables.STUDIED), out, tables.STUDIED)
        return
    known = tables.read(left_out, tables.LEFT_OUT)
    differences: dict[str, np.ndarray] = {
        removal: known.filter(removal=removal)["difference"].to_numpy() for removal in REMOVALS
    }
    trial = trial_of(table, scores, models, calibration, settings, device, batch_tokens)
    trial = replace(trial, differences=differences, removed=_read_removed(removed, len(table)))
    values = scored["score"].to_numpy()
    chosen = choose(trial.layout, values, settings["select"])
    found = measure(trial, values, chosen, settings["gold_sets"] == "union", settings["seed"])
    tables.write(studied(settings["name"], found), out, tables.STUDIED)


def measure_trivial(
    items: str,
    scores: str,
    models: Sequence[str],
    calibration: str,
    settings: dict,
    out: str,
    left_out: str,
    removed: str,
    device: str,
    threads: int,
    batch_tokens: int,
) -> None:
    """Write STUDIED of rules that ignore the model, and LEFT_OUT and REMOVED, which every method is held against.

    Beside the rules stands `beam_search`, which looks at the figures made for pairs themselves
    (`yiju.evaluation.metrics.beam.solved`), with these figures only. settings: select, target, max_length,
    average_orders, gold_sets, seed. The scores of a rule fall evenly from 1 along its ranking of a side; "all" selects
    every segment, as the rule that it is, the others as many as their scores make of `select`.
    """
    torch.set_num_threads(threads)
    table = tables.read(items, tables.ITEMS)
    trial = trial_of(table, scores, models, calibration, settings, device, batch_tokens)
    with trial.ensemble.evaluating():
        differences: dict[str, np.ndarray] = {
            removal: leave_one_out(trial.ensemble, trial.labels, removal) for removal in REMOVALS
        }
        operators = operators_of(trial.ensemble, settings["seed"])
        changed = {name: changes(trial.ensemble, trial.labels, one) for name, one in operators.items()}
        best = solved(trial.ensemble, trial.labels, trial.margin)
    trial = replace(trial, differences=differences, removed=changed)
    rules = {"all": all_in_order, "shared_first": shared_first, "random": random_order(settings["seed"])}
    known, parts = to_items(table), []
    for name, rule in rules.items():
        values = falling(trial, [rule(item) for item in known])
        every = name == "all"
        chosen = np.ones(len(values), dtype=bool) if every else choose(trial.layout, values, settings["select"])
        parts.append(
            studied(
                f"trivial_{name}", measure(trial, values, chosen, settings["gold_sets"] == "union", settings["seed"])
            )
        )
    figures = for_pairs(trial, best, settings["seed"])
    parts.append(studied(SOLVER, {metric: (table["item"], one) for metric, one in figures.items()}))
    tables.write(pl.concat(parts), out, tables.STUDIED)
    tables.write(_removed(trial), removed, tables.REMOVED)
    tables.write(_left_out(trial), left_out, tables.LEFT_OUT)


def measure(trial: Trial, scores: np.ndarray, chosen: np.ndarray, union: bool, seed: int) -> Measured:
    """Every metric of an explanation.

    scores: [segments]; chosen: bool [segments], the rationale of the figures that are known elsewhere; union: of
    several gold sets, see `token_f1`. The figures made for pairs (`yiju.evaluation.metrics.pairwise`) are those of the
    smallest rationale that the scores lead to by deletion; it is then measured by deletion, by [MASK] and by
    replacement.
    """
    names, layout = trial.items["item"].to_list(), trial.layout
    found: Measured = {"selected": (names, share_of(layout, chosen))}
    for removal in REMOVALS:
        with trial.ensemble.evaluating():
            values = faithfulness(trial.ensemble, layout, trial.labels, scores, chosen, removal)
        values["loo_tau"] = leave_one_out_tau(layout, scores, trial.differences[removal])
        found |= {f"{metric}.{removal}": (names, one) for metric, one in values.items()}
    smallest = sufficient_of(trial.ensemble, trial.labels, scores, trial.margin).ranks > 0
    found |= {name: (names, one) for name, one in for_pairs(trial, smallest, seed).items()}
    for operator, changed in trial.removed.items():
        found[f"infidelity.{operator}"] = (names, infidelity(trial.ensemble, scores, changed))
    choices = to_choices(layout, scores, chosen, names, trial.labels.tolist())
    return found | _evidence(trial.items, choices, union)


def for_pairs(trial: Trial, rationale: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """The study's figures of the smallest rationale, by each operator, and its share of all segments (`smallest`).

    float64 [pairs] each; see `yiju.evaluation.metrics.pairwise` and `review`.
    """
    operators = operators_of(trial.ensemble, seed)
    found = made_for_pairs(trial, rationale, seed, operators) | review(trial, rationale, operators, seed)
    return {"smallest": share_of(trial.layout, rationale)} | found


def _evidence(items: pl.DataFrame, choices: Mapping[str, Choice], union: bool) -> Measured:
    """Token F1 and IoU F1 where there is gold; MAP of disturbed items where there are relations."""
    found: Measured = {}
    gold, known = to_gold(items), to_items(items)
    if gold:
        names = scored_items(choices, gold)
        figures = {"token_f1": token_f1, "iou_f1": iou_f1}
        found |= {name: (names, figure(choices, gold, union=union)) for name, figure in figures.items()}
    pairs = disturbed_pairs(known)
    if pairs:
        found["map"] = [other for _, other in pairs], consistency(pairs, known, choices).mean(axis=1)
    return found


def _removed(trial: Trial) -> pl.DataFrame:
    items = trial.items["item"]
    parts = [
        pl.DataFrame(
            {
                "item": items.gather(np.repeat(np.arange(len(items)), SETS)),
                "number": np.tile(np.arange(SETS), len(items)),
                "operator": operator,
                "difference": values.ravel(),
            },
            schema=pl.Schema(tables.REMOVED),
        )
        for operator, values in trial.removed.items()
    ]
    return pl.concat(parts)


def _read_removed(path: str, pairs: int) -> dict[str, np.ndarray]:
    """What `_removed` wrote, as `Trial` holds it."""
    known = tables.read(path, tables.REMOVED)
    return {
        operator: known.filter(operator=operator)["difference"].to_numpy().reshape(pairs, SETS)
        for operator in OPERATORS
    }


def _left_out(trial: Trial) -> pl.DataFrame:
    layout = trial.layout
    places = layout.places(np.zeros(len(layout.owners)))
    common = {
        "item": trial.items["item"].gather(layout.owners),
        "side": np.where(layout.sides % 2, "t", "q"),
        "index": places,
    }
    parts = [
        pl.DataFrame(common | {"removal": removal, "difference": values}, schema=pl.Schema(tables.LEFT_OUT))
        for removal, values in trial.differences.items()
    ]
    return pl.concat(parts)
