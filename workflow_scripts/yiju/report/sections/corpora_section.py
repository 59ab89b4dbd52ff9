"""Everything that the page shows of a run's data, before anything is learnt from it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from yiju.base.language import gettext
from yiju.data.behaviour.categories import CATEGORIES
from yiju.report.alerts import find_alerts, rewards
from yiju.report.number_formats import beside
from yiju.report.sections.corpus_statistics_section import length_charts, overlap_charts, read_statistics
from yiju.report.sections.duplicates_section import shared_by_size
from yiju.report.sections.leakage_section import conflict_rule, read_leaks, shared_pairs
from yiju.report.sections.ledger_section import carved_text, discrepancies, read_ledger, reasons
from yiju.report.sections.shortcuts_section import SHORTCUTS, most_rewarding, read_across, read_splits

FILES = ("ledger", "near_leaks", "duplicates", "shortcuts", "statistics", "augmentation")
# The page lists so many shares of duplicates; the file has all.
SHARES_SHOWN = 30


def gather_corpora(inputs: Mapping[str, Any], settings: Mapping, synthetic: Sequence[str]) -> dict[str, Any]:
    """What the template shows of the files named in FILES.

    settings: the run's configuration; synthetic: corpora with rows of a generator.
    """
    found = {name: json.loads(Path(inputs[name]).read_text(encoding="utf-8")) for name in FILES}
    ledger, audit = found["ledger"], found["shortcuts"]
    order, learnt = settings["corpora"]["use"], settings["finetune"]["corpora"]
    corpora, total = read_ledger(ledger, order)
    leaks, splits = read_leaks(ledger, found["near_leaks"], order), read_splits(audit)
    problems = discrepancies(corpora, total)
    return {
        "corpora": corpora,
        "synthetic": synthetic,
        "total": total,
        "discrepancies": problems,
        "reasons": reasons(corpora),
        "unlabelled": any(set(one.labels) - {"0", "1"} for one in corpora),
        "filters": ledger["filters"],
        "conflict_rule": conflict_rule(ledger["filters"]),
        "leaks": leaks,
        "near_leaks": found["near_leaks"],
        "shared_pairs": shared_pairs(ledger),
        "audit": audit | {"splits": splits, "across": read_across(audit, splits)},
        "shortcut_names": SHORTCUTS,
        "rewarding": [(one.name, rewards(one), one.corpus in learnt) for one in most_rewarding(splits)],
        "statistics": found["statistics"] | {"splits": read_statistics(found["statistics"])},
        "length_charts": length_charts(found["statistics"]),
        "overlap_charts": overlap_charts(found["statistics"]),
        "duplicates": found["duplicates"] | {"shared": shared_by_size(found["duplicates"])},
        "shares_shown": SHARES_SHOWN,
        "augmentation": _named(found["augmentation"]),
        "component_sizes": _by_size(found["augmentation"]["graph"]["sizes"]),
        "alerts": find_alerts(problems, ledger["filters"], leaks, splits, learnt, corpora, synthetic),
        "not_checked": _not_checked(audit, learnt, settings["test_sets"]["use"]),
        "carved": list(ledger["carved"]["shares"]) if ledger["carved"] else [],
        "carved_text": carved_text(ledger["carved"]),
    }


def _not_checked(audit: Mapping, learnt: Sequence[str], sets: Sequence[str]) -> list[str]:
    """What the audit of shortcuts did not look at, in words: splits, those that are learnt first, and test sets."""
    passed_over = sorted(audit["too_few"], key=lambda one: one["corpus"] not in learnt)
    splits = [beside(f"{one['corpus']} {one['split']}", gettext(one["why"])) for one in passed_over]
    return splits + [gettext("{set} (a test set)", set=name) for name in sets]


def _named(augmentation: Mapping[str, Any]) -> dict[str, Any]:
    """The account of augmentation, in which minimal pairs have the titles of their categories."""
    examples = [one | {"operation": _operation(one["operation"])} for one in augmentation["examples"]]
    made = {_operation(name): count for name, count in augmentation["made"].items()}
    return dict(augmentation) | {"made": made, "examples": examples}


def _operation(name: str) -> str:
    category = CATEGORIES.get(name.removeprefix("behaviour_"))
    return gettext("minimal pair: {category}", category=gettext(category.title)) if category else name


def _by_size(components: Mapping[str, int]) -> list[tuple[str, int]]:
    """Classes of sizes ("2", "4-5", "101+") in order, those that hold a component."""
    held = [(size, rows) for size, rows in components.items() if rows]
    return sorted(held, key=lambda one: int(one[0].rstrip("+").split("-")[0]))
