"""The long offline recipe with many more passes of post-training, for a machine with a GPU.

    .venv/bin/python benchmarks/gpu_recipe.py <folder to work in> --corpora <folder of the corpora> --times 10 100
    .venv/bin/python benchmarks/gpu_recipe.py <folder to work in> --tiny     # in small, on the CPU, to see that it runs

For each number of --times the workflow trains `presets/offline-long.yaml` with so many times its post-training, in
updates of 512 sentences at a learning rate of 1e-3, and judges LCQMC dev. Everything lies in the folder to work in, and
a training saves every minute. When --minutes are over, the training that runs saves and stops; the same command goes on
from there. After each number, and when the time is over, figures.md is written anew. --tiny takes the sample and the
default experiment.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import lcqmc
import yaml

from yiju.base.files import write_json, write_text

ROOT = Path(__file__).resolve().parent.parent
PRESETS = [ROOT / "presets/offline.yaml", ROOT / "presets/offline-long.yaml"]
TINY_EPOCHS = 0.2
HEADS = ["times the post-training", "updates", "perplexity, held out", "updates of fine-tuning", "dev accuracy"]


def name_of(times: float) -> str:
    return f"times-{times:g}"


def configuration(given: argparse.Namespace, times: float) -> dict:
    """What differs from the presets, or with --tiny from the default experiment on the sample."""
    shared = {"run": name_of(times), "training": {"save_every": 1}}
    if given.tiny:
        tiny = {"posttrain": {"epochs": TINY_EPOCHS * times}, "finetune": {"epochs": 0.5}, "device": "cpu"}
        return shared | tiny | {"corpora": {"folder": str(ROOT / "data/sample")}}
    preset = yaml.safe_load(PRESETS[0].read_text(encoding="utf-8"))
    long = {"epochs": preset["posttrain"]["epochs"] * times, "batch_size": 512, "learning_rate": 1e-3}
    corpora = {"folder": str(given.corpora.resolve())}
    return shared | {"device": "cuda", "jobs": {"gpus": 1}, "posttrain": long, "corpora": corpora}


def run(given: argparse.Namespace, times: float, seconds: float) -> bool:
    """Train and judge dev; false: the time was over, and what ran has saved."""
    name = name_of(times)
    config = given.work / f"{name}.json"
    write_json(config, configuration(given, times))
    command = [sys.executable, "-m", "snakemake", "--cores", "all", "--resources", "gpu=1", "--rerun-incomplete"]
    command += ["--snakefile", ROOT / "Snakefile", "--directory", given.work, "--nolock"]
    command += ["--configfile", *([] if given.tiny else PRESETS), config]
    target = f"results/{name}/sets/dev/metrics.json"
    # A session of its own: Snakemake alone would wait for its jobs, so a signal must reach them too, Ctrl-C included.
    process = subprocess.Popen([*map(str, command), "--", target], cwd=given.work, start_new_session=True)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()
    if process.returncode:
        raise SystemExit(f"{name}: the workflow ended with {process.returncode}; its messages stand above")
    return True


def figures(work: Path, times: float) -> list[str]:
    """What a run has reached so far."""
    folder = work / "results" / name_of(times)
    posttrained = evaluations(folder / "posttrained/steps.jsonl", "perplexity")
    finetuned = evaluations(folder / "folds/0/steps.jsonl", "accuracy")
    metrics = folder / "sets/dev/metrics.json"
    row = [f"{times:g}", *posttrained, finetuned[0], ""]
    if metrics.is_file():
        found = json.loads(metrics.read_text(encoding="utf-8"))
        row[-1] = "{:.4f} [{:.4f}, {:.4f}]".format(*(found[f"accuracy.model{end}"] for end in ("", ".low", ".high")))
    return row


def evaluations(steps: Path, key: str) -> list[str]:
    """The last evaluation of a training: its update, and a figure of it."""
    if not steps.is_file():
        return ["", ""]
    lines = [json.loads(line) for line in steps.read_text(encoding="utf-8").splitlines()]
    known = [line for line in lines if key in line]
    return [f"{known[-1]['update']:,}", f"{known[-1][key]:.4g}"] if known else ["", ""]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path, help="folder for all that is made")
    parser.add_argument("--corpora", type=Path, help="folder of the real corpora")
    parser.add_argument("--times", type=float, nargs="+", default=[10.0], help="of the preset's post-training")
    parser.add_argument("--minutes", type=float, default=600, help="in all")
    parser.add_argument("--tiny", action="store_true", help="the sample, on the CPU")
    given = parser.parse_args()
    if not given.tiny and given.corpora is None:
        parser.error("name the folder of the real corpora with --corpora, or try the script with --tiny")
    given.work = given.work.resolve()
    given.work.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + 60 * given.minutes
    for times in given.times:
        done = run(given, times, max(1.0, until - time.monotonic()))
        text = lcqmc.table(HEADS, [figures(given.work, one) for one in given.times])
        write_text(given.work / "figures.md", text)
        print(text, flush=True)
        if not done:
            raise SystemExit(f"{given.minutes:g} minutes are over; the same command goes on from what was saved")


if __name__ == "__main__":
    main()
