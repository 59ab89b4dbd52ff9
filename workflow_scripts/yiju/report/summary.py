"""What was run, in sentences, and the headline figures beside what is trivial."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from yiju.base.plurals import counted
from yiju.config.technique import enabled, get_technique
from yiju.report.doubts import only_label
from yiju.report.number_formats import count, decimal, percent, signed_points, words
from yiju.report.results import (
    METRICS,
    MODELS,
    RATIONALES,
    TRIVIAL,
    Comparison,
    Estimate,
    Judgements,
    Plausibility,
    compare,
)

SHARES = {"label_smoothing": "labels smoothed by"}
AUGMENTATION = {
    "none": "none",
    "published": "published rules",
    "closure": "what follows on the whole graph of similar sentences (closure)",
}


@dataclass(frozen=True)
class Bar:
    """A figure on a scale from 0 to 1; ours differ from trivial ones in shape and colour."""

    label: str
    estimate: Estimate
    ours: bool


@dataclass(frozen=True)
class Card:
    """A headline: one figure of ours, what it means beside its strongest rival, and all rivals.

    submission: of the same set by the competition's file, where it has one; else None.
    """

    title: str
    place: str
    value: str
    verdict: Comparison
    bars: list[Bar]
    percent: bool
    submission: Plausibility | None = None


def facts(settings: dict, model: dict, fitted: bool) -> list[tuple[str, str]]:
    """What was run, as term and description.

    model: the config.json of the fine-tuned model; fitted: whether dev pairs decided temperature and threshold.
    """
    return [
        ("Encoder", _encoder(settings["encoder"], model)),
        ("Corpora", words(settings["corpora"]["use"])),
        ("Filters", _filters(settings["corpora"]["filters"])),
        ("Post-training", _posttraining(settings["posttrain"])),
        ("Fine-tuning", _finetuning(settings["finetune"])),
        ("Judging", _judging(settings["finetune"], fitted)),
        ("Augmentation", AUGMENTATION[settings["augment"]["method"]]),
        ("Explanation", _explanation(settings["explain"])),
        ("Fusion", _fusion(settings["fusion"])),
        ("Seed", str(settings["seed"])),
    ]


def dev_chose(finetune: dict, fitted: bool) -> str:
    """What of the model was chosen on the dev pairs, in words; empty where nothing was. fitted: see `Calibration`."""
    weights = ["weights"] if finetune["folds"] == 1 else []
    return words(weights + (["temperature", "threshold"] if fitted else []))


def accuracy_cards(
    judgements: Sequence[Judgements],
    chosen_on_dev: str,
    rationales: Sequence[Plausibility],
    synthetic: Collection[str],
) -> list[Card]:
    """Accuracy on every labelled set.

    rationales: of all sets and methods, of which the first one's file counts; synthetic: sets with rows of a generator.
    """
    files = {one.name: one for one in reversed(rationales) if one.submission}
    cards = []
    for one in judgements:
        if one.accuracy:
            place = counted(one.labelled, "labelled synthetic pair" if one.name in synthetic else "labelled pair")
            chose = f", which chose {chosen_on_dev}" if one.name == "dev" and chosen_on_dev else ""
            cards.append(_accuracy_card(one, place + chose, files.get(one.name)))
    return cards


def rationale_cards(rationales: Sequence[Plausibility]) -> list[Card]:
    """Token F1 and MAP of the first method on every set that has them."""
    wanted = [
        (one, metric) for one in rationales if one.method == rationales[0].method for metric in ("token_f1", "map")
    ]
    return [_rationale_card(one, metric) for one, metric in wanted if metric in one.metrics]


def _accuracy_card(one: Judgements, place: str, submission: Plausibility | None) -> Card:
    bars = [Bar(label, one.accuracy[model], model == "model") for model, label in MODELS.items()]
    return Card(one.name, place, percent(one.accuracy["model"].value), _beside_rivals(one), bars, True, submission)


def _beside_rivals(one: Judgements) -> Comparison:
    """Above where the matched differences to all rivals are, below where one is; level where all have one label."""
    label = only_label(one)
    if label:
        return Comparison("level", f"all pairs are {label}: nothing is known of the other label")
    beyond = list(one.beyond.values())
    above, below = all(each.low > 0 for each in beyond), any(each.high < 0 for each in beyond)
    text = words([f"{signed_points(each)} points to the {MODELS[rival]}" for rival, each in one.beyond.items()])
    return Comparison("above" if above else "below" if below else "level", text)


def _rationale_card(one: Plausibility, metric: str) -> Card:
    labels = RATIONALES | TRIVIAL
    bars = [Bar(labels[kind], row[metric], kind in RATIONALES) for kind, row in one.rows.items() if metric in row]
    ours, rival = one.rows["faithful"][metric], one.best_trivial(metric)
    verdict = compare(ours, one.rows[rival][metric], f"the best trivial rule, {_rule(rival)}")
    measured = (
        counted(one.gold, "gold pair") if metric == "token_f1" else counted(one.disturbed_pairs, "disturbed form")
    )
    meaning = {"token_f1": "plausibility", "map": "consistency"}[metric]
    title = f"{METRICS[metric][0].upper()}{METRICS[metric][1:]} ({meaning})"
    return Card(title, f"{one.name}: {measured}", decimal(ours.value), verdict, bars, False)


def _rule(kind: str) -> str:
    return TRIVIAL[kind].removeprefix("trivial: ")


def _encoder(encoder: dict, model: dict) -> str:
    sources = {
        "scratch": "built from scratch",
        "folder": f"checkpoint in the folder {encoder['name']}",
        "hub": f"checkpoint {encoder['name']} at commit {encoder['revision']}",
    }
    marker = "match marker on" if model.get("match_marker") else "no match marker"
    return ", ".join(
        [sources[encoder["source"]], *_shape(model), marker, f"at most {encoder['max_length']} tokens a pair"]
    )


def _shape(model: dict) -> Iterator[str]:
    names = {
        "num_hidden_layers": "layers",
        "hidden_size": "wide",
        "num_attention_heads": "heads",
        "vocab_size": "tokens",
    }
    return (f"{count(model[key])} {name}" for key, name in names.items() if key in model)


def _filters(filters: dict) -> str:
    switches = {"duplicates": "duplicates", "leaks": "leaks", "near_leaks": "near leaks"}
    dropped = [name for key, name in switches.items() if filters[key]]
    kept = [name for key, name in switches.items() if not filters[key]]
    parts = [f"{words(names)} {verb}" for names, verb in ((dropped, "dropped"), (kept, "kept")) if names]
    return ", ".join([*parts, f"conflicting labels: {filters['conflicts']}"])


def _posttraining(posttrain: dict) -> str:
    if not posttrain["enabled"]:
        return "none"
    corpora = "all corpora" if posttrain["corpora"] == "all" else words(posttrain["corpora"])
    texts = (
        "texts of dev, test and competition sets read too"
        if posttrain["transductive"]
        else "dev and test sentences left out"
    )
    stopped = f", stopped after {posttrain['stop_after']:g}" if posttrain["stop_after"] else ""
    return f"masked language model on {corpora}, {posttrain['epochs']:g} epochs{stopped}, {texts}"


def _finetuning(finetune: dict) -> str:
    folds = finetune["folds"]
    grouped = "connected sentences in one fold" if finetune["grouped_folds"] else "rows at random"
    split = "train split against dev split" if folds == 1 else f"{folds} folds, {grouped}"
    first = finetune["intermediate"]
    before = f"first {words(first['corpora'])} ({first['epochs']:g} epochs), then " if first["corpora"] else ""
    parts = [
        before + words(finetune["corpora"]),
        split,
        f"{finetune['epochs']:g} epochs",
        f"batches of {finetune['batch_size']}",
    ]
    parts += [get_technique(name).title for name in enabled(finetune)]
    parts += ["pairs weighted by edit distance"] if finetune["weighting"] == "edit_distance" else []
    parts += [f"{name} {finetune[key]:g}" for key, name in SHARES.items() if finetune[key]]
    return ", ".join(parts)


def _judging(finetune: dict, fitted: bool) -> str:
    several = [
        counted(finetune[key], noun) for key, noun in (("folds", "fold"), ("seeds", "seed")) if finetune[key] > 1
    ]
    parts = [f"mean logits of {' x '.join(several)}" if several else "one training"]
    if finetune["calibrate"]:
        parts.append(
            f"temperature and threshold {'fitted on dev' if fitted else 'not fitted, because dev has too few pairs'}"
        )
    else:
        parts.append(f"not calibrated, decision threshold {finetune['decision_threshold']:g}")
    return ", ".join(parts + (["mean of both orders of a pair"] if finetune["average_orders"] else []))


def _explanation(explain: dict) -> str:
    chosen = explain["select"]
    shares = {"threshold": "of the highest score", "mass": "of the positive scores"}
    if chosen["by"] == "count":
        ends = f"at most {chosen['count']} segments of each side selected"
    elif chosen["by"] == "ratio":
        ends = f"{percent(chosen['ratio'])} of each side's segments selected"
    elif chosen["by"] == "sufficient":
        ends = "the smallest rationale that keeps each judgement alone"
    elif chosen["by"] == "dev":
        ends = f"as few segments selected as keep {percent(chosen['kept'])} of dev judgements"
    else:
        ends = f"segments selected to {percent(chosen[chosen['by']])} {shares[chosen['by']]}"
    return f"{words(explain['methods'])}, {ends}"


def _fusion(fusion: dict) -> str:
    relations = {
        "published": f"originals taken from the test split of {fusion['originals']}",
        "given": "relations as the set gives them",
        "found": f"related where {percent(fusion['similarity'])} of the character bigrams of either side are the same",
    }
    ranked = f"ranked by {fusion['order'] if fusion['order'] == 'importance' else 'position'}"
    if fusion["relations"] == "none":
        return f"{ranked}, none across pairs"
    shared = {"original": "label and words of the original", "consensus": "label and ranking by consensus"}
    return f"{ranked}, {relations[fusion['relations']]}, {shared[fusion['share']]}"
