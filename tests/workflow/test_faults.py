"""Bad input: a message that names place and remedy, a failed run, and nothing half-written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from projects import SMOKE, Project

from yiju.models.folder_files import CONFIG, FOLDER_FILES

SAMPLE = Path("data/sample")
MODEL = tuple(f"results/smoke/start/{name}" for name in FOLDER_FILES)


@dataclass(frozen=True)
class Fault:
    """log: of the job that finds it; says: what its message has to hold; missing: what must not exist then."""

    log: str
    says: tuple[str, ...]
    missing: str


DATA = {
    "a wrong number of columns": Fault(
        "normalise_corpus.LCQMC",
        (
            "train.tsv line 5: expected 3 TAB-separated fields, got 2",
            "corpora.max_rejected (1.00%)",
            "correct the file",
        ),
        "results/smoke/data/corpora/LCQMC*",
    ),
    "an unknown label": Fault(
        "normalise_corpus.AFQMC",
        ("dev.json line 1: unknown label '7'; allowed: 0, 1", "corpora.max_rejected", "correct the file"),
        "results/smoke/data/corpora/AFQMC*",
    ),
    "undecodable bytes": Fault(
        "normalise_corpus.OCNLI",
        ("OCNLI/dev.json line 3: byte 0xff", "not UTF-8", "get the file again, or convert it"),
        "results/smoke/data/corpora/OCNLI*",
    ),
    "an empty corpus file": Fault(
        "normalise_corpus.Chinese-STS-B",
        ("Chinese-STS-B/test.txt holds no rows", "get the file again, or take it out of corpora.catalogue"),
        "results/smoke/data/corpora/Chinese-STS-B*",
    ),
    "a wrong checksum": Fault(
        "prepare_test_set.sample",
        ("gold_sample.txt: its SHA-256 is ", f"expected {'0' * 64}", "correct `sha256` in the configuration"),
        "results/smoke/data/sets/sample*",
    ),
}


@pytest.fixture(scope="module")
def broken(template: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy with one fault in every corpus and one in the test set, in which all has run that could."""
    project = template.copy(tmp_path_factory.mktemp("broken") / "project")
    sample = project.folder / SAMPLE
    _change_lines(sample / "LCQMC/train.tsv", range(4, 9), lambda line: line.replace(b"\t", b" ", 1))
    _change_lines(sample / "AFQMC/dev.json", range(5), lambda line: _relabel(line))
    _change_lines(sample / "OCNLI/dev.json", [2], lambda line: line + b"\xff")
    (sample / "Chinese-STS-B/test.txt").write_bytes(b"")
    gold = {"source": "test_sets/gold_sample.txt", "sha256": "0" * 64}
    faults = project.config("faults.yaml", test_sets={"catalogue": {"sample": {"gold": gold}}})
    run = project.snakemake("--configfile", SMOKE, faults)
    assert run.returncode != 0, run.stdout
    project.said = run.stdout
    return project


@pytest.mark.parametrize("fault", DATA)
def test_a_broken_file_is_named_with_the_remedy_in_the_log_and_on_the_terminal(broken: Project, fault: str):
    expected = DATA[fault]
    log = (broken.folder / f"results/smoke/logs/{expected.log}.log").read_text(encoding="utf-8")

    for words in expected.says:
        assert words in log
        assert words in broken.said


@pytest.mark.parametrize("fault", DATA)
def test_a_broken_file_leaves_nothing_half_written(broken: Project, fault: str):
    assert not list(broken.folder.glob(DATA[fault].missing))


def test_faults_leave_no_temporary_files_and_no_traces(broken: Project):
    written = [path for path in broken.folder.rglob("*") if path.is_file() and ".snakemake" not in path.parts]

    assert not [path for path in written if path.name.startswith(".")]
    assert not (broken.folder / "results/smoke/data/pairs.parquet").exists()
    assert "this is a defect in yiju" not in broken.said


def test_files_that_are_not_there_are_named_with_the_remedy_before_anything_runs(project: Project):
    (project.folder / SAMPLE / "AFQMC/dev.json").unlink()
    (project.folder / SAMPLE / "test_sets/gold_sample.txt").unlink()

    run = project.snakemake("--configfile", SMOKE)

    assert run.returncode != 0
    assert "corpora.catalogue.AFQMC: data/sample/AFQMC/dev.json" in run.stdout
    assert "test_sets.catalogue.sample: data/sample/test_sets/gold_sample.txt" in run.stdout
    assert "get each from its publisher" in run.stdout
    assert "Traceback" not in run.stdout
    assert not (project.folder / "results").exists()


