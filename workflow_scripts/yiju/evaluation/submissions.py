"""Anybody's submission in the competition's format, scored: what `yiju evaluate` does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from yiju.base.errors import YijuError
from yiju.base.files import why_no_file
from yiju.base.printable import columns as columns_of
from yiju.base.printable import padded
from yiju.base.terminal_language import told
from yiju.data.items import Gold, Item, read_gold, read_items
from yiju.evaluation.metrics.consistency import disturbed_pairs, proxy_pairs
from yiju.evaluation.metrics.trivial import all_in_order, random_order, shared_first, trivial_choices
from yiju.evaluation.rationales import agreement, plausibility
from yiju.evaluation.with_intervals import Metrics, with_share
from yiju.explain.rationales.fusion import Choice
from yiju.explain.rationales.selection import keep_count
from yiju.explain.rationales.submission import read_submission

ROWS = {
    "submission": "submission",
    "majority": "majority label",
    "trivial_all": "trivial: all segments in order",
    "trivial_shared_first": "trivial: shared segments first",
    "trivial_random": "trivial: random segments",
}
COLUMNS = {
    "accuracy": "accuracy",
    "token_f1": "token F1",
    "iou_f1": "IoU F1",
    "map": "MAP",
    "map_q": "MAP of q",
    "map_t": "MAP of t",
}


def evaluate_foreign(items: Path, submission: Path, gold: Path | None, options: dict) -> Metrics:
    """What a submission is worth beside trivial rules of the same size: keys are row.column, with .low and .high.

    items, gold: files in the competition's format. With gold: accuracy (a missing item is wrong), token F1, IoU F1.
    With disturbed forms (rel_ids, or guessed by last_original): MAP, flat and of either side.

    options: repeated, of indices: refuse, once (a repeated one counts at its first place) or counted (|Sp| and MAP have
    it again); matched_only, strict_iou (`yiju.evaluation.metrics.plausibility`); gold_sets (of several: best or union);
    last_original (`yiju.evaluation.metrics.consistency`) or None; bootstrap, seed. Raises YijuError where a file is not
    what it claims to be, or nothing in it can be scored.
    """
    for path in (items, submission, *([gold] if gold else [])):
        if not path.is_file():
            raise YijuError(f"{path}: {why_no_file(path)}; give the path of the file to read")
    known = read_items(items)
    right = read_gold(gold, known) if gold else {}
    given = read_submission(submission, options["repeated"] != "refuse", known)
    pairs = _disturbed(known, options["last_original"])
    _require_something(right, given, pairs, items, submission)
    choices = {item: _once(choice) for item, choice in given.items()} if options["repeated"] == "once" else given
    metrics: Metrics = {"items": len(known), "predicted": len(given), "gold": len(right), "disturbed_pairs": len(pairs)}
    metrics["repeated"] = sum(_once(choice) != choice for choice in given.values())
    switches = {
        "count_repeated": options["repeated"] == "counted",
        "matched_only": options["matched_only"],
        "strict_iou": options["strict_iou"],
    }
    metrics |= _accuracies(choices, right, known)
    for name, rationales in ({"submission": choices} | _trivial(known, choices, options)).items():
        metrics |= plausibility(name, rationales, right, known, options, **switches)
        metrics |= agreement(name, rationales, pairs, known, options, sides=True)
    return metrics


def table(metrics: Metrics) -> str:
    """The metrics as lines of text: a row each for the submission and what is trivial, with 95 % intervals."""
    columns = [column for column in COLUMNS if f"submission.{column}" in metrics]
    lines = [["", *(COLUMNS[column] for column in columns)]]
    lines += [[label, *(_cell(metrics, f"{row}.{column}") for column in columns)] for row, label in ROWS.items()]
    shown = [line for line in lines if any(line[1:])]
    shown = [list(map(told, line)) for line in shown]
    widths = [max(map(columns_of, cells)) for cells in zip(*shown, strict=True)]
    counts = (
        f"{metrics['predicted']} of {metrics['items']} items in the submission, {metrics['gold']} with gold, "
        f"{metrics['disturbed_pairs']} disturbed forms; {metrics['repeated']} items name an index twice"
    )
    rows = ["  ".join(padded(cell, width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in shown]
    return "\n".join([counts, "", *rows])


def _require_something(
    gold: Mapping[str, Gold], choices: Mapping[str, Choice], pairs: Sequence, items: Path, submission: Path
) -> None:
    if not gold and not pairs:
        raise YijuError(
            f"{items}: names no disturbed forms by sample_type and rel_ids, and there is no gold; give --gold, or "
            "--last-original for a set whose later items are disturbed forms"
        )
    if gold and not any(item in choices for item in gold):
        raise YijuError(f"{submission}: holds none of the {len(gold)} items with gold; give the gold it belongs to")


def _disturbed(items: Sequence[Item], last_original: int | None) -> list[tuple[str, str]]:
    return disturbed_pairs(items) or ([] if last_original is None else proxy_pairs(items, last_original))


def _once(choice: Choice) -> Choice:
    return Choice(choice.label, tuple(dict.fromkeys(choice.q)), tuple(dict.fromkeys(choice.t)))


def _accuracies(choices: Mapping[str, Choice], gold: Mapping[str, Gold], items: Sequence[Item]) -> Metrics:
    if not gold:
        return {}
    texts = {item.item: (item.q, item.t) for item in items}
    labels = np.array([one.label for one in gold.values()])
    said = np.array([choices[item].label if item in choices else -1 for item in gold])
    right = {"submission": said == labels, "majority": labels == int(labels.mean() >= 0.5)}
    groups = [texts[item] for item in gold]
    metrics: Metrics = {}
    for name, values in right.items():
        metrics |= with_share(f"{name}.accuracy", values, groups)
    return metrics


def _trivial(items: Sequence[Item], choices: Mapping[str, Choice], options: dict) -> dict[str, dict[str, Choice]]:
    """Rationales of rules that ignore every model, as large as the submission's; for what it lacks, of the usual size.

    Where only what the submission holds is scored, so it is of the rules.
    """
    sizes = {item.item: _once(choices[item.item]) if item.item in choices else _usual(item) for item in items}
    rules = {"all": all_in_order, "shared_first": shared_first, "random": random_order(options["seed"])}
    scored = [item for item in items if item.item in choices] if options["matched_only"] else items
    return {
        f"trivial_{name}": trivial_choices(scored, rule, None if name == "all" else sizes)
        for name, rule in rules.items()
    }


def _usual(item: Item) -> Choice:
    return Choice(0, *(tuple(range(keep_count(len(side)))) for side in (item.q_segments, item.t_segments)))


def _cell(metrics: Metrics, key: str) -> str:
    if key not in metrics:
        return ""
    return f"{metrics[key]:.4f} [{metrics[f'{key}.low']:.4f}, {metrics[f'{key}.high']:.4f}]"
