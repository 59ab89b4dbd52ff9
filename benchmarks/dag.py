"""How long Snakemake takes to see that nothing is to be done, and where that time goes.

    .venv/bin/python benchmarks/dag.py

A copy of the project in which every output is there (as an empty file, with Snakemake's record of it): the sample as it
is, 16 corpora x 5 folds x 10 methods x 4 sets, and 100 corpora with 20 sets. Whole processes, in turns; medians.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import yaml

from yiju.config.defaults import default_settings

ROOT = Path(__file__).resolve().parent.parent
COPIED = ("Snakefile", "config.yaml", "rules", "envs", "presets", "profiles", "workflow_scripts", "data")
METHODS = (
    *("gradient_l2", "gradient_input", "gradient_input_l2", "integrated_gradients", "deeplift"),
    *("sequential_integrated_gradients", "attention_rollout", "occlusion", "lime", "kernel_shap"),
)


def large(corpora: int = 0, sets: int = 4) -> dict:
    """5 folds and 10 methods; beside the sample's 16 corpora, so many that are read as AFQMC is."""
    sample = {"items": {"source": "test_sets/sim_interpretation_sample.txt"}}
    sample["gold"] = {"source": "test_sets/gold_sample.txt"}
    names = [f"set{number}" for number in range(sets)]
    known = default_settings().corpora
    more = {f"corpus{number}": known.catalogue["AFQMC"].model_dump() for number in range(corpora)}
    return {
        "corpora": {"use": [*known.use, *more], "catalogue": more},
        "finetune": {"folds": 5},
        "explain": {"methods": list(METHODS)},
        "test_sets": {"use": names, "catalogue": dict.fromkeys(names, sample)},
    }


def snakemake(folder: Path, *arguments: str) -> tuple[float, str]:
    """Seconds of a whole process, and what it said."""
    command = [sys.executable, "-m", "snakemake", "--cores", "all", "--nocolor", *arguments]
    begun = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    wall = time.perf_counter() - begun
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return wall, done.stdout + done.stderr


def copy_project(folder: Path) -> Path:
    """A copy of the project without results and fetched files, which says nothing when it has ended."""
    folder.mkdir(parents=True)
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, folder / name)
    shutil.rmtree(folder / "data/raw", ignore_errors=True)
    # The last lines of a run tell its figures, and here its files are empty.
    snakefile = folder / "Snakefile"
    told = re.sub(r"^onsuccess:\n(?: .*\n|\n)+", "", snakefile.read_text(encoding="utf-8"), flags=re.M)
    snakefile.write_text(told, encoding="utf-8")
    return folder


def pretend(folder: Path, arguments: Sequence[str]) -> int:
    """Make every output an empty file that Snakemake believes to have made; how many jobs that were."""
    _, planned = snakemake(folder, "--dry-run", "--quiet", "rules", *arguments)
    _, summary = snakemake(folder, "--summary", *arguments)
    for line in summary[summary.index("output_file\t") :].split("\n")[1:]:
        if "\t" in line:
            file = folder / line.split("\t")[0]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
    snakemake(folder, "--touch", *arguments)
    return int(re.findall(r"^total +(\d+)$", planned, re.M)[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--turns", type=int, default=7)
    turns = parser.parse_args().turns
    os.environ["PYTHONDONTWRITEBYTECODE"] = ""
    with tempfile.TemporaryDirectory() as place:
        small, big, huge = (copy_project(Path(place) / name) for name in ("small", "big", "huge"))
        (big / "large.yaml").write_text(yaml.safe_dump(large()), encoding="utf-8")
        (huge / "large.yaml").write_text(yaml.safe_dump(large(84, 20)), encoding="utf-8")
        chosen = ("--configfile", "large.yaml")
        jobs = pretend(small, ()), pretend(big, chosen), pretend(huge, chosen)
        ways = {
            "starting Snakemake (`--version`)": (big, ("--version",)),
            "and reading the rules (`--list-rules`)": (big, ("--list-rules", *chosen)),
            f"nothing to do: the sample, {jobs[0]} jobs": (small, ()),
            f"nothing to do: 16 corpora x 5 folds x 10 methods x 4 sets, {jobs[1]} jobs": (big, chosen),
            f"nothing to do: 100 corpora x 5 folds x 10 methods x 20 sets, {jobs[2]} jobs": (huge, chosen),
        }
        taken: dict[str, list[float]] = {name: [] for name in ways}
        for turn in range(turns + 1):
            for name, (folder, arguments) in ways.items():
                wall, said = snakemake(folder, *arguments)
                assert "nothing to do" not in name or "Nothing to be done" in said, said
                if turn:
                    taken[name].append(wall)
    print("| what | seconds |\n|---|---|")
    for name, walls in taken.items():
        print(f"| {name} | {median(walls):.2f} ({min(walls):.2f} to {max(walls):.2f}) |")


if __name__ == "__main__":
    main()