@pytest.mark.parametrize(
    ("held", "says"),
    [
        ((), ("checkpoint/config.json",)),
        ((CONFIG,), ("encoder.name: checkpoint has no weights", "model.safetensors missing")),
    ],
)
def test_a_checkpoint_folder_without_what_it_needs_is_named_and_nothing_is_written(
    project: Project, held: tuple[str, ...], says: tuple[str, ...]
):
    (project.folder / "checkpoint").mkdir()
    for name in held:
        (project.folder / "checkpoint" / name).write_text('{"model_type": "bert"}', encoding="utf-8")
    folder = project.config("folder.yaml", encoder={"source": "folder", "name": "checkpoint"})

    run = project.snakemake("--configfile", SMOKE, folder, "--", *MODEL)

    assert run.returncode != 0
    for words in says:
        assert words in run.stdout
    assert not list(project.folder.glob("results/smoke/start/*"))


def test_cuda_where_there_is_none_is_refused_and_nothing_is_written(finished: Project, tmp_path: Path):
    project = finished.copy(tmp_path / "project")
    cuda = project.config("cuda.yaml", device="cuda")
    scores = "results/smoke/folds/0/dev/scores.parquet"

    run = project.snakemake("--configfile", SMOKE, cuda, "--forcerun", "predict_pairs", "--", scores)

    assert run.returncode != 0
    assert "config key device is 'cuda', but this machine shows no GPU to torch; set device: auto or cpu" in run.stdout
    assert not (project.folder / scores).exists()


@pytest.mark.slow
def test_machines_with_more_gpus_than_may_be_held_are_refused_before_anything_runs(project: Project):
    several = ("--dry-run", "--configfile", SMOKE, project.config("two.yaml", jobs={"nodes": 2}))

    run = project.snakemake(*several, "--resources", "gpu=4")

    assert run.returncode != 0
    assert "jobs.nodes: a training on 2 machines with 4 GPUs each holds 8, but 4 may be held at a time" in run.stdout
    assert project.snakemake(*several, "--resources", "gpu=8").returncode == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("run: mine\nfinetune:\n  epoch: 3\n", ("finetune.epoch (", "mine.yaml line 3)", "no such key", "epochs")),
        pytest.param(
            "colour: red\n", ("colour (", "mine.yaml line 1)", "no such key", "finetune"), marks=pytest.mark.slow
        ),
        pytest.param(
            "finetune:\n  epochs: many\n",
            ("finetune.epochs (", "mine.yaml line 2)", "valid number", "'many'"),
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_wrong_key_of_a_preset_is_named_with_its_line_and_what_is_allowed(
    project: Project, text: str, says: tuple[str, ...]
):
    (project.folder / "mine.yaml").write_text(text, encoding="utf-8")

    run = project.snakemake("--configfile", "mine.yaml")

    assert run.returncode != 0
    for words in says:
        assert words in run.stdout
    assert "Traceback" not in run.stdout
    assert not (project.folder / "results").exists()


def test_a_misspelt_key_of_config_yaml_is_named_with_its_line_and_what_is_allowed(project: Project):
    project.edit("config.yaml", "  max_rejected: 0.01", "  max_rejecte: 0.01")
    line = (project.folder / "config.yaml").read_text(encoding="utf-8").split("\n").index("  max_rejecte: 0.01") + 1

    run = project.snakemake("--dry-run")

    assert run.returncode != 0
    assert (
        f"corpora.max_rejecte (config.yaml line {line}): no such key; allowed here: folder, raw, downloads, "
        in run.stdout
    )


def _change_lines(file: Path, numbers, change) -> None:
    lines = file.read_bytes().split(b"\n")
    for number in numbers:
        lines[number] = change(lines[number])
    file.write_bytes(b"\n".join(lines))


def _relabel(line: bytes) -> bytes:
    return line.replace(b'"label": "0"', b'"label": "7"').replace(b'"label": "1"', b'"label": "7"')
