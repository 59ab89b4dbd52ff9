"""The model card: what a model folder says of itself, in the form that model hubs read, written from the run."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from yiju.base.files import sha256, write_text
from yiju.base.language import gettext, speaking
from yiju.base.nested import leaves
from yiju.config.distill_keys import OWN
from yiju.models.model_facts import write_about
from yiju.report.card.data_section import corpora_of
from yiju.report.card.figures_section import SetFigures, figures_of
from yiju.report.card.model_section import about_of
from yiju.report.doubts import find_doubts
from yiju.report.number_formats import clauses, words
from yiju.report.recipe import facts
from yiju.report.results import MEASURES
from yiju.report.sections.leakage_section import by_set, conflict_rule, read_leaks
from yiju.report.summary import dev_chose
from yiju.report.templates import environment

SPLITS = ("dev", "test")
# Whom a teacher teaches, in the place of a member's name (`yiju.config.distill_keys.Distill.learners`).
STUDENT = "student"
LIBRARIES = ("torch", "transformers", "tokenizers", "polars", "numpy")
# Of the recipe: how it explains and fuses is no part of a model.
RECIPE = ("Encoder", "Filters", "Post-training", "Fine-tuning", "Augmentation", "Seed")
# What the machine decides, what only names things, and the catalogues, which the table of the data holds.
UNTOLD = (
    *(
        "run",
        "device",
        "language",
        "jobs.",
        "corpora.catalogue.",
        "test_sets.",
        "explain.",
        "study.",
        "fusion.",
        "variants",
    ),
    *("corpora.folder", "corpora.raw", "corpora.downloads", "audit."),
    *("training.max_minutes", "training.save_every", "training.trackers"),
)


def write_card(
    inputs: Mapping[str, Any], member: str, settings: dict, defaults: dict, synthetic: Mapping[str, list[str]], out: str
) -> None:
    """Write the model card of a member, or of a student or its control, and yiju.json beside it.

    inputs: paths by the names of the rule's inputs; examples and scores by set (dev, the further splits, then the
    explained ones); explanation: absent of what was not measured. settings: of the branch that the member belongs to,
    or of the student; defaults: those of config.yaml; synthetic: corpora and test sets
    (`yiju.models.sources.synthetic`).
    """
    with speaking(settings["language"]):
        context = gather(inputs, member, settings, defaults, synthetic)
        card = render(context)
        titles = _titles(settings, synthetic)
    names = {title: name for name, title in zip(_sets(settings), titles, strict=True)}
    write_about(Path(out).parent, about_of(context, names, sha256(inputs["weights"])))
    write_text(out, card)


def gather(
    inputs: Mapping[str, Any], member: str, settings: dict, defaults: dict, synthetic: Mapping[str, list[str]]
) -> dict[str, Any]:
    """Everything that the card says."""
    read = {
        name: _json(inputs[name])
        for name in ("model", "calibration", "versions", "ledger", "near_leaks", "explanation")
        if name in inputs
    }
    taught = settings["distill"] if member == STUDENT else None
    finetune, corpora = settings["finetune"], settings["corpora"]
    average = finetune["average_orders"]
    titles = _titles(settings, synthetic)
    places = zip(titles, _generated(settings, synthetic), inputs["examples"], inputs["scores"], strict=True)
    sets = [figures_of(*place, inputs["overlap"], read["calibration"]["margin"], average) for place in places]
    chosen = dev_chose(finetune, read["calibration"]["fitted"])
    told = corpora_of(settings, read["ledger"]["corpora"], synthetic["corpora"], taught)
    learnt = [*finetune["intermediate"]["corpora"], *finetune["corpora"], *(taught["corpora"] if taught else [])]
    return {
        **read,
        "name": f"{settings['run']}-{member}",
        "run": settings["run"],
        "member": member,
        "several": finetune["folds"] * finetune["seeds"],
        "folds": finetune["folds"],
        "teacher": _teacher(taught),
        "marked": bool(read["model"].get("match_marker")),
        "single": finetune["loss"] != "cross_entropy",
        "max_length": settings["encoder"]["max_length"],
        "encoder": settings["encoder"],
        "recipe": [
            one for name, one in facts(settings, read["model"], read["calibration"]["fitted"]).items() if name in RECIPE
        ],
        "changed": changed(settings, defaults),
        "corpora": told,
        "learnt": list(dict.fromkeys(learnt)),
        "synthetic": any(name in synthetic["corpora"] for name in learnt),
        "generated": any(one.synthetic for one in told) or any(one.synthetic for one in sets),
        "filters": corpora["filters"],
        "conflicts": conflict_rule(corpora["filters"]),
        "leaks": by_set(read_leaks(read["ledger"], read["near_leaks"], corpora["use"])),
        "transductive": settings["posttrain"]["enabled"] and settings["posttrain"]["transductive"],
        "sets": sets,
        "doubts": find_doubts(sets, titles[: 1 + len(settings["evaluate"]["splits"])], chosen, read["calibration"]),
        "dev_chose": chosen,
        "average_orders": average,
        "libraries": clauses(f"{name} {read['versions']['libraries'][name]}" for name in LIBRARIES),
    }


def _teacher(taught: Mapping | None) -> str | None:
    """Who teaches a student; None of a model without a teacher."""
    if taught is None:
        return None
    if taught["teacher"] == OWN:
        return gettext("all members of the run together")
    return f"{taught['teacher']}, {taught['revision']}" if taught["revision"] else taught["teacher"]


def _sets(settings: Mapping) -> list[str]:
    """Names of the sets that are judged, in the order of the rule's inputs."""
    return ["dev", *settings["evaluate"]["splits"], *settings["test_sets"]["use"]]


