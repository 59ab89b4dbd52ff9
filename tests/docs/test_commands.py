"""Every block of code in the README and the documentation does what its page says.

Blocks of one page run in order, in a copy of the project in which the sample has been run (with a toy model in place of
the trained one). Python is executed, YAML validated as a configuration that overrides config.yaml, `yiju` run. What
takes minutes, needs a network or never ends is not run but checked as DRY says. A block of an unknown kind is an error.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import click
import patience
import pytest
import torch
import yaml
from families import Row, build_row, colbert, gemma
from pages import PAGES, ROOT, Block, blocks
from python_host import ADDRESS, FORKED, JOBS, Forked, loaded, start
from safetensors.torch import load_file
from tiny_run import write_run
from toys import classifier

from yiju import Explainer
from yiju.app.cli import group
from yiju.app.cli import main as yiju
from yiju.base.nested import overlaid
from yiju.config.load import Settings, load
from yiju.data.fetching.store import stored_at
from yiju.data.highlights.annotations import OTHER, SIDES, SIMILAR
from yiju.job.accelerate_file import require_fsdp2
from yiju.models.folder import save_folder
from yiju.models.folder_files import FOLDER_FILES
from yiju.report.dossier import END, MAIN, MENU

LINKED = ("rules", "presets", "profiles", "envs", "requirements", "workflow_scripts", "data/sample")
# Where the pages' server listens, unless told otherwise.
PORT = "8000"
# By their command: pages that start the same server share it.
SERVERS: dict[str, tuple[Forked, str]] = {}
MODEL = "results/sample/folds/0/model"
# What the pages call the reader's own models, and what a checkpoint of the hub is one like.
OWN_MODELS = {
    "my-classifier": Row("two labels", "bert"),
    "my-nli": Row("three labels", "roberta"),
    "my-reranker": Row("cross-encoder", "xlm-roberta"),
    "my-language-model": Row("decoder", "qwen3", "plain"),
    "my-bi-encoder": Row("bi-encoder", "bert"),
    "my-late-interaction": Row("late interaction", "bert"),
}
HUB = {"BAAI/bge-reranker-base": "my-reranker"}
# Have tests of their own, in a copy of the package that they change.
APART = ("docs/own-method.md", "docs/own-technique.md")
# By tests/unit/data/corpora/test_generic.py.
TABLE_TESTED = "docs/adding-a-corpus.md"
BLOCKS = [block for page in PAGES for block in blocks(page) if block.page not in APART]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A project folder after `make run`, as far as the pages need it, with files that they call the reader's own."""
    folder = tmp_path_factory.mktemp("finished")
    for name in ("Snakefile", "config.yaml", "Makefile"):
        shutil.copy(ROOT / name, folder)
    (folder / "data").mkdir()
    for name in LINKED:
        (folder / name).symlink_to(ROOT / name)
    _run_folder(folder / "results/sample", 0.94)
    _run_folder(folder / "results/mine", 0.75)
    save_folder(*classifier(folder / MODEL, marker=True), [folder / MODEL / name for name in FOLDER_FILES])
    _own_files(folder)
    _program(folder / ".venv/bin/yiju", f'{ADDRESS}={loaded(JOBS).address} exec {FORKED} -m yiju "$@"')
    return folder


@pytest.fixture(scope="module")
def scenes(finished, tmp_path_factory):
    """A copy of the project for each page, and the names that the page's Python has defined so far."""
    known: dict[str, tuple[Path, dict]] = {}

    def scene(page: str) -> tuple[Path, dict]:
        if page not in known:
            folder = tmp_path_factory.mktemp("page") / "project"
            shutil.copytree(finished, folder, symlinks=True)
            _write_files(folder, page)
            known[page] = folder, {"__name__": "page"}
        return known[page]

    return scene


@pytest.fixture(scope="module", autouse=True)
def ended():
    """Servers that pages start end with the tests."""
    yield
    for process, _ in SERVERS.values():
        process.kill()
        process.wait(patience.SECONDS)


@pytest.fixture(autouse=True)
def hub(monkeypatch):
    """In the place of a checkpoint of the hub stands a tiny model of its kind, in the page's project."""
    monkeypatch.setattr("yiju.models.start_encoder.download", lambda name, revision: Path(HUB[name]).absolute())


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """yiju's log goes to the terminal itself, past pytest."""
    monkeypatch.setattr("yiju.app.cli.log_to_stderr", lambda: None)


# Seconds each, and much the same is among the other tests of the pages, the workflow and the command line.
SLOW = ("presets/", "--resources", "--unlock", "--profile", "explained.yaml", "checkpoint.yaml", "export-onnx", " | ")
# Need the packages of requirements/equality.txt, or what blocks with these have written.
PACKAGES = ("import shap", "from captum", "shap.csv")


