"""`yiju corpora fetch` in a process of its own: terms first, then the publisher, then the hub, and never silently."""

from __future__ import annotations

import os
import subprocess
import sys

import patience
import polars as pl
import pytest
import yaml
from click.testing import CliRunner
from loopback import held, status, undisturbed
from published import archive, contents, entries, serve

from yiju.app.cli.corpora import command as corpora
from yiju.config import rules
from yiju.config.load import load
from yiju.data.corpora.normalise import normalise_corpus
from yiju.data.fetching.fetch import fetch
from yiju.job.code_version import SCRIPTS

PROGRAM = "import tenacity.nap; tenacity.nap.time.sleep = lambda _: None; from yiju.app.cli import main; main()"


class Command:
    """The command line in a project's folder, with this machine's server as publisher and as hub."""

    def __init__(self, folder, server) -> None:
        self.folder, self.server = folder, server
        (folder / "config.yaml").write_text((SCRIPTS.parent / "config.yaml").read_text(encoding="utf-8"))
        self.override = {}

    def configure(self, corpus: str, override: dict) -> None:
        self.override[corpus] = override
        corpora = {"folder": str(SCRIPTS.parent / "data/sample"), "catalogue": self.override}
        (self.folder / "mine.yaml").write_text(yaml.safe_dump({"corpora": corpora}, allow_unicode=True))

    def run(self, *arguments: str, status: int = 0) -> str:
        """What it says on both streams."""
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, "corpora", *arguments, "--configfile", "mine.yaml"],
            cwd=self.folder,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(SCRIPTS),
                "HF_HOME": str(self.folder / "home"),
                "HF_ENDPOINT": self.server.url,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=patience.SECONDS,
            check=False,
        )
        assert done.returncode == status, done.stdout
        assert "Traceback" not in done.stdout
        return done.stdout

    def table(self, corpus: str) -> pl.DataFrame:
        """The corpus as the workflow reads it, from what is in the store."""
        config = yaml.safe_load((self.folder / "mine.yaml").read_text())
        config["corpora"]["fetch"] = [corpus]
        settings = load(config, [])
        raw, downloads = self.folder / "raw", self.folder / "data/downloads"
        file = settings.corpora.catalogue[corpus].files[0].file
        fetch(rules.fetch_corpus(settings, corpus, file), raw / file, downloads, lock=self.folder / "data/corpora.lock")
        read = rules.normalise_corpus(settings, corpus)
        files = [one | {"path": raw / file} for one in read["files"]]
        normalise_corpus(corpus, files, read, self.folder / "pairs.parquet", self.folder / "rejected.parquet")
        return pl.read_parquet(self.folder / "pairs.parquet")


@pytest.fixture
def command(tmp_path, server):
    return Command(tmp_path, server)


def on_the_hub(server, corpus: str, files: dict[str, bytes]) -> None:
    """Serve these contents, by split, as the corpus's second source."""
    for one in entries(corpus):
        second = one["second"]
        path = f"/datasets/{second['hub']}/resolve/{second['revision']}/{second['source']}"
        server.answers[path] = held(second["revision"], files[one["split"]])


def by_split(corpus: str) -> dict[str, bytes]:
    return dict(zip((one["split"] for one in entries(corpus)), contents(corpus).values(), strict=True))


def test_terms_stand_before_the_first_byte_and_nobody_accepts_them_by_silence(command, server):
    members = contents("LCQMC")
    command.configure("LCQMC", serve(server, "LCQMC", archive("LCQMC", members), members))
    said = command.run("fetch", "LCQMC", status=1)
    assert "LCQMC: terms: research only, for applicants who signed its form; no redistribution" in said
    assert f"{server.url}/lcqmc.zip" in said
    assert "run the command again with --accept-terms" in said
    assert server.asked == []

    said = command.run("fetch", "LCQMC", "--accept-terms")
    assert said.index("LCQMC: terms: research only") < said.index("fetching it")
    assert [path for path, _ in server.asked] == ["/lcqmc.zip"]
    assert command.table("LCQMC").height > 0

    # What is here is neither asked for nor asked about again.
    server.asked.clear()
    assert "terms:" not in command.run("fetch", "LCQMC")
    assert server.asked == []


