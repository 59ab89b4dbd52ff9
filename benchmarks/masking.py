"""What masked fine-tuning costs in accuracy, and what it brings to the faithfulness of explanations.

    .venv/bin/python benchmarks/masking.py [--seeds 111 112 113] [--ways whole mask delete both] [--configfile FILE ...]

The workflow is run once for each way and seed, each in a result folder of its own (results/masking.<way>.<seed>), on
the embedded sample or by other configuration files; what is there already is not computed again. `whole` is
fine-tuning without masking, the others are the values of `finetune.masking.operator`. Encoders of one seed are trained
once and shared (in results/masking.shared, or where SNAKEMAKE_OUTPUT_CACHE says).

Printed: accuracy on dev and test, of whole pairs, and the processor's minutes in fine-tuning; then the figures made
for sentence pairs (`yiju.evaluation.metrics.pairwise`) of leaving one out on 200 pairs of the set, by what takes the
place of what is left out, and by the label that was judged. Each is the mean over the seeds; with several, the smallest
and the largest follow.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import lcqmc

from yiju.base.files import write_text

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "results"
WAYS = ("whole", "mask", "delete", "both")
METHOD = "occlusion"
SETS = ("dev", "test")
COSTS = {
    "dev accuracy": ("dev/metrics.json", "accuracy.model"),
    "test accuracy": ("test/metrics.json", "accuracy.model"),
    "Brier, test": ("test/metrics.json", "brier"),
    "AOPC compr. beyond random": ("{set}/faithfulness.json", f"{METHOD}.beyond_random.aopc_comprehensiveness"),
    "AOPC suff. beyond random": ("{set}/faithfulness.json", f"{METHOD}.beyond_random.aopc_sufficiency"),
}
FIGURES = {
    "one side": "one_sided",
    "beyond random": "one_sided.beyond_random",
    "alone": "alone",
    "alone beyond random": "alone.beyond_random",
    "nothing left": "emptied",
    "kept": "kept",
}


def folder(way: str, seed: int) -> Path:
    return RESULTS / f"masking.{way}.{seed}"


def train(way: str, seed: int, given: argparse.Namespace) -> None:
    """Run the workflow up to the figures that are printed."""
    run = folder(way, seed)
    masking = "{enabled: false}" if way == "whole" else f"{{enabled: true, operator: {way}}}"
    own = RESULTS / f"{run.name}.yaml"
    keys = [
        f"run: {run.name}",
        f"seed: {seed}",
        f"explain: {{methods: [{METHOD}]}}",
        f"finetune: {{masking: {masking}}}",
    ]
    write_text(own, "\n".join(keys) + "\n")
    targets = [run / "sets" / name / "metrics.json" for name in SETS]
    targets.append(run / "sets" / given.set / "faithfulness.json")
    command = [sys.executable, "-m", "snakemake", "--cores", str(given.cores), "--configfile", *given.configfile, own]
    command += ["--quiet", "rules", "--", *(target.relative_to(ROOT) for target in targets)]
    shared = os.environ.get("SNAKEMAKE_OUTPUT_CACHE") or str(RESULTS / "masking.shared")
    Path(shared).mkdir(mode=0o700, parents=True, exist_ok=True)
    environment = os.environ | {"SNAKEMAKE_OUTPUT_CACHE": shared}
    subprocess.run([str(part) for part in command], cwd=ROOT, env=environment, check=True)


def figure(run: Path, file: str, key: str) -> float:
    return json.loads((run / "sets" / file).read_text(encoding="utf-8"))[key]


def minutes(run: Path) -> float:
    """Of the processor in fine-tuning, all members together: other work on the machine changes them little."""
    timings = (run / "timings").glob("finetune_fold.*.json")
    return sum(json.loads(file.read_text(encoding="utf-8"))["cpu_seconds"] for file in timings) / 60


def cell(values: Sequence[float]) -> str:
    mean = f"{sum(values) / len(values):.3f}"
    return mean if len(values) == 1 else f"{mean} [{min(values):.3f}, {max(values):.3f}]"


def costs(given: argparse.Namespace) -> str:
    measures: dict[str, Callable[[Path], float]] = {
        name: lambda run, file=file, key=key: figure(run, file.format(set=given.set), key)
        for name, (file, key) in COSTS.items()
    }
    measures["processor minutes"] = minutes
    rows = [
        [way, *(cell([measure(folder(way, seed)) for seed in given.seeds]) for measure in measures.values())]
        for way in given.ways
    ]
    return lcqmc.table(["way", *measures], rows)


def faithfulness(given: argparse.Namespace) -> str:
    rows = []
    for label in ("similar", "not_similar"):
        for removal in ("delete", "mask"):
            for way in given.ways:
                keys = [f"{METHOD}.{removal}.{name}.{label}" for name in FIGURES.values()]
                runs = [folder(way, seed) for seed in given.seeds]
                cells = [cell([figure(run, f"{given.set}/faithfulness.json", key) for run in runs]) for key in keys]
                rows.append([label, removal, way, *cells])
    return lcqmc.table(["judged", "measured by", "way", *FIGURES], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[111, 112, 113])
    parser.add_argument("--ways", choices=WAYS, nargs="+", default=WAYS)
    parser.add_argument("--set", default="test", help="whose pairs are explained: dev, test or a test set in use")
    parser.add_argument("--configfile", type=Path, nargs="+", default=[], help="presets to run instead of the sample")
    parser.add_argument("--cores", type=int, default=os.cpu_count())
    given = parser.parse_args()
    for seed in given.seeds:
        for way in given.ways:
            train(way, seed, given)
    print(costs(given))
    print(faithfulness(given))


if __name__ == "__main__":
    main()
