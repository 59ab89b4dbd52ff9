"""What each drawn pair shows of an explanation method, by one member: faithfulness, evidence, consistency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
import torch

from yiju import tables
from yiju.attribution.segments import Segmented, segmented
from yiju.attribution.subject import Subject, evaluating
from yiju.encoder.folder import load_model, load_tokenizer
from yiju.judge import explained_labels
from yiju.metrics.consistency import consistency, disturbed_pairs
from yiju.metrics.faithfulness import faithfulness, leave_one_out, leave_one_out_tau
from yiju.metrics.plausibility import iou_f1, scored_items, token_f1
from yiju.metrics.trivial import Rankings, all_in_order, random_order, shared_first
from yiju.rationale.faithful import read_segments
from yiju.rationale.fusion import Choice
from yiju.rationale.layout import Layout, choose, to_choices
from yiju.rationale.sets import to_gold, to_items
from yiju.tokens import encode, pair_up

REMOVALS = ("mask", "delete")
# A metric's values, and the items that they are of.
Measured = dict[str, tuple[Iterable[str], np.ndarray]]


@dataclass(frozen=True)
class Trial:
    """The drawn pairs before one member. differences: float64 [segments] by removal, as `leave_one_out` gives them."""

    items: pl.DataFrame
    subject: Subject
    found: Segmented
    labels: np.ndarray
    differences: Mapping[str, np.ndarray]


def measure_study(
    items: str,
    scores: str,
    model: str,
    attributions: str,
    left_out: str,
    settings: dict,
    out: str,
    device: str,
    threads: int,
    batch_tokens: int,
) -> None:
    """Write STUDIED of one method: ATTRIBUTIONS of an ITEMS table, judged in SCORES, by the member that explained.

    left_out: the member's LEFT_OUT; settings: name (of the method), select, target, max_length, seed.
    """
    torch.set_num_threads(threads)
    table = tables.read(items, tables.ITEMS)
    known = tables.read(left_out, tables.LEFT_OUT)
    differences = {removal: known.filter(removal=removal)["difference"].to_numpy() for removal in REMOVALS}
    trial = replace(trial_of(table, scores, model, settings, device, batch_tokens), differences=differences)
    values = read_segments(attributions)["score"].to_numpy()
    chosen = choose(trial.found.layout, values, settings["select"])
    tables.write(_studied(settings["name"], measure(trial, values, chosen)), out, tables.STUDIED)


def measure_trivial(
    items: str,
    scores: str,
    model: str,
    settings: dict,
    out: str,
    left_out: str,
    device: str,
    threads: int,
    batch_tokens: int,
) -> None:
    """Write STUDIED of rules that ignore the model, and LEFT_OUT, which every method is held against.

    settings: select, target, max_length, seed. The scores of a rule fall evenly from 1 along its ranking of a side;
    "all" selects every segment, as the rule that it is, the others as many as their scores make of `select`.
    """
    torch.set_num_threads(threads)
    table = tables.read(items, tables.ITEMS)
    trial = trial_of(table, scores, model, settings, device, batch_tokens)
    with evaluating(trial.subject.model):
        differences = {
            removal: leave_one_out(trial.subject, trial.found, trial.labels, removal) for removal in REMOVALS
        }
    trial = replace(trial, differences=differences)
    rules = {"all": all_in_order, "shared_first": shared_first, "random": random_order(settings["seed"])}
    known, layout, parts = to_items(table), trial.found.layout, []
    for name, rule in rules.items():
        values = falling(layout, [rule(item) for item in known])
        chosen = np.ones(len(values), dtype=bool) if name == "all" else choose(layout, values, settings["select"])
        parts.append(_studied(f"trivial_{name}", measure(trial, values, chosen)))
    tables.write(pl.concat(parts), out, tables.STUDIED)
    tables.write(_left_out(trial), left_out, tables.LEFT_OUT)


def measure(trial: Trial, scores: np.ndarray, chosen: np.ndarray) -> Measured:
    """Every metric of an explanation. scores: [segments]; chosen: bool [segments], the rationale."""
    names, layout = trial.items["item"].to_list(), trial.found.layout
    total = layout.counts.sum(axis=1)
    share = np.bincount(layout.owners, weights=chosen, minlength=len(layout)) / np.maximum(total, 1)
    found: Measured = {"selected": (names, share)}
    for removal in REMOVALS:
        with evaluating(trial.subject.model):
            values = faithfulness(trial.subject, trial.found, trial.labels, scores, chosen, removal)
        values["loo_tau"] = leave_one_out_tau(layout, scores, trial.differences[removal])
        found |= {f"{metric}.{removal}": (names, one) for metric, one in values.items()}
    return found | _evidence(trial.items, to_choices(layout, scores, chosen, names, trial.labels.tolist()))


def falling(layout: Layout, rankings: Iterable[Rankings]) -> np.ndarray:
    """Scores that fall evenly from 1 towards 0 along the ranking of each side, float64 [segments]."""
    values = np.zeros(layout.counts.sum())
    sides = layout.split(values)
    for own, ranking in zip(sides, (side for both in rankings for side in both), strict=True):
        own[ranking] = 1 - np.arange(len(own)) / max(1, len(own))
    return values


def _evidence(items: pl.DataFrame, choices: Mapping[str, Choice]) -> Measured:
    """Token F1 and IoU F1 where there is gold; MAP of disturbed items where there are relations."""
    found: Measured = {}
    gold, known = to_gold(items), to_items(items)
    if gold:
        names = scored_items(choices, gold)
        found |= {"token_f1": (names, token_f1(choices, gold)), "iou_f1": (names, iou_f1(choices, gold))}
    pairs = disturbed_pairs(known)
    if pairs:
        found["map"] = [other for _, other in pairs], consistency(pairs, known, choices).mean(axis=1)
    return found


def trial_of(items: pl.DataFrame, scores: str, model: str, settings: dict, device: str, batch_tokens: int) -> Trial:
    """The drawn pairs, which are cut into segments, before the member of a folder; nothing left out yet.

    scores: SCORES of these items, and maybe others; their labels are explained. settings: target, max_length, seed.
    """
    tokenizer, classifier = load_tokenizer(model), load_model(model, "classifier").to(device).eval()
    subject = Subject.of(classifier, tokenizer, batch_tokens, settings["seed"])
    known = tables.read(scores, tables.SCORES)
    own = items.select("item").join(known, on="item", how="left", maintain_order="left")
    labels = explained_labels(own, settings["target"])
    q, t = (encode(tokenizer, items[side].to_list(), spans=True) for side in "qt")
    pairs = pair_up(tokenizer, q, t, settings["max_length"])
    return Trial(items, subject, segmented(items, q, t, pairs), labels, {})


def _studied(method: str, found: Measured) -> pl.DataFrame:
    parts = [
        pl.DataFrame({"method": method, "item": list(items), "metric": metric, "value": values}, schema=tables.STUDIED)
        for metric, (items, values) in found.items()
    ]
    return pl.concat(parts).with_columns(pl.col("value").fill_nan(None))


def _left_out(trial: Trial) -> pl.DataFrame:
    layout = trial.found.layout
    places = layout.places(np.zeros(len(layout.owners)))
    common = {
        "item": trial.items["item"].gather(layout.owners),
        "side": np.where(layout.sides % 2, "t", "q"),
        "index": places,
    }
    parts = [
        pl.DataFrame(common | {"removal": removal, "difference": values}, schema=tables.LEFT_OUT)
        for removal, values in trial.differences.items()
    ]
    return pl.concat(parts)