def _generated(settings: Mapping, synthetic: Mapping[str, Sequence[str]]) -> list[bool]:
    """Whether each set holds rows of a generator."""
    pairs = any(name in synthetic["corpora"] for name in settings["finetune"]["corpora"])
    return [pairs if name in SPLITS else name in synthetic["test_sets"] for name in _sets(settings)]


def _titles(settings: Mapping, synthetic: Mapping[str, Sequence[str]]) -> list[str]:
    """What the card calls each set."""
    corpora = words(settings["finetune"]["corpora"])
    names = [f"{corpora} {name}" if name in SPLITS else name for name in _sets(settings)]
    generated = _generated(settings, synthetic)
    made = gettext(" (synthetic rows)")
    return [f"{name}{made}" if one else name for name, one in zip(names, generated, strict=True)]


def changed(settings: Mapping[str, Any], defaults: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """Keys of the settings that matter to the model and are not as in the default configuration: key, default, here."""
    ours, theirs = ({".".join(path): _at(one, path) for path in leaves(one)} for one in (settings, defaults))
    told = (key for key in ours if key in theirs and ours[key] != theirs[key] and not key.startswith(UNTOLD))
    return [(key, theirs[key], ours[key]) for key in told]


def render(context: Mapping[str, Any]) -> str:
    """The card: YAML for the hub, then Markdown. An unknown name in the template is an error."""
    # Markdown, no page: `cell` disarms what others wrote.
    made = environment(Path(__file__).parent, markup=False)
    made.filters |= {"cell": cell, "address": address, "estimate": _estimate, "value": _value}
    front = yaml.safe_dump(metadata(context), allow_unicode=True, sort_keys=False, width=1000)
    return f"---\n{front}---\n\n" + made.get_template("card.md").render(context)


def metadata(context: Mapping[str, Any]) -> dict[str, Any]:
    """What model hubs read of a card: language, task, library and figures.

    Figures of synthetic rows are left out: a hub would show them as those of the corpus whose name they bear.
    """
    hub = context["encoder"]["source"] == "hub"
    base = {"base_model": context["encoder"]["name"]} if hub else {}
    results = [_result(one) for one in context["sets"] if one.accuracy and not one.synthetic]
    synthetic = ["synthetic-data"] if context["synthetic"] else []
    return {
        "language": ["zh"],
        "license": "other",
        "license_name": "terms-of-the-training-corpora",
        "license_link": "README.md",
        "library_name": "yiju" if context["marked"] else "transformers",
        "pipeline_tag": "text-classification",
        "tags": ["sentence-pair-similarity", "text-matching", "yiju", *synthetic],
        **base,
        **({"model-index": [{"name": context["name"], "results": results}]} if results else {}),
    }


def cell(text: object) -> str:
    """Text of others as one line of Markdown: no markup, no end of a table's cell."""
    return re.sub(r"([\\`*_\[\]<>|])", r"\\\1", " ".join(str(text).split()))


def address(text: str) -> str:
    """An address among other words as one line: what ends a cell or begins markup is written as the URL has it."""
    return " ".join(text.split()).replace("|", "%7C").replace("<", "%3C").replace(">", "%3E")


def _result(one: SetFigures) -> dict[str, Any]:
    metrics = [{"type": "accuracy", "name": "Accuracy", "value": one.accuracy["model"].value}]
    metrics += [{"type": name, "name": MEASURES[name], "value": value} for name, value in one.measures.items()]
    return {
        "task": {"type": "text-classification", "name": "Sentence-pair similarity"},
        "dataset": {"type": re.sub(r"[^a-z0-9]+", "-", one.name.lower()), "name": one.name},
        "metrics": metrics,
    }


def _estimate(one: Any) -> str:
    return f"{100 * one.value:.1f} % [{100 * one.low:.1f}, {100 * one.high:.1f}]"


def _value(value: Any) -> str:
    return "`" + json.dumps(value, ensure_ascii=False).replace("`", "'") + "`"


def _at(values: Any, path: tuple[str, ...]) -> Any:
    for part in path:
        values = values[part]
    return values


def _json(path: str) -> Any:
    return json.loads(Path(path).read_text(encoding="utf-8"))
