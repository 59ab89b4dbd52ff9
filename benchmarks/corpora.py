"""From raw files to merged, de-duplicated, leak-free, augmented tables: time and peak memory, beside plain pandas.

The rows are LCQMC's training rows over and over, every repetition with a character of its own at the end of each
sentence: so repeats, conflicts and groups of one first sentence are as frequent as in the real corpus. Leaks are in
the first repetition only: the dev set is the real one.

    .venv/bin/python benchmarks/corpora.py ../shared/corpora /tmp/scale --rows 300000 3000000 30000000

Ours runs as in the workflow, one process a stage; pandas in one process. Both write what they made; the counts must
agree. The two take turns. A process that would hold more than --limit GB fails, and the table says so.
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
import resource
import subprocess
import sys
import time
import unicodedata
from itertools import combinations, count, product
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "workflow_scripts"))

STAGES = ("normalise", "merge", "folds", "augment")
SETTINGS = {
    "reader": "lcqmc",
    "options": {},
    "nli_labels": {},
    "sts_scores": {},
    "max_rejected": 0.01,
}
FILTERS = {"duplicates": True, "conflicts": "drop", "leaks": True, "near_leaks": False}


def generate(corpora: Path, rows: int, out: Path) -> None:
    """Write `rows` pairs as a TAB file."""
    with lzma.open(corpora / "LCQMC" / "train.tsv.xz", "rt", encoding="utf-8", newline="\n") as file:
        real = [line.rstrip("\n").split("\t") for line in file]
    written = 0
    with out.open("w", encoding="utf-8", newline="\n") as file:
        for copy in count():
            mark = chr(0x4E00 + copy) if copy else ""
            chosen = real[: rows - written]
            file.write("".join(f"{q}{mark}\t{t}{mark}\t{label}\n" for q, t, label in chosen))
            written += len(chosen)
            if written == rows:
                return


def ours(stage: str, folder: Path, dev: Path) -> None:
    """One stage, as its rule runs it."""
    if stage == "normalise":
        from yiju.data.corpora.normalise import normalise_corpus

        files = [{"path": str(folder / "train.tsv"), "split": "train"}, {"path": str(dev), "split": "dev"}]
        normalise_corpus("LCQMC", files, SETTINGS, folder / "corpus.parquet", folder / "rejected.parquet")
    elif stage == "merge":
        from yiju.data.pairs.merge import Corpus, Outputs, merge_corpora

        corpus = Corpus("LCQMC", folder / "corpus.parquet", folder / "rejected.parquet")
        names = ("pairs.parquet", "dropped.parquet", "held_out.parquet", "conflicts.parquet", "ledger.json")
        merge_corpora([corpus], [], Outputs(*(folder / name for name in names)), FILTERS, 0.8)
    elif stage == "folds":
        from yiju.data.folds import assign_folds

        names = ("pairs.parquet", "ledger.json", "folds.parquet", "unused.parquet")
        assign_folds(*(folder / name for name in names), ["LCQMC"], 1, 111)
    else:
        from yiju.data.augment.pipeline import Inputs, augment_pairs

        inputs = Inputs(*(folder / f"{name}.parquet" for name in ("pairs", "folds", "held_out", "conflicts", "unused")))
        outputs = [folder / name for name in ("augmented.parquet", "augmentation.json")]
        augment_pairs(inputs, *outputs, {"method": "published", "leaks": True, "near_leaks": False})


def plain_pandas(folder: Path, dev: Path) -> None:
    """What a user would write: read, normalise, filter, group, write."""
    import pandas as pd

    points = [chr(point) for point in range(0x110000)]
    invisible = {"\u115f", "\u1160", *map(chr, range(0xFE00, 0xFE10)), *map(chr, range(0xE0100, 0xE01F0)), "~"}
    noise = {
        ord(one): None
        for one in points
        if unicodedata.category(one) in ("Cc", "Cf") or unicodedata.category(one)[0] == "P" or one.isspace()
    } | {ord(one): None for one in invisible}

    def key(text: str) -> str:
        plain = unicodedata.normalize("NFKC", text).lower()
        return plain.translate(noise) or plain

    def read(path: Path) -> pd.DataFrame:
        table = pd.read_csv(path, sep="\t", quoting=3, header=None, names=["q", "t", "label"], keep_default_na=False)
        for side in ("q", "t"):
            table[side] = table[side].str.strip()
            table[f"{side}_key"] = table[side].map(key)
        table["low"] = table[["q_key", "t_key"]].min(axis=1)
        table["high"] = table[["q_key", "t_key"]].max(axis=1)
        return table

    train, held_out = read(folder / "train.tsv"), read(dev)
    pairs = ["low", "high"]
    leaked = pd.MultiIndex.from_frame(train[pairs]).isin(pd.MultiIndex.from_frame(held_out[pairs]))
    labels = train.groupby(pairs)["label"].transform("nunique")
    kept = train[~leaked & (labels == 1)].drop_duplicates([*pairs, "label"])
    kept.to_parquet(folder / "pandas.pairs.parquet")
    children = []
    groups = kept.groupby(["q", "label"], sort=False)["t"].agg(list).unstack().dropna()
    for different, similar in zip(groups[0], groups[1], strict=True):
        rate = len(similar) / len(different)
        positive, negative = list(combinations(similar, 2)), list(product(similar, different))
        children += [(*pair, 1) for pair in positive]
        children += [(*pair, 0) for pair in negative[: int(len(positive) / rate)]]
    made = pd.DataFrame(children, columns=["q", "t", "label"])
    barred = pd.concat([held_out[pairs], train[(labels == 2) & ~leaked][pairs]])
    known = set(zip(barred["low"], barred["high"], strict=True))
    clean = [tuple(sorted((key(q), key(t)))) not in known for q, t in zip(made["q"], made["t"], strict=True)]
    pd.concat([kept[["q", "t", "label"]], made[clean]]).to_parquet(folder / "pandas.augmented.parquet")


def count_rows(file: Path) -> int:
    import polars as pl

    return pl.scan_parquet(file).select(pl.len()).collect().item()


def measure(arguments: list[str], limit: int) -> tuple[float, float] | None:
    """Seconds and peak GB of one process of this script; None where it failed, out of memory for one."""
    started = time.perf_counter()
    command = [sys.executable, __file__, *arguments, "--limit", str(limit)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    message = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    if status:
        print(message[-500:], file=sys.stderr)
        return None
    return time.perf_counter() - started, usage.ru_maxrss / 2**20


def run_ours(folder: Path, dev: Path, limit: int) -> dict:
    stages = {stage: measure(["--stage", stage, str(folder), str(dev)], limit) for stage in STAGES}
    return {
        "seconds": sum(seconds for seconds, _ in stages.values()),
        "peak": max(peak for _, peak in stages.values()),
        "stages": {stage: round(seconds, 2) for stage, (seconds, _) in stages.items()},
        "peaks": {stage: round(peak, 2) for stage, (_, peak) in stages.items()},
        "kept": count_rows(folder / "pairs.parquet") - count_rows_of_dev(folder),
        "augmented": count_rows(folder / "augmented.parquet"),
    }


def count_rows_of_dev(folder: Path) -> int:
    return json.loads((folder / "ledger.json").read_text(encoding="utf-8"))["total"]["splits"]["dev"]


def run_pandas(folder: Path, dev: Path, limit: int) -> dict | None:
    measured = measure(["--stage", "pandas", str(folder), str(dev)], limit)
    if measured is None:
        return None
    kept, augmented = (count_rows(folder / f"pandas.{name}.parquet") for name in ("pairs", "augmented"))
    return {"seconds": measured[0], "peak": measured[1], "kept": kept, "augmented": augmented}


def compare(corpora: Path, folder: Path, rows: int, repeat: int, limit: int) -> str:
    """One row of the table: medians of `repeat` turns of both."""
    folder.mkdir(parents=True, exist_ok=True)
    dev = corpora / "LCQMC" / "dev.tsv"
    generate(corpora, rows, folder / "train.tsv")
    turns = [(run_ours(folder, dev, limit), run_pandas(folder, dev, limit)) for _ in range(repeat)]
    ours_turns, pandas_turns = [own for own, _ in turns], [other for _, other in turns if other]
    own = ours_turns[0]
    print(json.dumps({"rows": rows, "ours": ours_turns, "pandas": pandas_turns}), file=sys.stderr, flush=True)
    seconds, peak = (median(turn[key] for turn in ours_turns) for key in ("seconds", "peak"))
    cells = [f"{rows:,}", f"{own['kept']:,} / {own['augmented']:,}", f"{seconds:.1f} s", f"{peak:.2f} GB"]
    if pandas_turns:
        if any((turn["kept"], turn["augmented"]) != (own["kept"], own["augmented"]) for turn in pandas_turns):
            raise SystemExit(f"the two disagree: {own} {pandas_turns}")
        other, most = (median(turn[key] for turn in pandas_turns) for key in ("seconds", "peak"))
        cells += [f"{other:.1f} s", f"{most:.2f} GB", f"{other / seconds:.1f}x", f"{most / peak:.1f}x"]
    else:
        cells += [f"over {limit} GB", "", "", ""]
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first", type=Path, help="folder of the real corpora")
    parser.add_argument("second", type=Path, help="folder to work in")
    parser.add_argument("--rows", type=int, nargs="+", default=[300_000, 3_000_000])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--limit", type=int, default=20, help="GB that a process may hold")
    parser.add_argument("--stage", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.stage:
        resource.setrlimit(resource.RLIMIT_DATA, (given.limit << 30, given.limit << 30))
        if given.stage == "pandas":
            plain_pandas(given.first, given.second)
        else:
            ours(given.stage, given.first, given.second)
        return
    print("| rows | kept / augmented | ours | peak | pandas | peak | time | memory |")
    print("|---|---|---|---|---|---|---|---|")
    for rows in given.rows:
        print(compare(given.first, given.second / str(rows), rows, given.repeat, given.limit), flush=True)


if __name__ == "__main__":
    main()
