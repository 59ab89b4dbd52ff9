"""What the data half of a run leaves behind, made up for any list of corpora, the same for the same list."""

import random
from collections import Counter
from itertools import pairwise

SETS = ("LCQMC dev", "told")
# Where bins begin; the last one of the lengths is open.
LENGTH_BINS = list(range(0, 65, 2))
OVERLAP_BINS = [place / 20 for place in range(20)]
FILTERS = {"duplicates": True, "conflicts": "drop", "leaks": True, "near_leaks": False}
SHORTCUTS = ("lengths", "first_sentence", "second_sentence", "overlap")


def write(save, names, sentences, changes):
    """Save the files and give their paths by the names of render_report's inputs.

    changes: filters; reason of the readers; kept rows of the first corpus, which then add up no more; warned: splits
    that reward a shortcut; augment: the method; carved: what was set aside as dev;
    bare: nothing to show.
    """
    files = {
        "ledger": ledger(
            names,
            changes.get("filters", {}),
            changes.get("reason", "no agreement"),
            changes.get("kept"),
            changes.get("carved"),
        ),
        "near_leaks": near_leaks(names, sentences),
        "duplicates": duplicates(names),
        "shortcuts": shortcuts(names, changes.get("warned", ())),
        "statistics": statistics(names),
        "augmentation": augmentation(sentences, changes.get("augment", "closure")),
    }
    if changes.get("bare"):
        files["ledger"] |= {"leaks": {}, "held_out_overlap": {}}
        files["near_leaks"] |= {"counts": {}, "examples": [], "rows": 0}
        files["duplicates"] |= {kind: [[0.0] * len(names)] * len(names) for kind in ("exact", "near")}
        files["shortcuts"] |= {"splits": [], "across": [], "too_few": []}
        files["statistics"] |= {"splits": []}
    return {name: save(f"{name}.json", content) for name, content in files.items()}


def splits_of(name):
    """Train, dev and a test split without labels; every fourth corpus has a train split only."""
    return ["train"] if sum(map(ord, name)) % 4 == 3 else ["train", "dev", "test"]


def ledger(names, filters, reason, kept, carved=None):
    corpora = {name: _entry(random.Random(name), splits_of(name), reason) for name in names}
    total = _sum(corpora.values())
    if kept is not None:
        corpora[names[0]] = corpora[names[0]] | {"kept": kept}
    leaks = {name: {held_out: {"exact": 300, "normalised": 323} for held_out in SETS} for name in names[:2]}
    return {
        "corpora": corpora,
        "total": total,
        "filters": FILTERS | filters,
        "leaks": leaks,
        "held_out_overlap": {SETS[0]: {SETS[1]: 7}},
        "carved": carved,
    }


def near_leaks(names, sentences):
    example = {"corpus": names[0], "file": "train.tsv", "line": 17, "q": sentences[0], "t": sentences[1]}
    example |= {"set": SETS[0], "held_q": sentences[1], "held_t": sentences[0], "similarity": 0.875}
    counts = {name: {SETS[0]: 1041} for name in names[:3]}
    return {"similarity": 0.8, "rows": 1041 * len(names[:3]), "counts": counts, "examples": [example] * 8}


def duplicates(names):
    dice = random.Random(len(names))
    exact = [[_share(dice, row == column) for column in names] for row in names]
    near = [[min(1.0, 1.6 * share) for share in row] for row in exact]
    counts = {"pairs": [200_000] * len(names), "sampled": [20_000] * len(names)}
    return {"similarity": 0.8, "corpora": list(names), **counts, "exact": exact, "near": near}


def shortcuts(names, warned=()):
    """warned: names of the splits whose lengths give their labels away."""
    audited = [(name, split) for name in names for split in splits_of(name)[:2]]
    splits = [_audited(name, split, f"{name} {split}" in warned) for name, split in audited]
    ends = {"trained_on": dict(zip(("corpus", "split"), audited[0], strict=True))}
    ends["tested_on"] = dict(zip(("corpus", "split"), audited[-1], strict=True))
    across = [{"shortcut": name, **ends, "pairs": 8802, "accuracy": 0.553, "majority": 0.5} for name in SHORTCUTS]
    few = [{"corpus": names[-1], "split": "test", "labelled": 12, "why": "fewer than 100"}]
    return {"sample": 20000, "folds": 5, "margin": 0.05, "splits": splits, "too_few": few, "across": across}


def statistics(names):
    splits = [_statistics(random.Random(name + split), name, split) for name in names for split in splits_of(name)]
    return {"max_length": 64, "length_bins": LENGTH_BINS, "overlap_bins": OVERLAP_BINS, "splits": splits}


