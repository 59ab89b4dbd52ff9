"""Everything that the report page shows, read from a run's files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from yiju.report.curves import read_curves
from yiju.report.doubts import find_doubts
from yiju.report.examples import read_examples
from yiju.report.explorer import explorer_context, read_lines
from yiju.report.first_screen import Asked, answers
from yiju.report.page_sections import known_sections
from yiju.report.recipe import facts
from yiju.report.results import (
    MEASURES,
    METRICS,
    MODELS,
    RATIONALES,
    STATISTICS,
    TRIVIAL,
    Judgements,
    read_judgements,
    read_plausibility,
)
from yiju.report.sections import study_section as study
from yiju.report.sections.corpora_section import gather_corpora
from yiju.report.sections.distillation_section import judge_name
from yiju.report.sections.faithfulness_section import (
    LABELS,
    OPERATORS,
    PAIRWISE,
    Faithfulness,
    read_faithfulness,
    row_name,
    sign,
    verdict,
)
from yiju.report.sections.faithfulness_section import METRICS as FAITHFUL
from yiju.report.sections.reliability_section import read_calibration, read_out_of_fold, reliability_charts
from yiju.report.sections.strata_section import read_strata
from yiju.report.sections.suspects_section import read_suspects
from yiju.report.sections.thresholds_section import read_thresholds, threshold, threshold_charts
from yiju.report.sections.timings_section import read_timings
from yiju.report.sections.training_section import ended, training_charts
from yiju.report.summary import accuracy_cards, dev_chose, rationale_cards

# What a reader asks for first; the whole list is in versions.json.
MAIN_LIBRARIES = ("torch", "transformers", "tokenizers", "accelerate", "polars", "numpy", "scikit-learn", "snakemake")


def gather(inputs: Mapping[str, Any], run: Path, synthetic: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Everything that the template shows. For the arguments see `yiju.report.page.render_report`."""
    settings = yaml.safe_load(_read(inputs["config"]))
    explained, methods = _explained(settings), settings["explain"]["methods"]
    names = ["dev", *settings["evaluate"]["splits"], *settings["test_sets"]["use"]]
    judgements = [read_judgements(*one) for one in zip(names, inputs["judgements"], strict=True)]
    corpora = gather_corpora(inputs, settings, synthetic["corpora"])
    faithful = [read_faithfulness(*one, methods) for one in zip(explained, inputs["faithfulness"], strict=True)]
    return {
        **corpora,
        **_record(inputs, settings, run),
        **_judged(inputs, settings, judgements, names),
        **_answered(inputs, settings, judgements, faithful, corpora["leaks"], synthetic),
        **_rationales(inputs, settings, synthetic),
        **_faithfulness(faithful),
        **_examples(inputs, settings, names),
        **_training(inputs["posttrain"], inputs["folds"]),
        **_study(),
        **_own_sections(inputs, settings, run),
        "strata": [read_strata(*one) for one in zip(names, inputs["judgements"], strict=True)],
        "suspects": read_suspects(inputs["suspects"], inputs["suspects_summary"]),
        "judge_name": judge_name,
    }


def _record(inputs: Mapping[str, Any], settings: Mapping, run: Path) -> dict[str, Any]:
    """What was run, with what and when."""
    versions, calibration = json.loads(_read(inputs["versions"])), read_calibration(inputs["calibration"])
    libraries = versions["libraries"]
    return {
        "run": settings["run"],
        "seed": settings["seed"],
        "facts": facts(settings, json.loads(_read(inputs["model"])), calibration.fitted),
        "recorded": versions["recorded"].replace("T", " ").removesuffix("Z"),
        "config": _read(inputs["config"]),
        "versions": versions,
        "checksums": json.loads(_read(inputs["checksums"])),
        "libraries": {name: libraries[name] for name in MAIN_LIBRARIES if name in libraries},
        "timings": read_timings(run),
    }


def _judged(
    inputs: Mapping[str, Any], settings: Mapping, judgements: Sequence[Judgements], names: Sequence[str]
) -> dict[str, Any]:
    """Judgements, their probabilities and thresholds."""
    finetune, calibration = settings["finetune"], read_calibration(inputs["calibration"])
    found = map(read_thresholds, names, inputs["judged"], inputs["judgements"])
    thresholds = [one for one in found if one]
    return {
        "judgements": judgements,
        "splits": settings["evaluate"]["splits"],
        "models": MODELS,
        "measures": MEASURES,
        "beside_accuracy": STATISTICS,
        "dev_chose": dev_chose(finetune, calibration.fitted),
        "weights_chosen": finetune["folds"] == 1,
        "calibration": calibration,
        "calibrated": finetune["calibrate"],
        "reliability_charts": reliability_charts(calibration),
        "thresholds": thresholds,
        "threshold_charts": threshold_charts(thresholds),
        "undefined": any(value is None for one in thresholds for value in one.at.values()),
        "out_of_fold": next((read_out_of_fold(path) for path in inputs["out_of_fold"]), None),
    }


