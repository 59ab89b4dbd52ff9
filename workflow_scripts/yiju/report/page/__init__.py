"""The report: one page that needs nothing beside itself. Every text on it is escaped, whoever wrote it."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
import yaml

from yiju.base.files import write_text
from yiju.base.types import MEASURED
from yiju.explain.strength import EFFECT, SCALE
from yiju.report import number_formats
from yiju.report.conclusion import conclude
from yiju.report.curves import Curve, read_curves
from yiju.report.doubts import find_doubts
from yiju.report.examples import ExampleSet, read_examples
from yiju.report.explorer import compact, embed, read_lines, script, within_budget
from yiju.report.results import (
    MEASURES,
    METRICS,
    MODELS,
    RATIONALES,
    STATISTICS,
    TRIVIAL,
    Comparison,
    Judgements,
    Plausibility,
    read_judgements,
    read_plausibility,
)
from yiju.report.sections.corpora_section import gather_corpora
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
from yiju.report.sections.members_section import read_members
from yiju.report.sections.reliability_section import read_calibration, read_out_of_fold
from yiju.report.sections.strata_section import read_strata
from yiju.report.sections.study_section import (
    BY_DELETION,
    COLUMNS,
    DECIDING,
    EDITS,
    EVIDENCE,
    FAITHFULNESS,
    KEPT,
    PANELS,
    RANDOMISATION,
    SMALLEST,
    read_study,
)
from yiju.report.sections.study_section import ESTIMATES as STUDY_ESTIMATES
from yiju.report.sections.study_section import MATRIX as STUDY_MATRIX
from yiju.report.sections.study_section import OPERATORS as STUDY_OPERATORS
from yiju.report.sections.study_section import PAIRWISE as STUDY_PAIRWISE
from yiju.report.sections.study_section import REMOVALS as STUDY_REMOVALS
from yiju.report.sections.thresholds_section import read_thresholds
from yiju.report.sections.timings_section import read_timings
from yiju.report.sections.variants_section import read_variants
from yiju.report.summary import accuracy_cards, dev_chose, facts, rationale_cards

log = logging.getLogger(__name__)
FIGURES = (
    "ledger",
    "labels",
    "lengths",
    "overlap",
    "duplicates",
    "shortcuts",
    "training",
    "reliability",
    "thresholds",
    "accuracy",
    "rationales",
)
# What a reader asks for first; the whole list is in versions.json.
MAIN_LIBRARIES = ("torch", "transformers", "tokenizers", "accelerate", "polars", "numpy", "scikit-learn", "snakemake")


def render_report(inputs: Mapping[str, Any], run: Path, synthetic: Mapping[str, Sequence[str]], out: str) -> None:
    """Write the page of a run.

    inputs: paths by the names of the rule's inputs; lists go by set (dev, the further splits, then the explained ones)
    or by set and method, as the run's configuration names them; out_of_fold is empty without folds. run: its folder,
    where timings may be missing; synthetic: corpora and test sets (`yiju.models.sources.synthetic`).
    """
    context = gather(inputs, run, synthetic)
    for alert in [*context["doubts"], *context["alerts"]]:
        log.warning("%s. %s", alert.title, alert.text)
    page = render(context)
    write_text(out, page)
    log.info("%s: %.1f MB", out, len(page.encode("utf-8")) / 1e6)


def render(context: Mapping[str, Any]) -> str:
    """Fill the template; an unknown name in it is an error."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in ("count", "percent", "hundredths", "decimal", "duration", "memory", "words", "place", "signed_points"):
        environment.filters[name] = getattr(number_formats, name)
    return environment.get_template("page.html").render(context)