@pytest.mark.parametrize(("answer", "status", "asked"), [("n\n", 1, 0), ("\n", 1, 0), ("y\n", 0, 1)])
def test_a_person_is_asked_and_silence_is_no(command, server, monkeypatch, answer, status, asked):
    members = contents("LCQMC")
    command.configure("LCQMC", serve(server, "LCQMC", archive("LCQMC", members), members))
    undisturbed(monkeypatch)
    monkeypatch.chdir(command.folder)
    monkeypatch.setattr("yiju.app.cli.corpora_fetch._somebody_answers", lambda: True)
    done = CliRunner().invoke(corpora, ["fetch", "LCQMC", "--configfile", "mine.yaml"], input=answer)
    assert done.exit_code == status
    assert "Do you accept these terms? [y/N]" in done.output
    assert len(server.asked) == asked


def test_the_second_source_takes_over_and_is_named(command, server):
    members = contents("LCQMC")
    command.configure("LCQMC", serve(server, "LCQMC", archive("LCQMC", members), members))
    on_the_hub(server, "LCQMC", by_split("LCQMC"))
    server.answers["/lcqmc.zip"] = status(404)
    said = command.run("fetch", "LCQMC", "--accept-terms")
    assert f"{server.url}/lcqmc.zip: HTTP 404" in said
    hub = "hub:shibing624/nli_zh@b0498c9730ad30a0d2fa3b4542967f2d0f179b7b/LCQMC/LCQMC.train.data"
    assert f"next is its second source, {hub}" in said
    assert f"{hub}\t\t" in (command.folder / "data/corpora.lock").read_text()

    # No network is needed from then on, and the table is the one that the publisher's archive gives.
    server.asked.clear()
    expected = command.table("LCQMC")
    assert server.asked == []
    lines = sum(data.count(b"\n") for data in members.values())
    assert expected.height == lines
    assert set(expected["file"]) == {"train.tsv", "dev.tsv", "test.tsv"}


def test_where_both_sources_fail_both_are_named_and_the_other_corpora_still_come(command, server):
    for corpus in ("LCQMC", "BQ"):
        members = contents(corpus)
        command.configure(corpus, serve(server, corpus, archive(corpus, members), members))
    server.answers["/lcqmc.zip"] = status(404)
    said = command.run("fetch", "LCQMC", "BQ", "--accept-terms", status=1)
    assert "1 file could not be fetched" in said
    assert "/lcqmc.zip: HTTP 404" in said
    assert "The second source: hub dataset shibing624/nli_zh at b0498c97, LCQMC/LCQMC.train.data: HTTP 404" in said
    kept = [file.name for file in (command.folder / "data/downloads").iterdir() if not file.name.startswith(".")]
    assert [name.partition("-")[2] for name in kept] == ["bq_corpus.zip"]


@pytest.mark.parametrize(("corpus", "labels"), [("Chinese-MNLI", [0, 1, 0]), ("PAWSX", [0, 1])])
def test_tables_of_the_hub_are_read_as_the_publishers_files_are(command, server, tmp_path, corpus, labels):
    members = contents(corpus)
    command.configure(corpus, serve(server, corpus, archive(corpus, members), members))
    rows = {"sentence1": ["甲", "乙", "丙", "丁", "NS"], "sentence2": ["戊", "己", "庚", "辛", "壬"]}
    numbers = [*range(len(labels)), *[-1] * (5 - len(labels))] if corpus == "Chinese-MNLI" else [0, 1, 0, 1, 1]
    pl.DataFrame(rows | {"label": numbers}).write_parquet(tmp_path / "table.parquet")
    data = (tmp_path / "table.parquet").read_bytes()
    on_the_hub(server, corpus, dict.fromkeys(("train", "dev", "test"), data))
    server.answers.pop(f"/{entries(corpus)[0]['source'].rpartition('/')[2]}")
    command.run("fetch", corpus, "--accept-terms")
    table = command.table(corpus)

    train = table.filter(pl.col("split") == "train")
    if corpus == "Chinese-MNLI":
        # neutral, entailment, contradiction; the others are without agreement. CLUE's test has no labels.
        assert train["label"].to_list() == labels
        assert table.filter(pl.col("split") == "test")["label"].to_list() == [None] * 5
    else:
        assert train["label"].to_list() == [0, 1, 0, 1]
        assert "placeholder" in pl.read_parquet(command.folder / "rejected.parquet")["reason"].to_list()


def test_what_cannot_be_downloaded_is_named_with_what_can(command):
    command.configure("LCQMC", {})
    assert "no address of THS2021 is in the catalogue; bring its files by hand" in command.run(
        "fetch", "THS2021", status=1
    )
    assert "no corpus of this configuration comes from the network; name some: LCQMC, AFQMC" in command.run(
        "fetch", status=1
    )