def _answered(
    inputs: Mapping[str, Any],
    settings: Mapping,
    judgements: Sequence[Judgements],
    faithful: Sequence[Faithfulness],
    leaks: Sequence,
    synthetic: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    """The first screen: questions with answers, and the limits of the figures."""
    finetune, calibration = settings["finetune"], read_calibration(inputs["calibration"])
    learnt = [*finetune["intermediate"]["corpora"], *finetune["corpora"]]
    chosen = dev_chose(finetune, calibration.fitted)
    generated = [name for name in finetune["corpora"] if name in synthetic["corpora"]]
    dropped, margin = settings["corpora"]["filters"]["leaks"], calibration.margin
    asked = Asked(
        *(judgements, chosen, learnt, generated, synthetic["test_sets"]),
        *(leaks, dropped, faithful, calibration, threshold(margin)),
    )
    splits = settings["evaluate"]["splits"]
    return {
        "answers": answers(asked),
        "learnt": finetune["corpora"],
        "generated": generated,
        "measured": asked.measured,
        "doubts": find_doubts(judgements, splits, chosen, vars(calibration), finetune["folds"] > 1),
    }


def _explained(settings: Mapping) -> list[str]:
    """The names of the sets that are explained: splits of the corpora, and test sets."""
    return [*settings["explain"]["splits"], *settings["test_sets"]["use"]]


def _rationales(inputs: Mapping[str, Any], settings: Mapping, synthetic: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Rationales of all explained sets and methods beside gold and trivial ones, and the cards of the overview."""
    test_sets, methods = settings["test_sets"]["use"], settings["explain"]["methods"]
    names = ["dev", *settings["evaluate"]["splits"]]
    pairs = [(name, method) for name in _explained(settings) for method in methods]
    found = [read_plausibility(*pair, path) for pair, path in zip(pairs, inputs["rationales"], strict=True)]
    generated = any(name in synthetic["corpora"] for name in settings["finetune"]["corpora"])
    made = [*(names if generated else []), *synthetic["test_sets"]]
    judged = [read_judgements(*one) for one in zip([*names, *test_sets], inputs["judgements"], strict=True)]
    chosen = dev_chose(settings["finetune"], read_calibration(inputs["calibration"]).fitted)
    return {
        "rationales": found,
        "kinds": RATIONALES | TRIVIAL,
        "trivial": TRIVIAL,
        "metric_names": METRICS,
        "accuracy_cards": accuracy_cards(judged, chosen, found, made),
        "rationale_cards": rationale_cards(found),
        "gold_union": settings["evaluate"]["gold_sets"] == "union",
        "quotes_published": any(settings["test_sets"]["catalogue"][name]["last_original"] for name in test_sets),
    }


def _faithfulness(found: Sequence[Faithfulness]) -> dict[str, Any]:
    verdicts = [(one, method, verdict(one, method)) for one in found for method in one.beyond]
    made = {"pairwise_metrics": PAIRWISE, "operators": OPERATORS, "label_names": LABELS, "verdicts": verdicts}
    return {"faithful": found, "faithful_metrics": FAITHFUL, "row_name": row_name, "sign": sign} | made


def _own_sections(inputs: Mapping[str, Any], settings: Mapping, run: Path) -> dict[str, Any]:
    """The sections that have data of their own, and what each of them shows, None of those that are left out."""
    known = known_sections()
    data = {one.name: one.read(inputs, settings, run) for one in known}
    shown = [one for one in known if data[one.name] is not None]
    return data | {"sections": shown, "studies": data["study"] or []}


def _study() -> dict[str, Any]:
    return {
        "study_pairwise": study.PAIRWISE,
        "study_operators": study.OPERATORS,
        "study_columns": study.COLUMNS,
        "study_panels": study.PANELS,
        "study_matrix": study.MATRIX,
        "study_estimates": study.ESTIMATES,
        "study_removals": study.REMOVALS,
        "study_deciding": study.DECIDING,
        "study_kept": study.KEPT,
        "study_smallest": study.SMALLEST,
        "faithfulness": study.FAITHFULNESS,
        "by_deletion": study.BY_DELETION,
        "evidence": study.EVIDENCE,
        "randomisation": study.RANDOMISATION,
        "edits": study.EDITS,
    }


def _training(posttrain: Sequence[str], folds: Sequence[str]) -> dict[str, Any]:
    before, curves = read_curves(posttrain, folds)
    return {"trainings": ended(before, curves), "training_charts": training_charts(before, curves)}


def _examples(inputs: Mapping[str, Any], settings: Mapping, names: Sequence[str]) -> dict[str, Any]:
    """Examples of all sets, those with rationales first, and the explorer of them."""
    explained, methods = _explained(settings), settings["explain"]["methods"]
    lines = read_lines(inputs["examined"])
    own = {name: [line for line in lines if line["set"] == name] for name in names}
    items, fused = (
        dict(zip(names, inputs["examples"], strict=True)),
        dict(zip(explained, inputs["harmonised"], strict=True)),
    )
    ordered = [*explained, *(name for name in names if name not in explained)]
    shown = [read_examples(name, own[name], items[name], methods[0], fused.get(name)) for name in ordered]
    return {"sets": shown, "method": methods[0], **explorer_context(lines, methods)}


def _read(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")
