"""From `python` to the first update of a fine-tuning on all of LCQMC train, and where the seconds go.

The child runs workflow_scripts/finetune_fold.py as its rule does, with settings of config.yaml, and ends after one
update. Snakemake's own start (parsing, the DAG) comes before; tokenising is a share of what is measured.
"""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import chdir
from functools import wraps
from pathlib import Path
from statistics import median
from types import SimpleNamespace

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = ROOT / "workflow_scripts"
# What the training script imports, heaviest first: what one brings in, the next has for nothing.
IMPORTED = ("torch", "polars", "transformers", "accelerate", "yiju.training.finetune")


def measure(corpora: Path, work: Path, threads: int, repeat: int) -> str:
    """A table of medians over `repeat` starts."""
    prepare(corpora, work)
    turns = [start(work, threads) for _ in range(repeat)]
    phases = {phase: median(turn[phase] for turn in turns) for phase in turns[0]}
    import lcqmc

    rows = [[phase, f"{seconds:.2f}"] for phase, seconds in phases.items()]
    return lcqmc.table(["start of a fine-tuning, 238,766 pairs, 4 x 256", "seconds"], rows)


def prepare(corpora: Path, work: Path) -> None:
    """Write what the rules before would have: the tables of pairs and the model folder to start from."""
    import lcqmc
    import polars as pl

    from yiju.base import tables
    from yiju.models.folder import save_folder
    from yiju.models.folder_files import FOLDER_FILES

    for name, split, schema in (
        ("augmented", "train.tsv.xz", tables.AUGMENTED),
        ("dev", "dev.tsv", tables.ITEMS),
    ):
        q, t, labels = lcqmc.read_pairs(corpora / "LCQMC" / split)
        known = {"q": q, "t": t, "label": labels, "fold": [-1] * len(q), "operation": ["original"] * len(q)}
        known |= {"item": [str(row) for row in range(len(q))], "kind": ["original"] * len(q)}
        columns = {key: known.get(key, [None] * len(q)) for key in schema.names}
        tables.write(pl.DataFrame(columns, schema=pl.Schema(schema)), work / f"{name}.parquet", schema)
    tokenizer = lcqmc.read_tokenizer(corpora / "vocab" / "vocab.txt")
    save_folder(lcqmc.build("posttrain", "tiny"), tokenizer, [work / "start" / name for name in FOLDER_FILES])


def start(work: Path, threads: int) -> dict[str, float]:
    """Seconds of every phase of one start."""
    environment = os.environ | {"GOMP_SPINCOUNT": "1000", "OMP_NUM_THREADS": str(threads)}
    with tempfile.TemporaryDirectory(dir=work) as folder:
        command = [sys.executable, __file__, str(work.resolve()), folder, str(threads), repr(time.time())]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return json.loads(done.stdout.split("\n")[-2])


class Named(list):
    """Files as Snakemake hands them to a script: a list, and some by name."""

    def __init__(self, **files: object) -> None:
        super().__init__(path for value in files.values() for path in ([value] if isinstance(value, str) else value))
        self.__dict__.update(files)


def child(prepared: Path, folder: Path, threads: int, begun: float) -> None:
    """Run the script until its first update has ended, and print the seconds of each phase."""
    phases: dict[str, float] = defaultdict(float)
    phases["python itself"] = time.time() - begun
    sys.path.insert(0, str(SCRIPTS))
    for name in IMPORTED:
        timed(phases, f"import {name}", __import__)(name)
    watch(phases, begun)
    with chdir(folder):
        runpy.run_path(str(SCRIPTS / "finetune_fold.py"), {"snakemake": job_of(prepared, threads)})


def watch(phases: dict[str, float], begun: float) -> None:
    """Take the time of what happens before the first update, and end there."""
    from yiju.base import tables
    from yiju.training import finetune
    from yiju.training.step import Learner

    tables.read = timed(phases, "read the tables", tables.read)
    finetune.load_tokenizer = timed(phases, "load the tokeniser", finetune.load_tokenizer)
    finetune.load_model = timed(phases, "load the model", finetune.load_model)
    finetune.encode_pairs = timed(phases, "tokenise", finetune.encode_pairs)
    update = timed(phases, "the first update", Learner.update)

    def last(*arguments: object) -> None:
        update(*arguments)
        seconds = time.time() - begun
        phases["all else (checksums, optimizer, trackers)"] = seconds - sum(phases.values())
        print(json.dumps(phases | {"in all": seconds}), flush=True)
        # Nothing else is asked for; the folder goes with the parent.
        os._exit(0)

    Learner.update = last


def timed(phases: dict[str, float], phase: str, function: Callable) -> Callable:
    """The function, its seconds added to a phase."""

    @wraps(function)
    def wrapper(*arguments: object, **options: object) -> object:
        started = time.perf_counter()
        try:
            return function(*arguments, **options)
        finally:
            phases[phase] += time.perf_counter() - started

    return wrapper


def job_of(prepared: Path, threads: int) -> SimpleNamespace:
    """The object that Snakemake gives to the script of rule finetune_fold."""
    import yaml

    from yiju.config import rules
    from yiju.config.load import load
    from yiju.models.folder_files import FOLDER_FILES

    config = ROOT / "config.yaml"
    settings = load(yaml.safe_load(config.read_text(encoding="utf-8")), [config])
    files = {name: str(prepared / f"{name}.parquet") for name in ("augmented", "dev")}
    made = {name: f"folds/0/{name}.json" for name in ("steps", "calibration")}
    made |= {"dynamics": "folds/0/dynamics.parquet", "checkpoints": []}
    return SimpleNamespace(
        rule="finetune_fold",
        input=Named(**files, start=[str(prepared / "start" / name) for name in FOLDER_FILES]),
        output=Named(weights=[f"folds/0/model/{name}" for name in FOLDER_FILES], **made),
        params=SimpleNamespace(settings=rules.finetune_fold(settings), code="benchmark"),
        wildcards=type("Wildcards", (dict,), {"__getattr__": dict.__getitem__})(member="0", variant=""),
        threads=threads,
        resources={"gpu": 0, "device": "cpu", "batch_tokens": 2048, "trackers": ",".join(settings.training.trackers)},
        log=["logs/finetune_fold.0.log"],
    )


if __name__ == "__main__":
    child(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