def _slow(block: Block) -> bool:
    kinds = {"console": (*SLOW, *PACKAGES), "python": PACKAGES}
    return any(word in block.text for word in kinds.get(block.kind, ()))


MARKED = [pytest.param(one, marks=[pytest.mark.slow] * _slow(one)) for one in BLOCKS]


@pytest.mark.parametrize("block", MARKED, ids=str)
def test_the_block_does_what_its_page_says(block: Block, scenes, monkeypatch):
    folder, names = scenes(block.page)
    monkeypatch.chdir(folder)
    assert block.kind in KINDS, f"{block}: no way to check this kind; there are {', '.join(KINDS)}"
    KINDS[block.kind](block, names)


def _python(block: Block, names: dict) -> None:
    # At its own line, for the traceback; the server that the page has started listens elsewhere here.
    text = block.text.replace(f"127.0.0.1:{PORT}", f"127.0.0.1:{names.get('port', PORT)}")
    exec(compile("\n" * block.line + text, block.page, "exec"), names)


def _yaml(block: Block, _names: dict) -> None:
    found = yaml.safe_load(block.text)
    if "distributed_type" in found:
        Path("accelerate.yaml").write_text(block.text, encoding="utf-8")
        require_fsdp2("accelerate.yaml")
        return
    if "steps" in found:
        _continuous_integration(found["steps"])
        return
    assert set(found) <= set(Settings.model_fields)
    load(overlaid(yaml.safe_load(Path("config.yaml").read_text(encoding="utf-8")), found), [])


def _continuous_integration(steps: list[dict]) -> None:
    """Commands of a job elsewhere, whose outcome depends on the reader's model: their arguments are right."""
    commands = [step["run"].replace("\\\n", " ") for step in steps if "run" in step]
    assert commands
    for line in commands:
        program, name, *arguments = shlex.split(line)
        assert program == "yiju"
        command = group.get_command(click.Context(group), name)
        assert command
        command.make_context(name, arguments)


def _console(block: Block, names: dict) -> None:
    for command in re.split(r"^\$ ", block.text.replace("\\\n", " "), flags=re.M)[1:]:
        line, said = command.rstrip("\n").partition("\n")[::2]
        words = shlex.split(line, comments=True)
        program = Path(words[0]).name
        if words[1] == "serve":
            names["port"] = _serve(words, said)
            continue
        assert not said, "output is not shown: it would not be checked"
        if "|" in words:
            subprocess.run(["bash", "-eo", "pipefail", "-c", line], env=_environment(), check=True)
        elif program == "curl":
            asked = [word.replace(PORT, str(names["port"])) for word in words]
            subprocess.run([*asked, "--fail", "--silent", "--output", "answer"], check=True)
        elif program == "yiju":
            # Of a training, minutes long, Snakemake says what it would do.
            dry = ["--dry-run"] if words[1] == "train" else []
            with pytest.raises(SystemExit) as end:
                yiju([*words[1:], *dry])
            # Nobody is here to accept the terms of a download.
            assert (end.value.code or 0) == (words[1:3] == ["corpora", "fetch"]), line
        else:
            assert program in DRY, f"{line}: neither run nor in DRY"
            DRY[program](words)


def _serve(words: list[str], said: str) -> int:
    """Start a server, which never ends, at a port that is free; what it says at last is what the page shows at last.

    Before that it says what is known of the model, which is another one here.
    """
    command = shlex.join(words[1:])
    if command not in SERVERS:
        read, written = os.pipe()
        process = start(["-m", "yiju", *words[1:], "--port", "0"], _environment(), written)
        os.close(written)
        with os.fdopen(read, encoding="utf-8") as lines:
            told = []
            while not told or (told[-1] and " is open" not in told[-1]):
                told.append(lines.readline())
            SERVERS[command] = process, told[-1].strip()
    _, shown = SERVERS[command]
    port = re.search(r"127\.0\.0\.1:(\d+)", shown)
    assert port, shown
    assert shown.replace(port[1], PORT) == said.rpartition("\n")[2] or not said
    return int(port[1])


