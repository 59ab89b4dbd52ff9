"""What the command line does before it computes: help and refusals, without torch, in words of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest
from projects import ROOT

from yiju.app.cli import COMMANDS

# Each command line in a fork of one process, which says how it ended, what it said, and what it loaded.
PROGRAM = """
import contextlib, io, json, os, sys
from yiju.app.cli import main

for line in sys.stdin:
    arguments = json.loads(line)
    reading, writing = os.pipe()
    if os.fork() == 0:
        said, status = io.StringIO(), 0
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            try:
                main(arguments)
            except SystemExit as end:
                status = end.code or 0
        loaded = sorted({"torch", "transformers", "polars", "pandas"} & set(sys.modules))
        os.write(writing, json.dumps([status, said.getvalue(), loaded]).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        print(answer.read().decode(), flush=True)
    os.wait()
"""
Q, T = "抖音更换头像要多久", "抖音怎么更换头像"
EXPLAIN = ("explain", Q, T, "--model", "folder")
# Command lines that are refused, and what is said of them. folder is a folder, table.tsv a table of pairs.
REFUSED = [
    (("explain", Q, T, "--model", "missing"), "missing: no such folder"),
    ((*EXPLAIN, "--method", "oclusion"), "no method 'oclusion' (did you mean occlusion?); there are"),
    (
        (*EXPLAIN, "--method", "integrated_gradients", "--set", "step=5"),
        "integrated_gradients has no option step (did you mean steps?); its options: ",
    ),
    (
        (*EXPLAIN, "--method", "integrated_gradients", "--set", "steps=many"),
        "option steps is 'many'; it must be a whole number",
    ),
    (
        (*EXPLAIN, "--method", "integrated_gradients", "--set", "steps=0"),
        "option steps is 0; it must be greater than or equal to 1",
    ),
    ((*EXPLAIN, "--set", "steps"), "--set steps: not NAME=VALUE, such as steps=50"),
    (
        (*EXPLAIN, "--units", "charcters"),
        "(did you mean characters?)",
    ),
    ((*EXPLAIN, "--words", "list.txt"), "--words is a list to cut by; give --units words too"),
    ((*EXPLAIN, "--contrast", "1"), "give --target too"),
    ((*EXPLAIN, "--metod", "occlusion"), "Did you mean one of: '--method', '--model', '--set'?"),
    (("explian", Q, T), "No such command 'explian'. Did you mean 'explain'?"),
    (("compare", Q, T, "--model", "folder", "--method", "lim"), "no method 'lim' (did you mean lime?)"),
    (("predict", "table.tsv", "--model", "missing"), "missing: no such folder"),
    (("predict", "none.tsv", "--model", "folder"), "none.tsv: no such file"),
    (("predict", "table.tsv", "--model", "folder", "-o", "list.txt/out.csv"), "list.txt"),
    (("study", "--pairs", "table.tsv", "--model", "folder", "--method", "lim"), "no method 'lim' (did you mean lime?)"),
    (("study", "--pairs", "table.tsv", "--model", "folder", "-o", "out.pdf"), "must end in .json, .md, .html"),
    (("calibrate", "missing", "table.tsv", "-o", "out.json"), "missing: no such folder"),
    (("calibrate", "table.tsv", "--threshold", "recall"), "write accuracy, f1, or precision:X"),
    (("search", "folder"), "folder: the folder holds no config.yaml, as yiju train leaves it"),
    (("search", "folder", "--cores", "some"), "'some' is neither all nor a number from 1 on"),
    (("label-next", "missing", "table.tsv"), "missing: no such folder"),
    (("label-next", "folder", "table.tsv", "-o", "next.doc"), "must end in .jsonl, .csv"),
    (("label-next", "folder", "none.tsv"), "none.tsv: no such file"),
    (("export-onnx", "missing", "-o", "model.onnx"), "missing: no such folder"),
    (("export-onnx", "folder", "-o", "list.txt/model.onnx"), "list.txt"),
    (("verify", "list.txt", "--lang", "zh"), "--lang stands before the command: yiju --lang zh COMMAND"),
    (("export-onnx", "folder"), "Missing option '-o' / '--out'."),
    (("index", "folder"), "Missing argument 'TABLE'."),
    (("test", "missing"), "missing: no such folder; for a checkpoint of the hub give its commit too: owner/name"),
    (("serve", "--model", "missing", "--port", "0"), "missing: no such folder"),
    (("serve", "--model", "missing", "--port", "port"), "'port' is not a valid integer"),
]
# Of Python, of pydantic, and of the configuration.
FOREIGN = re.compile(
    r"\w\(\w*=|from_pretrained|Explainer|Traceback|pydantic|Input should|ValidationError|"
    r"\b(finetune|explain|encoder|training|evaluate|corpora|posttrain|jobs)\.[a-z]"
)
# What reads a table needs polars to say what is wrong with it.
READS = {"predict", "study", "calibrate", "label-next"}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, ...], tuple[int, str, list[str]]]:
    """Status, words and loaded libraries of all the command lines of this file."""
    place = tmp_path_factory.mktemp("place")
    (place / "folder").mkdir()
    (place / "table.tsv").write_text(f"{Q}\t{T}\n", encoding="utf-8")
    (place / "list.txt").write_text("抖音\n", encoding="utf-8")
    asked = [(name, "--help") for name in COMMANDS] + [("--help",)] + [arguments for arguments, _ in REFUSED]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "workflow_scripts")}
    lines = "".join(json.dumps(arguments) + "\n" for arguments in asked)
    call = [sys.executable, "-c", PROGRAM]
    said = subprocess.run(call, input=lines, capture_output=True, text=True, cwd=place, env=environment, check=True)
    return dict(zip(asked, map(tuple, map(json.loads, said.stdout.splitlines())), strict=True))


@pytest.mark.parametrize("command", [*COMMANDS, None])
def test_help_loads_nothing_that_computes(answers, command: str | None):
    status, said, loaded = answers[(command, "--help") if command else ("--help",)]
    assert status == 0
    assert said.startswith("Usage: yiju")
    assert loaded == []


@pytest.mark.parametrize(("arguments", "words"), REFUSED)
def test_a_refusal_loads_nothing_that_computes_and_speaks_of_what_was_typed(answers, arguments, words: str):
    status, said, loaded = answers[arguments]
    assert status in (1, 2)
    assert words in said
    assert not FOREIGN.search(said), said
    assert set(loaded) <= ({"polars"} if arguments[0] in READS else set())
