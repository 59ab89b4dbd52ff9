"""What a student learns from its teacher, and what 8 bits cost and bring, on a part of LCQMC.

    .venv/bin/python benchmarks/distillation.py <folder of the corpora> [--rows 8000] [--cores 1]
    .venv/bin/python benchmarks/distillation.py <folder of the corpora> --model results/offline/folds/0/model
    .venv/bin/python benchmarks/distillation.py <folder of the corpora> --shapes student base

The workflow is run in a temporary folder: three seeds of 2 layers of 128 teach one model of 1 layer of 64 together, on
the first rows of LCQMC train and on as many further ones without their labels; the same student learns the labels
alone. The first 2,000 rows of LCQMC dev choose weights and thresholds, and the next 4,000 are the test. Printed of
these: accuracy, calibration, agreement with the teacher and explanations, as the report has them. Then one member of
the teacher is exported twice (`yiju export-onnx`), in float32 and with --int8, and judges the same set: accuracy,
agreement and speed, beside torch; and models with random weights, of which the speed alone means anything: 12 layers of
768, and the 6 layers of 256 of MiniRBT, 10.4 million weights. All of them take turns in one process, on as many
threads as --cores says; medians of five. --model measures the 8 bits of a finished model alone, on all of LCQMC dev;
--shapes those of the models with random weights alone.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import lcqmc
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
TURNS, TIMED = 5, 500
# Pairs that models with random weights judge.
SHAPES = {"student": 500, "base": 100}
DEV, TEST = 2000, 4000
MORE = {"More": {"reader": "lcqmc", "files": [{"split": "train", "source": "More/train.tsv"}]}}


def cut(corpora: Path, folder: Path, rows: int) -> None:
    """LCQMC: first rows of train, dev rows as dev and as test; and further train rows as a corpus `More`."""
    parts = {
        "LCQMC/train": ("train.tsv.xz", 0, rows),
        "More/train": ("train.tsv.xz", rows, 2 * rows),
        "LCQMC/dev": ("dev.tsv", 0, DEV),
        "LCQMC/test": ("dev.tsv", DEV, DEV + TEST),
    }
    for name, (file, first, end) in parts.items():
        q, t, labels = lcqmc.read_pairs(corpora / "LCQMC" / file)
        target = folder / f"{name}.tsv"
        target.parent.mkdir(parents=True, exist_ok=True)
        lines = zip(q[first:end], t[first:end], labels[first:end].tolist(), strict=True)
        target.write_text("".join(f"{one}\t{other}\t{label}\n" for one, other, label in lines), encoding="utf-8")


def configuration(folder: Path) -> dict:
    return {
        "run": "distilled",
        "device": "cpu",
        "corpora": {"folder": str(folder), "use": ["LCQMC", "More"], "catalogue": MORE},
        "test_sets": {"use": []},
        "posttrain": {"epochs": 0.5},
        "finetune": {"seeds": 3, "epochs": 3},
        "explain": {"methods": ["occlusion"], "candidates": ["occlusion"]},
        "fusion": {"relations": "none"},
        "evaluate": {"splits": ["test"]},
        "distill": {
            "teacher": "run",
            "corpora": ["More"],
            "control": True,
            "epochs": 3,
            "encoder": {"scratch": {"layers": 1, "width": 64, "heads": 2, "feed_forward": 256}},
        },
    }


def run(corpora: Path, work: Path, given: argparse.Namespace) -> Path:
    """The folder of the finished run."""
    cut(corpora, work / "corpora", given.rows)
    config = work / "mine.yaml"
    config.write_text(json.dumps(configuration(work / "corpora")), encoding="utf-8")
    command = [sys.executable, "-m", "snakemake", "--cores", str(given.cores), "--directory", str(work)]
    command += ["--snakefile", str(ROOT / "Snakefile"), "--configfile", str(config), "--quiet", "all"]
    subprocess.run([*command, "--", "results/distilled/distill/comparison.json"], cwd=work, check=True)
    return work / "results/distilled"


def compared(found: Path) -> None:
    facts = json.loads((found / "distill/comparison.json").read_text(encoding="utf-8"))
    judged = {one["name"]: one for one in next(one for one in facts["sets"] if one["set"] == "test")["judges"]}
    explained = {one["name"]: one for one in facts["explanations"]["judges"]}
    rows = []
    for one in facts["judges"]:
        name, own, why = one["name"], judged[one["name"]], explained.get(one["name"], {})
        cells = [f"{own['accuracy']:.4f} [{own['accuracy.low']:.4f}, {own['accuracy.high']:.4f}]"]
        cells += [f"{own[key]:.3f}" for key in ("nll", "ece")]
        cells.append(f"{own['label_agreement']:.3f}" if "label_agreement" in own else "")
        keys = ("aopc_comprehensiveness", "aopc_sufficiency", "spearman", "jaccard")
        cells += [f"{why[key]:.3f}" if why.get(key) is not None else "" for key in keys]
        rows.append([name, f"{one['weights'] / 1e6:.2f}", f"{one['pairs_per_second']:,.0f}", *cells])
    heads = ["judge", "million weights", "pairs/s", "accuracy", "NLL", "ECE", "as the teacher"]
    print(lcqmc.table([*heads, "compr.", "suff.", "rank corr.", "Jaccard"], rows), flush=True)


def quantised(model: Path, work: Path, test: Path) -> None:
    """One model in torch and as two graphs on labelled pairs: what they say, and how fast."""
    from yiju.app.explainer import Explainer
    from yiju.app.onnx_folder import export_folder

    ours = Explainer.from_pretrained(model, device="cpu")
    ways = {"torch, float32": ours}
    sizes = {"torch, float32": sum(file.stat().st_size for file in model.glob("*.safetensors"))}
    for name, int8 in (("ONNX, float32", False), ("ONNX, int8", True)):
        out = work / name.replace(", ", "-")
        sizes[name] = export_folder(ours, out, int8).bytes
        ways[name] = Explainer.from_pretrained(out)
    q, t, labels = lcqmc.read_pairs(test)
    pairs, seconds = list(zip(q, t, strict=True)), {name: [] for name in ways}
    timed = pairs[:TIMED]
    for _ in range(1 + TURNS):
        for name, one in ways.items():
            begun = time.perf_counter()
            one.outputs(timed)
            seconds[name].append(time.perf_counter() - begun)
    rates = {name: len(timed) / median(own[1:]) for name, own in seconds.items()}
    said = {name: one.outputs(pairs)[0] for name, one in ways.items()}
    first = said["torch, float32"]
    alone = np.concatenate([ways["ONNX, int8"].outputs([pair])[0] for pair in pairs[:TIMED]])
    beside = np.abs(alone - said["ONNX, int8"][:TIMED]).max()
    rows = []
    wanted = ours.decision.labels(first)
    for name, one in ways.items():
        decided = one.decision.labels(said[name])
        shares = [f"{(decided == other).mean():.4f}" for other in (np.array(labels), wanted)]
        speed = [f"{rates[name]:,.0f}", f"{rates[name] / rates['ONNX, float32']:.2f}"]
        rows.append([name, f"{sizes[name] / 1e6:.1f}", *speed, *shares, f"{np.abs(said[name] - first).max():.2g}"])
    heads = ["way", "MB", "pairs/s", "x ONNX, float32", "accuracy", "labels as torch", "largest difference of a logit"]
    print(lcqmc.table(heads, rows))
    print(f"int8: a logit of a pair alone and of the same pair among others differ by up to {beside:.2g}\n", flush=True)


def random_model(shape: str, corpora: Path, work: Path) -> Path:
    """A folder of a model with random weights."""
    from yiju.models.folder import name_labels, save_folder
    from yiju.models.folder_files import FOLDER_FILES

    model, folder = lcqmc.build("finetune", shape), work / shape
    name_labels(model.config, 0.0)
    tokenizer = lcqmc.read_tokenizer(corpora / "vocab" / "vocab.txt")
    save_folder(model, tokenizer, [folder / name for name in FOLDER_FILES])
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path, help="folder of the real corpora")
    parser.add_argument("--rows", type=int, default=8000, help="rows of LCQMC train")
    parser.add_argument("--cores", type=int, default=1)
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--model", type=Path, help="8 bits of this model folder alone")
    only.add_argument("--shapes", nargs="+", choices=SHAPES, help="8 bits of models with random weights alone")
    given = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(given.cores)
    import torch

    torch.set_num_threads(given.cores)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        if given.model:
            quantised(given.model, work, given.corpora / "LCQMC/dev.tsv")
            return
        if not given.shapes:
            found = run(given.corpora.resolve(), work, given)
            compared(found)
            quantised(found / "folds/0/model", work, work / "corpora/LCQMC/test.tsv")
        q, t, labels = lcqmc.read_pairs(given.corpora / "LCQMC/dev.tsv")
        rows = [f"{one}\t{other}\t{label}\n" for one, other, label in zip(q, t, labels.tolist(), strict=True)]
        for shape in given.shapes or SHAPES:
            print(f"{shape}, random weights", flush=True)
            few = work / f"{shape}.tsv"
            few.write_text("".join(rows[: SHAPES[shape]]), encoding="utf-8")
            (work / f"{shape}-graphs").mkdir()
            quantised(random_model(shape, given.corpora, work), work / f"{shape}-graphs", few)


if __name__ == "__main__":
    main()