def _snakefile(block: Block, _names: dict) -> None:
    """Another workflow, which takes the project as a module: it is planned as far as the report."""
    text = block.text.replace("yiju/Snakefile", str(Path("Snakefile").absolute()))
    Path("outer").mkdir()
    Path("outer/Snakefile").write_text(text, encoding="utf-8")
    Path("outer/config.yaml").write_text("yiju: {run: theirs}\n", encoding="utf-8")
    words = ["--directory", "outer", "--snakefile", "outer/Snakefile", "--cores", "1", "--dry-run", "--quiet"]
    command = [sys.executable, "-m", "snakemake", *words, "--", "results/theirs/report/index.html"]
    done = subprocess.run(command, env=_environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def _table(block: Block, _names: dict) -> None:
    """Is there for the commands and configurations of its page, which read it by its name."""
    assert block.file or str(block).startswith(TABLE_TESTED), "nothing reads it: name its file after the kind"


def _labelling(block: Block, _names: dict) -> None:
    """A labelling configuration of Label Studio: its texts have names that are known as sides."""
    markup = ElementTree.fromstring(block.text)
    assert [SIDES[text.get("name")] for text in markup.iter("Text")] == ["q", "t"]
    assert {one.get("value") for one in markup.iter("Choice")} <= {*SIMILAR, *OTHER}


KINDS: dict[str, Callable[[Block, dict], None]] = {
    "console": _console,
    "python": _python,
    "snakemake": _snakefile,
    "yaml": _yaml,
    "csv": _table,
    "tsv": _table,
    "json": _table,
    "xml": _labelling,
}


def _make(words: list[str]) -> None:
    """Minutes long, or sets the machine up: make itself says what it would do."""
    said = subprocess.run([*words, "--dry-run"], env=_environment(), capture_output=True, text=True, check=True)
    assert ".venv/bin/" in said.stdout


def _snakemake(words: list[str]) -> None:
    """Minutes to days long: a dry-run, with empty files in place of the reader's corpora."""
    _placeholders([Path(word) for word in words if word.endswith(".yaml")])
    # No cluster is here to ask.
    command = [sys.executable, "-m", "snakemake", *words[1:], "--executor", "local", "--dry-run", "--quiet"]
    done = subprocess.run(command, env=_environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def _pip(words: list[str]) -> None:
    """Needs a network: what it would install is there."""
    assert words[1] == "install" and words[2:-1] in ([], ["-r"])
    assert Path(words[-1]).exists()


def _tensorboard(words: list[str]) -> None:
    """Shows curves until it is stopped: it is installed, and the folder is the one that trainings write to."""
    assert Path(sys.executable).with_name("tensorboard").is_file()
    assert words[1:] == ["--logdir", "results/sample/curves"]
    assert '"curves"' in (ROOT / "workflow_scripts/yiju/job/stage.py").read_text(encoding="utf-8")


# Programs that are not run as the page says, and how their commands are checked instead.
DRY: dict[str, Callable[[list[str]], None]] = {
    "make": _make,
    "snakemake": _snakemake,
    "pip": _pip,
    "tensorboard": _tensorboard,
}


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": "workflow_scripts", "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def _placeholders(files: list[Path]) -> None:
    """Empty files in the places of the reader's corpora and checkpoint: a dry-run asks whether they are there."""
    config: dict = {}
    for file in (Path("config.yaml"), *files):
        config = overlaid(config, yaml.safe_load(file.read_text(encoding="utf-8")))
    settings = load(config, [])
    sources = [file for name in settings.corpora.use for file in settings.corpora.catalogue[name].files]
    sources += [settings.test_sets.catalogue[name].items for name in settings.test_sets.use]
    encoder = settings.encoder
    checkpoint = [Path(str(encoder.name)) / name for name in FOLDER_FILES] if encoder.source == "folder" else []
    downloads = [stored_at(settings.corpora.downloads, one.model_dump()) for one in sources if one.is_remote]
    local = [Path(one.located(settings.corpora.folder)) for one in sources if not one.is_remote]
    for path in (*downloads, *local, *checkpoint):
        if not path.is_file():
            assert not path.resolve().is_relative_to(ROOT), "a page must not write into the project"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()


def _write_files(folder: Path, page: str) -> None:
    """The blocks of a page that are files, by the names that stand after their kinds."""
    for block in BLOCKS:
        if block.page == page and block.file:
            (folder / block.file).parent.mkdir(parents=True, exist_ok=True)
            (folder / block.file).write_text(block.text, encoding="utf-8")


def _run_folder(folder: Path, accuracy: float) -> None:
    """What `yiju diff`, `yiju dossier` and `yiju.load_run` read of a run."""
    write_run(folder)
    resolved = load(yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8")), []).model_dump(mode="json")
    (folder / "config.resolved.yaml").write_text(yaml.safe_dump(resolved, allow_unicode=True), encoding="utf-8")
    versions = {"recorded": "2026-05-04T03:02Z", "yiju": "0.1.0", "commit": None, "python": "3.11.1", "libraries": {}}
    (folder / "versions.json").write_text(json.dumps(versions), encoding="utf-8")
    (folder / "checksums.json").write_text("{}", encoding="utf-8")
    figures = {f"accuracy.model{end}": accuracy + by for end, by in (("", 0), (".low", -0.02), (".high", 0.02))}
    (folder / "sets/dev/metrics.json").write_text(json.dumps(figures), encoding="utf-8")
    # Last, as in a run.
    (folder / "report").mkdir()
    (folder / "report/index.html").write_text(f"{MENU}</a></li>\n{MAIN}\n{END}\n", encoding="utf-8")


def _own_files(folder: Path) -> None:
    """Pairs, models of several kinds, a pickled checkpoint, and a submission for the sample's test set."""
    for name, row in OWN_MODELS.items():
        build_row(row, folder / name)
    gemma.gemma(folder / "my-gemma")
    colbert.colbert(folder / "my-colbert")
    rows = (ROOT / "data/sample/LCQMC/dev.tsv").read_text(encoding="utf-8").split("\n")[:20]
    pairs = [row.split("\t") for row in rows]
    (folder / "pairs.tsv").write_text("".join(f"{q}\t{t}\n" for q, t, _ in pairs), encoding="utf-8")
    items = ROOT / "data/sample/test_sets/sim_interpretation_sample.txt"
    shutil.copy(items, folder / "items.txt")
    shutil.copy(ROOT / "data/sample/test_sets/gold_sample.txt", folder / "gold.txt")
    _labelled_files(folder)
    table = [f"{q},{t},{label}" for q, t, label in (row.split("\t") for row in rows)]
    (folder / "pairs.csv").write_text("\n".join(["q,t,label", *table]), encoding="utf-8")
    shutil.copytree(folder / "my-classifier", folder / "my-classifier-epoch-1")
    ids = [json.loads(line)["id"] for line in items.read_text(encoding="utf-8").split("\n") if line]
    shutil.copytree(folder / MODEL, folder / "downloaded")
    torch.save(load_file(folder / "downloaded/model.safetensors"), folder / "downloaded/pytorch_model.bin")
    (folder / "downloaded/model.safetensors").unlink()
    (folder / "submission.txt").write_text("".join(f"{one}\t1\t0,1\t1,0\n" for one in ids), encoding="utf-8")


def _labelled_files(folder: Path) -> None:
    """Pairs with labels of which the model finds most, and the scores of another system with the same labels."""
    rows = (ROOT / "data/sample/LCQMC/dev.tsv").read_text(encoding="utf-8").split("\n")[20:220]
    pairs = [(q, t) for q, t, _ in (row.split("\t") for row in rows)]
    chances = [one.probability for one in Explainer.from_pretrained(folder / MODEL).predict(pairs)]
    middle = sorted(chances)[len(chances) // 2]
    labels = [int(chance > middle) ^ (number % 8 == 0) for number, chance in enumerate(chances)]
    table = [f"{q}\t{t}\t{label}\n" for (q, t), label in zip(pairs, labels, strict=True)]
    (folder / "labelled.tsv").write_text("".join(table), encoding="utf-8")
    scores = [f"{chance}\t{label}\n" for chance, label in zip(chances, labels, strict=True)]
    (folder / "scores.tsv").write_text("score\tlabel\n" + "".join(scores), encoding="utf-8")
    _labelled_classes(folder, pairs)


def _labelled_classes(folder: Path, pairs: list[tuple[str, str]]) -> None:
    """Pairs with labels of three classes, and another system's scores of each class with the same labels."""
    explainer = Explainer.from_pretrained(folder / "my-nli")
    names, (outputs, _) = explainer.scorer.classes, explainer.outputs(pairs)
    # Columns of one mean, so that the model names every class of some pairs.
    outputs -= outputs.mean(axis=0)
    labels = [names[one] for one in outputs.argmax(axis=1)]
    table = [f"{q}\t{t}\t{label}\n" for (q, t), label in zip(pairs, labels, strict=True)]
    (folder / "labelled-nli.tsv").write_text("".join(table), encoding="utf-8")
    scores = ["\t".join([*map(str, row), label]) for row, label in zip(outputs.tolist(), labels, strict=True)]
    (folder / "nli.tsv").write_text("\n".join(["\t".join([*names, "label"]), *scores]), encoding="utf-8")


def _program(file: Path, command: str) -> None:
    file.parent.mkdir(parents=True)
    file.write_text(f"#!/bin/sh\n{command}\n", encoding="utf-8")
    file.chmod(0o755)