def augmentation(sentences, method="closure"):
    q, t = sentences
    parents = [{"q": q, "t": t, "label": 1}, {"q": t, "t": q, "label": 0}]
    before = {"pairs": 238_766, "positive": 138_574}
    nothing = {"method": method, "before": before, "after": before, "made": {}, "left_out": {}, "examples": []}
    graph = {
        "sentences": 270_000,
        "components": 14_221,
        "largest": 4803,
        "sizes": {"1": 80, "101+": 1, "11-100": 0, "2": 9000, "3": 5140},
    }
    nothing |= {"graph": graph, "contradictions": {"components": 0, "sentences": 0, "examples": []}}
    if method == "none":
        return nothing
    return nothing | {
        "after": {"pairs": 250_490, "positive": 146_703},
        "made": {"closure_positive": 8129, "closure_negative": 3595},
        "left_out": {"pair of a dev, test or competition set": 17, "over the cap of a component": 90_210},
        "contradictions": {"components": 2635, "sentences": 14_343, "examples": [{"q": q, "t": t}]},
        "examples": [{"operation": "closure_negative", "q": q, "t": q, "label": 0, "parents": parents}],
    }


def _entry(dice, splits, reason):
    sizes = {"train": dice.choice([800, 5000, 34_334, 100_000, 391_782]), "dev": 4002, "test": 3000}
    kept = {split: sizes[split] for split in splits}
    counts = {"kept": sum(kept.values()), "splits": kept, "labels": _sum(map(_labels, kept, kept.values()))}
    dropped = {"duplicate": kept["train"] // 90, "conflicting labels": kept["train"] // dice.choice([20, 300])}
    if dice.random() < 0.3:
        dropped["leaked into dev/test/competition set"] = kept["train"] // 2
    rejected = {reason: 1 + kept["train"] // dice.choice([8, 100, 1000]), "empty sentence": 24}
    return counts | {
        "read": counts["kept"] + sum(dropped.values()) + sum(rejected.values()),
        "dropped": dropped,
        "rejected": rejected,
    }


def _labels(split, pairs):
    similar = pairs // {"train": 2, "dev": 3, "test": 5}[split]
    return {"none": pairs} if split == "test" else {"1": similar, "0": pairs - similar}


def _sum(entries):
    total = {}
    for entry in entries:
        for key, value in entry.items():
            own = dict(Counter(total.get(key, {})) + Counter(value)) if isinstance(value, dict) else 0
            total[key] = own or total.get(key, 0) + value
    return total


def _share(dice, own):
    if own:
        return dice.choice([0, 0.0021, 0.031])
    return dice.choice([0] * 7 + [0.0003, 0.004, 0.08, 0.62])


def _audited(name, split, warned):
    dice = random.Random(name + split)
    majority = dice.choice([0.5, 0.56, 0.67])
    found = {}
    for shortcut in SHORTCUTS:
        value = majority + (0.18 if warned and shortcut == "lengths" else dice.uniform(-0.02, 0.04))
        found[shortcut] = {"accuracy": value, "low": value - 0.012, "high": value + 0.012}
    counts = {"corpus": name, "split": split, "labelled": 8802, "pairs": 8802, "majority": majority}
    return counts | {"shortcuts": found, "warnings": ["lengths"] if warned else []}


def _statistics(dice, name, split):
    mean = dice.choice([11, 17, 29, 60])
    lengths = [dice.gammavariate(6, mean / 6) for _ in range(500)]
    pairs = 34_334 if split == "train" else 4002
    labels = _labels(split, pairs)
    peaks = {"1": 6, "0": 3, "none": 4}
    overlap = {label: _overlap(dice, peak, 500 if labels.get(label) else 0) for label, peak in peaks.items()}
    length = {"mean": mean + 0.25, "median": mean, "p95": 2 * mean, "max": 9 * mean}
    length["histogram"] = _histogram(lengths, LENGTH_BINS)
    coverage = {
        "characters": 0.9994,
        "unknown": 0.0006,
        "tokens_per_character": 0.93,
        "too_long": 0.02,
        "pairs": 20_000,
    }
    counts = {
        "corpus": name,
        "split": split,
        "pairs": pairs,
        "labels": dict.fromkeys(peaks, 0) | labels,
        "sentences": 2 * pairs - 99,
    }
    return counts | {"length": length, "overlap": overlap, "coverage": coverage}


def _overlap(dice, peak, pairs):
    values = [dice.betavariate(peak, 4) for _ in range(pairs)]
    return {"median": peak / 10 if pairs else None, "histogram": _histogram(values, OVERLAP_BINS)}


def _histogram(values, begins):
    return [sum(low <= value < high for value in values) for low, high in pairwise([*begins, float("inf")])]
