"""What was run, as terms with descriptions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from yiju.base.language import gettext, ngettext
from yiju.config.technique import enabled, get_technique
from yiju.report.number_formats import clauses, count, percent, words

AUGMENTATION = {
    "none": "none",
    "published": "published rules",
    "closure": "what follows on the whole graph of similar sentences (closure)",
}


def facts(settings: Mapping, model: dict, fitted: bool) -> dict[str, tuple[str, str]]:
    """What was run, as term and description, by an English name.

    model: the config.json of the fine-tuned model; fitted: whether dev pairs decided temperature and threshold.
    """
    finetune, corpora = settings["finetune"], settings["corpora"]
    return {
        "Encoder": (gettext("Encoder"), _encoder(settings["encoder"], model)),
        "Corpora": (gettext("Corpora"), words(corpora["use"])),
        "Filters": (gettext("Filters"), _filters(corpora["filters"])),
        "Post-training": (gettext("Post-training"), _posttraining(settings["posttrain"])),
        "Fine-tuning": (gettext("Fine-tuning"), _finetuning(finetune)),
        "Judging": (gettext("Judging"), _judging(finetune, fitted)),
        "Augmentation": (gettext("Augmentation"), gettext(AUGMENTATION[settings["augment"]["method"]])),
        "Explanation": (gettext("Explanation"), _explanation(settings["explain"])),
        "Fusion": (gettext("Fusion"), _fusion(settings["fusion"])),
        "Seed": (gettext("Seed"), str(settings["seed"])),
    }


def _encoder(encoder: dict, model: dict) -> str:
    sources = {
        "scratch": gettext("built from scratch"),
        "folder": gettext("checkpoint in the folder {name}", name=encoder["name"]),
        "hub": gettext("checkpoint {name} at commit {commit}", name=encoder["name"], commit=encoder["revision"]),
    }
    marker = gettext("match marker on") if model.get("match_marker") else gettext("no match marker")
    length = gettext("at most {length} tokens a pair", length=encoder["max_length"])
    return clauses([sources[encoder["source"]], *_shape(model), marker, length])


def _shape(model: dict) -> Iterator[str]:
    messages = {
        "num_hidden_layers": "{count} layers",
        "hidden_size": "{count} wide",
        "num_attention_heads": "{count} heads",
        "vocab_size": "{count} tokens",
    }
    return (gettext(message, count=count(model[key])) for key, message in messages.items() if key in model)


def _filters(filters: dict) -> str:
    switches = {
        "duplicates": gettext("duplicates"),
        "leaks": gettext("leaks"),
        "near_leaks": gettext("near leaks"),
    }
    dropped = [name for key, name in switches.items() if filters[key]]
    kept = [name for key, name in switches.items() if not filters[key]]
    parts = [gettext("{rows} dropped", rows=words(dropped))] if dropped else []
    parts += [gettext("{rows} kept", rows=words(kept))] if kept else []
    return clauses([*parts, gettext("conflicting labels: {rule}", rule=filters["conflicts"])])


def _posttraining(posttrain: dict) -> str:
    if not posttrain["enabled"]:
        return gettext("none")
    corpora = gettext("all corpora") if posttrain["corpora"] == "all" else words(posttrain["corpora"])
    parts = [
        gettext("masked language model on {corpora}", corpora=corpora),
        gettext("{count} epochs", count=f"{posttrain['epochs']:g}"),
    ]
    if posttrain["stop_after"]:
        parts.append(gettext("stopped after {count}", count=f"{posttrain['stop_after']:g}"))
    read = gettext("texts of dev, test and competition sets read too")
    return clauses([*parts, read if posttrain["transductive"] else gettext("dev and test sentences left out")])


def _finetuning(finetune: dict) -> str:
    return clauses([*_learnt(finetune), *_techniques(finetune)])


def _learnt(finetune: dict) -> Iterator[str]:
    """On what pairs, in what order."""
    first, folds = finetune["intermediate"], finetune["folds"]
    corpora = words(finetune["corpora"])
    if first["corpora"]:
        values = {"first": words(first["corpora"]), "count": f"{first['epochs']:g}", "corpora": corpora}
        yield gettext("first {first} ({count} epochs), then {corpora}", **values)
    else:
        yield corpora
    if folds == 1:
        yield gettext("train split against dev split")
    else:
        yield ngettext("{number} fold", "{number} folds", folds)
        rows = gettext("rows at random")
        yield gettext("connected sentences in one fold") if finetune["grouped_folds"] else rows
    yield gettext("{count} epochs", count=f"{finetune['epochs']:g}")
    yield gettext("batches of {size}", size=finetune["batch_size"])


def _techniques(finetune: dict) -> Iterator[str]:
    yield from (gettext(get_technique(name).title) for name in enabled(finetune))
    if finetune["weighting"] == "edit_distance":
        yield gettext("pairs weighted by edit distance")
    if finetune["label_smoothing"]:
        yield gettext("labels smoothed by {share}", share=f"{finetune['label_smoothing']:g}")


def _judging(finetune: dict, fitted: bool) -> str:
    several = [ngettext("{number} fold", "{number} folds", finetune["folds"])] if finetune["folds"] > 1 else []
    several += [ngettext("{number} seed", "{number} seeds", finetune["seeds"])] if finetune["seeds"] > 1 else []
    trainings = " x ".join(several)
    parts = [gettext("mean logits of {trainings}", trainings=trainings) if several else gettext("one training")]
    if not finetune["calibrate"]:
        threshold = f"{finetune['decision_threshold']:g}"
        parts.append(gettext("not calibrated, decision threshold {threshold}", threshold=threshold))
    elif fitted:
        parts.append(gettext("temperature and threshold fitted on dev"))
    else:
        parts.append(gettext("temperature and threshold not fitted, because dev has too few pairs"))
    return clauses(parts + ([gettext("mean of both orders of a pair")] if finetune["average_orders"] else []))


def _explanation(explain: dict) -> str:
    return clauses([words(explain["methods"]), _ends(explain["select"])])


def _ends(chosen: dict) -> str:
    """What ends a rationale."""
    if chosen["by"] == "count":
        return gettext("at most {count} segments of each side selected", count=chosen["count"])
    if chosen["by"] == "ratio":
        return gettext("{share} of each side's segments selected", share=percent(chosen["ratio"]))
    if chosen["by"] == "sufficient":
        return gettext("the smallest rationale that keeps each judgement alone")
    if chosen["by"] == "dev":
        share = percent(chosen["kept"])
        return gettext("as few segments selected as keep {share} of dev judgements", share=share)
    messages = {
        "threshold": "segments selected to {share} of the highest score",
        "mass": "segments selected to {share} of the positive scores",
    }
    return gettext(messages[chosen["by"]], share=percent(chosen[chosen["by"]]))


def _fusion(fusion: dict) -> str:
    by_scores = gettext("ranked by importance")
    ranked = by_scores if fusion["order"] == "importance" else gettext("ranked by position")
    if fusion["relations"] == "none":
        return clauses([ranked, gettext("none across pairs")])
    relations = {
        "published": gettext("originals taken from the test split of {corpus}", corpus=fusion["originals"]),
        "given": gettext("relations as the set gives them"),
        "found": gettext(
            "related where {share} of the character bigrams of either side are the same",
            share=percent(fusion["similarity"]),
        ),
    }
    shared = {
        "original": gettext("label and words of the original"),
        "consensus": gettext("label and ranking by consensus"),
    }
    return clauses([ranked, relations[fusion["relations"]], shared[fusion["share"]]])
