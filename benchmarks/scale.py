"""Time, memory and disk of every stage of the workflow as one corpus grows: for docs/scale.md.

    .venv/bin/python benchmarks/scale.py ../shared/corpora /tmp/scale --picture docs/pictures/scale.png

The rows are LCQMC's training rows over and over, as in corpora.py. The real Snakefile runs from the raw file to a
fine-tuned model, with every account of the data; the two trainings stop after 20 updates, so they show the price of
starting: reading, tokenising, ordering. What comes after looks at dev, test and test sets only.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import matplotlib.pyplot as plt
import yaml
from corpora import generate
from dag import ROOT, copy_project
from psutil import virtual_memory

UPDATES, BATCH = 20, 64
# Sentences to a pair, once repeats are out.
SENTENCES = 1.5
HELD_OUT = 2000
# Rules in the picture, each with a colour (Okabe and Ito's) and a marker of its own.
SHOWN = 7
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = "osD^vPX"
TARGETS = (
    *("folds/0/model/model.safetensors", "overlap.json", "data/near_leaks.json"),
    *("data/statistics.json", "data/duplicates.json", "data/shortcuts.json"),
)


def configuration(rows: int, raw: Path) -> dict:
    """The offline preset's model, its trainings cut short, one corpus."""
    share = UPDATES * BATCH / rows
    return {
        "run": "scale",
        "corpora": {"use": ["LCQMC"], "folder": str(raw)},
        "encoder": {"scratch": {"layers": 4, "width": 256, "heads": 4, "feed_forward": 1024}},
        "posttrain": {"batch_size": BATCH, "epochs": share / SENTENCES},
        "finetune": {"batch_size": BATCH, "epochs": share},
        "explain": {"methods": ["gradient_input_l2"]},
    }


@dataclass(frozen=True)
class Measured:
    """What one size takes. rules: seconds and peak GB of each; disk: GB by what lies there."""

    rules: dict[str, tuple[float, float]]
    disk: dict[str, float]


def run(corpora: Path, work: Path, rows: int) -> Measured:
    """The workflow on a corpus of so many rows, in a folder that is made anew."""
    shutil.rmtree(work, ignore_errors=True)
    raw, folder = work / "raw", work / "project"
    (raw / "LCQMC").mkdir(parents=True)
    copy_project(folder)
    shutil.copytree(ROOT / "data/sample/test_sets", raw / "test_sets")
    generate(corpora, rows, raw / "LCQMC/train.tsv")
    with (corpora / "LCQMC/dev.tsv").open(encoding="utf-8", newline="\n") as file:
        held_out = [next(file) for _ in range(2 * HELD_OUT)]
    (raw / "LCQMC/dev.tsv").write_text("".join(held_out[:HELD_OUT]), encoding="utf-8")
    (raw / "LCQMC/test.tsv").write_text("".join(held_out[HELD_OUT:]), encoding="utf-8")
    (folder / "scale.yaml").write_text(yaml.safe_dump(configuration(rows, raw)), encoding="utf-8")
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--configfile", "scale.yaml", "--"]
    command += [f"results/scale/{target}" for target in TARGETS]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stdout[-3000:] + done.stderr[-3000:], file=sys.stderr)
    return measured(work)


def measured(work: Path) -> Measured:
    """What the run in a folder took."""
    raw, folder = work / "raw", work / "project"
    taken: dict[str, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
    for file in (folder / "results/scale/timings").glob("*.json"):
        facts = json.loads(file.read_text(encoding="utf-8"))
        seconds, peak = taken[facts["rule"]]
        taken[facts["rule"]] = (seconds + facts["seconds"], max(peak, facts["peak_memory_mb"] / 1000))
    places = {"raw file": raw / "LCQMC", "results": folder / "results"}
    return Measured(dict(taken), {name: _size(place) for name, place in places.items()})


def _size(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e9


def table(found: dict[int, Measured]) -> Iterator[str]:
    """Lines of the table for docs/scale.md, the slowest rule first."""
    yield f"| rule | {' | '.join(f'{rows:,}: s | GB' for rows in found)} |"
    yield "|---" * (1 + 2 * len(found)) + "|"
    for rule in slowest_first(found):
        cells = ["{:.1f} | {:.2f}".format(*one.rules[rule]) if rule in one.rules else " | " for one in found.values()]
        yield f"| {rule} | {' | '.join(cells)} |"
    for name in next(iter(found.values())).disk:
        yield f"| on disk: {name} | {' | '.join(f' | {one.disk[name]:.2f}' for one in found.values())} |"


def slowest_first(found: dict[int, Measured]) -> list[str]:
    last = found[max(found)].rules
    return sorted(last, key=lambda rule: -last[rule][0])


def draw(found: dict[int, Measured], path: Path) -> None:
    """Seconds and memory of the rules that take most of either, over the size of the corpus."""
    figure, panels = plt.subplots(1, 2, figsize=(11, 4.6), layout="constrained")
    rules = slowest_first(found)[:SHOWN]
    rows = sorted(found)
    for panel, which, title in zip(panels, (0, 1), ("seconds", "peak memory, GB"), strict=True):
        for rule, colour, marker in zip(rules, COLOURS, MARKERS, strict=True):
            values = [found[size].rules[rule][which] for size in rows]
            panel.plot(rows, values, color=colour, marker=marker, label=rule)
        panel.set(xscale="log", yscale="log", xlabel="pairs of the corpus", title=title)
        panel.grid(alpha=0.3)
    panels[1].axhline(virtual_memory().total / 1e9, color="black", linestyle="--", linewidth=1)
    panels[1].annotate("this machine", (rows[0], virtual_memory().total / 1e9), (0, -12), textcoords="offset points")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False)
    figure.savefig(path, dpi=130)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpora", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--rows", type=int, nargs="+", default=[300_000, 1_000_000, 3_000_000, 10_000_000, 30_000_000])
    parser.add_argument("--picture", type=Path, help="where the curves go")
    options = parser.parse_args()
    found: dict[int, Measured] = {}
    for rows in options.rows:
        found[rows] = run(options.corpora, options.work / str(rows), rows)
        # A size that does not fit takes nothing with it.
        print("\n".join(table(found)), flush=True)
    if options.picture:
        draw(found, options.picture)


if __name__ == "__main__":
    main()
