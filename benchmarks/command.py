"""How long a command takes from the shell: `yiju --help` and `yiju explain` beside the bare import of what it needs.

    .venv/bin/python benchmarks/command.py

Whole processes, from start to end, which take turns; medians. The model is 4 layers of 256 with random weights; its
ONNX graph is explained too, where onnx is installed. Imports to compare with: of torch alone, of the class that a BERT
classifier is of, and of this with the Auto classes, as most programs import them. One turn of each before, uncounted,
fills the caches of the disk.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from statistics import median

os.environ.setdefault("GOMP_SPINCOUNT", "1000")

import lcqmc

from yiju.models.folder import save_folder
from yiju.models.folder_files import FOLDER_FILES

SCRIPTS = Path(__file__).resolve().parent.parent / "workflow_scripts"
PAIR = ("怎么开通花呗", "花呗怎样开通")
BARE = "import torch"
CLASS = "from transformers.models.bert.modeling_bert import BertForSequenceClassification"
# What from_pretrained of a BERT imports, whoever calls it.
AUTO = (
    "from transformers import AutoModelForSequenceClassification, AutoTokenizer, BertForSequenceClassification, "
    "BertTokenizer"
)


def ways(model: Path, graph: Path | None) -> dict[str, list[str]]:
    """Command lines by what they are called in the table."""
    python, yiju = sys.executable, [sys.executable, "-m", "yiju"]
    explain = [*yiju, "explain", *PAIR, "--device", "cpu", "--model"]
    return {
        BARE: [python, "-c", BARE],
        "and BertForSequenceClassification, from its own module": [python, "-c", f"{BARE}; {CLASS}"],
        "and the Auto classes and BertTokenizer": [python, "-c", f"{BARE}; {AUTO}"],
        "yiju explain": [*explain, str(model)],
        **({} if graph is None else {"yiju explain, of an ONNX graph": [*explain, str(graph)]}),
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


def write_graph(model: Path, graph: Path) -> Path | None:
    """The folder of the model's ONNX graph; None where onnx is not installed."""
    if find_spec("onnx") is None or find_spec("onnxruntime") is None:
        return None
    from yiju.app.explainer import Explainer
    from yiju.app.onnx_folder import export_folder

    export_folder(Explainer.from_pretrained(model, device="cpu"), graph)
    return graph


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vocabulary", type=Path, help="a vocab.txt  [default: one of as many tokens, made up]")
    parser.add_argument("--repeat", type=int, default=7, help="turns of each command")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model"
        model.mkdir()
        write_model(given.vocabulary, model)
        commands = ways(model, write_graph(model, Path(folder) / "graph"))
        for command in commands.values():
            seconds(command)
        turns: dict[str, list[tuple[float, float]]] = {way: [] for way in commands}
        for _ in range(given.repeat):
            for way, command in commands.items():
                turns[way].append(seconds(command))
    found = {way: tuple(median(kind) for kind in zip(*own, strict=True)) for way, own in turns.items()}
    bare = found[BARE]
    rows = [
        [way, f"{wall:.2f}", f"{wall / bare[0]:.2f}", f"{computed:.2f}", f"{computed / bare[1]:.2f}"]
        for way, (wall, computed) in found.items()
    ]
    print(lcqmc.table(["command", "seconds", "x the bare import", "processor seconds", "x"], rows))


if __name__ == "__main__":
    main()
