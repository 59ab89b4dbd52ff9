"""How long a command takes from the shell: `yiju --help` and `yiju explain` beside the bare import of what it needs.

    .venv/bin/python benchmarks/command.py

Whole processes, from start to end, which take turns; medians. The model is 4 layers of 256 with random weights. Two
imports to compare with: of the packages, which load their parts only when asked, and of the parts that any judging of a
pair asks for. One turn of each before, uncounted, fills the caches of the disk.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

os.environ.setdefault("GOMP_SPINCOUNT", "1000")

import lcqmc

from yiju.models.folder import save_folder
from yiju.models.folder_files import FOLDER_FILES

SCRIPTS = Path(__file__).resolve().parent.parent / "workflow_scripts"
PAIR = ("怎么开通花呗", "花呗怎样开通")
PACKAGES = "import torch, transformers"
PARTS = "import torch; from transformers import AutoModelForSequenceClassification, AutoTokenizer"
# What from_pretrained of a BERT imports, whoever calls it.
BERT = f"{PARTS}; from transformers import BertForSequenceClassification, BertTokenizer"


def ways(model: Path) -> dict[str, list[str]]:
    """Command lines by what they are called in the table."""
    python, yiju = sys.executable, [sys.executable, "-m", "yiju"]
    return {
        "import torch, transformers": [python, "-c", PACKAGES],
        "import torch and the Auto classes": [python, "-c", PARTS],
        "import torch, the Auto classes and BERT": [python, "-c", BERT],
        "yiju explain": [*yiju, "explain", *PAIR, "--device", "cpu", "--model", str(model)],
        "yiju --help": [*yiju, "--help"],
    }


def seconds(command: list[str]) -> tuple[float, float]:
    """Seconds by the clock, and those of the processor, of one process."""
    environment = os.environ | {"PYTHONPATH": str(SCRIPTS)}
    before, begun = os.times(), time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - begun, os.times()
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    computed = after.children_user + after.children_system - before.children_user - before.children_system
    return wall, computed


def write_model(vocabulary: Path | None, folder: Path) -> None:
    if vocabulary is None:
        tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *sorted(set("".join(PAIR)))]
        tokens += [f"[unused{number}]" for number in range(lcqmc.VOCABULARY - len(tokens))]
        tokenizer = lcqmc.build_tokenizer(tokens, lcqmc.MAX_LENGTH)
    else:
        tokenizer = lcqmc.read_tokenizer(vocabulary)
    save_folder(lcqmc.build("finetune", "tiny"), tokenizer, [folder / name for name in FOLDER_FILES])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vocabulary", type=Path, help="a vocab.txt  [default: one of as many tokens, made up]")
    parser.add_argument("--repeat", type=int, default=7, help="turns of each command")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write_model(given.vocabulary, Path(folder))
        commands = ways(Path(folder))
        for command in commands.values():
            seconds(command)
        turns: dict[str, list[tuple[float, float]]] = {way: [] for way in commands}
        for _ in range(given.repeat):
            for way, command in commands.items():
                turns[way].append(seconds(command))
    found = {way: tuple(median(kind) for kind in zip(*own, strict=True)) for way, own in turns.items()}
    bare = found["import torch, transformers"]
    rows = [
        [way, f"{wall:.2f}", f"{wall / bare[0]:.2f}", f"{computed:.2f}", f"{computed / bare[1]:.2f}"]
        for way, (wall, computed) in found.items()
    ]
    print(lcqmc.table(["command", "seconds", "x the bare import", "processor seconds", "x"], rows))


if __name__ == "__main__":
    main()