def gather(inputs: Mapping[str, Any], run: Path, synthetic: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Everything that the template shows, read from a run's files."""
    settings = yaml.safe_load(_read(inputs["config"]))
    test_sets, methods = settings["test_sets"]["use"], settings["explain"]["methods"]
    explained = [*settings["explain"]["splits"], *test_sets]
    splits = settings["evaluate"]["splits"]
    names = ["dev", *splits, *test_sets]
    judgements = [read_judgements(*one) for one in zip(names, inputs["judgements"], strict=True)]
    pairs = [(name, method) for name in explained for method in methods]
    rationales = [read_plausibility(*pair, path) for pair, path in zip(pairs, inputs["rationales"], strict=True)]
    versions = json.loads(_read(inputs["versions"]))
    faithful = [read_faithfulness(*one, methods) for one in zip(explained, inputs["faithfulness"], strict=True)]
    thresholds = [one for one in map(read_thresholds, names, inputs["judged"], inputs["judgements"]) if one]
    calibration = read_calibration(inputs["calibration"])
    chosen = dev_chose(settings["finetune"], calibration.fitted)
    learnt = settings["finetune"]["corpora"]
    effects = _tells_effects(settings["explain"], json.loads(_read(inputs["explanation"])))
    generated = [name for name in learnt if name in synthetic["corpora"]]
    doubts = find_doubts(judgements, splits, chosen, vars(calibration), settings["finetune"]["folds"] > 1)
    return {
        "run": settings["run"],
        "seed": settings["seed"],
        "facts": facts(settings, json.loads(_read(inputs["model"])), calibration.fitted),
        "accuracy_cards": accuracy_cards(
            judgements, chosen, rationales, [*(["dev", *splits] if generated else []), *synthetic["test_sets"]]
        ),
        "rationale_cards": rationale_cards(rationales),
        "config": _read(inputs["config"]),
        "versions": versions,
        "checksums": json.loads(_read(inputs["checksums"])),
        "libraries": {name: versions["libraries"][name] for name in MAIN_LIBRARIES if name in versions["libraries"]},
        "timings": read_timings(run),
        "sets": _example_sets(names, explained, inputs, effects),
        "effects": effects,
        "method": methods[0],
        "learnt": [f"{name} (synthetic)" if name in generated else name for name in learnt],
        "splits": splits,
        "gold_union": settings["evaluate"]["gold_sets"] == "union",
        "dev_chose": chosen,
        "calibration": calibration,
        "calibrated": settings["finetune"]["calibrate"],
        "thresholds": thresholds,
        "undefined": any(value is None for one in thresholds for value in one.at.values()),
        "members": next((read_members(path) for path in inputs["members"]), None),
        "out_of_fold": next((read_out_of_fold(path) for path in inputs["out_of_fold"]), None),
        "quotes_published": any(settings["test_sets"]["catalogue"][name]["last_original"] for name in test_sets),
        **gather_corpora(inputs, settings, synthetic["corpora"]),
        "doubts": doubts,
        "conclusion": conclude(judgements, bool(chosen), generated, [told for *_, told in _verdicts(faithful)]),
        **_training(inputs["posttrain"], inputs["folds"]),
        **_metrics(judgements, rationales),
        **_faithfulness(faithful),
        **_explorer(inputs["examined"], methods),
        "strata": [read_strata(*one) for one in zip(names, inputs["judgements"], strict=True)],
        **_study(inputs),
        **_figures(inputs),
    }


def _verdicts(found: Sequence[Faithfulness]) -> list[tuple[Faithfulness, str, Comparison]]:
    return [(one, method, verdict(one, method)) for one in found for method in one.beyond]


def _faithfulness(found: Sequence[Faithfulness]) -> dict[str, Any]:
    made = {"pairwise_metrics": PAIRWISE, "operators": OPERATORS, "label_names": LABELS, "verdicts": _verdicts(found)}
    return {"faithful": found, "faithful_metrics": FAITHFUL, "row_name": row_name, "sign": sign} | made


def _explorer(examined: str, methods: Sequence[str]) -> dict[str, Any]:
    """The examples as JSON, and the program that shows them with the policy that allows it."""
    lines = read_lines(examined)
    shown = within_budget(lines)
    program, source = script()
    return {
        "explorer_data": embed({"methods": methods, "scale": SCALE, "examples": [compact(line) for line in shown]}),
        "explorer_program": program,
        "explorer_source": source,
        "explorer_shown": len(shown),
        "explorer_drawn": len(lines),
    }


def _study(inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "studies": [read_study(path) for path in inputs["study"]],
        "study_figures": [_data_uri(path) for path in inputs["study_figures"]],
        "study_pairwise": STUDY_PAIRWISE,
        "study_operators": STUDY_OPERATORS,
        "study_columns": COLUMNS,
        "study_panels": PANELS,
        "study_matrix": STUDY_MATRIX,
        "study_estimates": STUDY_ESTIMATES,
        "study_removals": STUDY_REMOVALS,
        "study_deciding": DECIDING,
        "study_kept": KEPT,
        "study_smallest": SMALLEST,
        "faithfulness": FAITHFULNESS,
        "by_deletion": BY_DELETION,
        "evidence": EVIDENCE,
        "randomisation": RANDOMISATION,
        "edits": EDITS,
    }


def _training(posttrain: Sequence[str], folds: Sequence[str]) -> dict[str, Any]:
    before, curves = read_curves(posttrain, folds)
    rows = ([_row(before, "perplexity", False)] if before else []) + [_row(one, "accuracy", True) for one in curves]
    return {"trainings": rows, "posttrained": before is not None}


def _row(curve: Curve, figure: str, largest: bool) -> dict[str, Any]:
    return {
        "name": curve.name,
        "updates": curve.updates[-1] if curve.updates else 0,
        "loss": curve.smooth[-1] if curve.losses else None,
        "figure": figure,
        "best": curve.best(figure, largest),
    }


def _metrics(judgements: Sequence[Judgements], rationales: Sequence[Plausibility]) -> dict[str, Any]:
    return {
        "judgements": judgements,
        "rationales": rationales,
        "models": MODELS,
        "kinds": RATIONALES | TRIVIAL,
        "trivial": TRIVIAL,
        "metric_names": METRICS,
        "measures": MEASURES,
        "beside_accuracy": STATISTICS,
    }


def _example_sets(
    names: Sequence[str], explained: Sequence[str], inputs: Mapping[str, Any], effects: bool
) -> list[ExampleSet]:
    """Explained sets first; the others have no rationales. effects: see `read_examples`."""
    lists = zip(names, inputs["examples"], inputs["judged"], strict=True)
    files = {name: (items, judged) for name, items, judged in lists}
    rationales = zip(explained, inputs["faithful"], inputs["harmonised"], strict=True)
    shown = [read_examples(name, *files[name], faithful, fused, effects) for name, faithful, fused in rationales]
    return shown + [read_examples(name, *files[name]) for name in names if name not in explained]


def _tells_effects(explain: Mapping[str, Any], measured: Mapping[str, Any]) -> bool:
    """Whether the scores of the first method are what taking each segment away changes.

    measured: the method that explains dev best, as its file has it.
    """
    name = explain["methods"][0]
    if name == MEASURED:
        return measured["method"] == EFFECT
    options = dict(explain["options"].get(name, {}))
    removal = options.get("removal", EFFECT["removal"])
    return {"method": options.get("method", name), "removal": removal} == EFFECT


def _figures(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """All figures as parts of the page, and what the variants are; without any there is no figure of them."""
    compared = [read_variants(path) for path in inputs["variants"]]
    of_variants = [("variants", _data_uri(path)) for path in inputs["variants_figure"]]
    figures = {name: _data_uri(inputs[f"{name}_figure"]) for name in FIGURES}
    return {"figures": figures | dict(of_variants), "variants": next(iter(compared), None)}


def _data_uri(path: str) -> str:
    """An image as part of the page: whatever an SVG holds, it runs nothing and reaches nothing from inside an <img>."""
    return "data:image/svg+xml;base64," + base64.b64encode(Path(path).read_bytes()).decode("ascii")


def _read(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")
