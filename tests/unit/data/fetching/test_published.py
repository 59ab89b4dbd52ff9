"""Corpora whose addresses the catalogue knows: from the publisher's archive to a table, without any file by hand."""

from __future__ import annotations

import io
import logging
import zipfile

import polars as pl
import pytest
from loopback import content, in_turn, status
from published import PUBLISHED, archive, contents, entries, serve

from yiju.base.errors import YijuError
from yiju.config import rules
from yiju.config.load import load
from yiju.data.corpora.normalise import normalise_corpus
from yiju.data.fetching.fetch import fetch

pytestmark = pytest.mark.usefixtures("pauses")
ALL = ["LCQMC", "AFQMC", "OCNLI", "BQ", "Chinese-MNLI", "PAWSX"]


class Corpus:
    """A published corpus, a folder to fetch it into, and what comes of it."""

    def __init__(self, name, folder) -> None:
        self.name, self.folder = name, folder
        self.downloads, self.lock = folder / "downloads", folder / "data" / "corpora.lock"
        self.out = folder / "raw" / entries(name)[0]["source"].rpartition("/")[2]

    def fetch(self, override: dict) -> None:
        self.settings = load({"corpora": {"fetch": [self.name], "catalogue": {self.name: override}}}, [])
        file = self.settings.corpora.catalogue[self.name].files[0].file
        fetch(rules.fetch_corpus(self.settings, self.name, file), self.out, self.downloads, lock=self.lock)

    def fails(self, override: dict) -> str:
        """The message of a fetch that leaves no output."""
        with pytest.raises(YijuError) as caught:
            self.fetch(override)
        assert not self.out.exists()
        return str(caught.value)

    def forget(self) -> None:
        """Delete the download and the output; the lock file stays."""
        self.out.unlink()
        for file in self.downloads.iterdir():
            file.unlink()

    def table(self) -> pl.DataFrame:
        settings = rules.normalise_corpus(self.settings, self.name)
        files = [file | {"path": self.out} for file in settings["files"]]
        pairs, rejected = self.folder / "pairs.parquet", self.folder / "rejected.parquet"
        normalise_corpus(self.name, files, settings, pairs, rejected)
        self.rejected = pl.read_parquet(rejected)
        return pl.read_parquet(pairs)

    @property
    def kept(self) -> list[str]:
        return sorted(file.name for file in self.downloads.iterdir() if not file.name.startswith("."))


@pytest.fixture
def corpus(request, tmp_path):
    return Corpus(getattr(request, "param", "LCQMC"), tmp_path)


def test_these_corpora_are_published_without_a_login():
    assert sorted(PUBLISHED) == sorted(ALL)


@pytest.mark.parametrize("use_real", [False, True], ids=["sample", "real"])
@pytest.mark.parametrize("corpus", ALL, indirect=True)
def test_a_published_archive_becomes_a_table(corpus, server, use_real):
    members = contents(corpus.name, use_real)
    corpus.fetch(serve(server, corpus.name, archive(corpus.name, members), members))
    table = corpus.table()

    counts = dict(table.group_by("split").len().iter_rows())
    assert set(counts) == {"train", "dev", "test"}
    lines = sum(data.count(b"\n") + (not data.endswith(b"\n")) for data in members.values())
    headers = 3 if corpus.name == "PAWSX" else 0
    assert table.height + corpus.rejected.height == lines - headers
    assert table.filter(pl.col("split") == "train")["label"].is_not_null().all()
    # Tables name the member, wherever in the archive it lies.
    assert not table["file"].str.contains("*", literal=True).any()


def test_what_arrives_is_pinned_with_its_members_in_sorted_lines(corpus, server):
    members = contents("LCQMC")
    override = serve(server, "LCQMC", archive("LCQMC", members), members)
    corpus.fetch(override)
    text = corpus.lock.read_text()
    lines = text.splitlines()
    assert lines[0].startswith("# ")
    assert lines[1:] == sorted(lines[1:])
    assert [line.split("\t")[1] for line in lines[1:]] == ["", "**/dev.tsv", "**/test.tsv", "**/train.tsv"]

    corpus.out.unlink()
    server.asked.clear()
    corpus.fetch(override)
    assert server.asked == []
    assert corpus.lock.read_text() == text


def test_a_file_that_is_no_longer_what_arrived_first_is_refused_until_its_pins_are_deleted(corpus, server):
    members = contents("LCQMC")
    corpus.fetch(serve(server, "LCQMC", archive("LCQMC", members), members))
    corpus.forget()
    # The publisher corrects a file, and its checksums in the configuration follow.
    path = next(iter(members))
    changed = members | {path: members[path] + "又一行\t又一行\t1\n".encode()}
    override = serve(server, "LCQMC", archive("LCQMC", changed), changed)
    # A second source is no way around it.
    said = corpus.fails(override)
    assert f"it is no longer what arrived first (of its members changed: **/train.tsv; {corpus.lock} pins" in said
    assert f"delete its lines from {corpus.lock}" in said
    assert corpus.kept == []

    corpus.lock.unlink()
    corpus.fetch(override)
    assert corpus.out.is_file()


@pytest.mark.parametrize("corpus", ["OCNLI"], indirect=True)
def test_an_archive_that_is_made_anew_on_request_is_taken_by_its_members(corpus, server, caplog):
    members = contents("OCNLI")
    first = archive("OCNLI", members)
    override = serve(server, "OCNLI", first, members)
    path = next(iter(server.answers))
    again = archive("OCNLI", members, zipfile.ZIP_STORED)
    assert again != first
    # Nothing vouches for it yet.
    server.answers[path] = content(again)
    assert "expected" in corpus.fails(override)

    server.answers[path] = content(first)
    corpus.fetch(override)
    corpus.forget()
    server.answers[path] = content(again)
    corpus.fetch(override)
    assert corpus.out.read_bytes() == again
    assert "it is taken, because all its members are the ones that are meant" in caplog.text

    corpus.forget()
    changed = members | {"OCNLI-02d55cb3c7dc984682677b8dd81db6a1e4710720/data/ocnli/dev.json": b"{}\n"}
    server.answers[path] = content(archive("OCNLI", changed))
    assert "of its members other bytes than expected: OCNLI-02d5" in corpus.fails(override)
    assert corpus.kept == []


@pytest.mark.parametrize("folder", ["lcqmc/", "lcqmc/lcqmc/"])
def test_the_members_are_found_in_either_folder(corpus, server, folder):
    members = {path.replace("lcqmc/lcqmc/", folder): data for path, data in contents("LCQMC").items()}
    packed = archive("LCQMC", members | {"__MACOSX/lcqmc/._train.tsv": b"\0"})
    override = serve(server, "LCQMC", packed, contents("LCQMC"))
    corpus.fetch(override)
    assert set(corpus.table()["file"]) == {"train.tsv", "dev.tsv", "test.tsv"}


@pytest.mark.parametrize("corpus", ["LCQMC", "PAWSX"], indirect=True)
def test_a_broken_download_goes_on_where_it_stopped(corpus, server):
    members = contents(corpus.name)
    data = archive(corpus.name, members)
    override = serve(server, corpus.name, data, members)
    path = next(iter(server.answers))
    server.answers[path] = in_turn(content(data, at_once=len(data) // 2), content(data))
    corpus.fetch(override)
    assert corpus.out.read_bytes() == data
    assert server.sent == len(data)


def test_redirects_lead_to_the_archive(corpus, server):
    members = contents("LCQMC")
    override = serve(server, "LCQMC", archive("LCQMC", members), members)
    path = next(iter(server.answers))
    server.answers |= {"/moved": server.answers[path], path: status(302, Location="/moved")}
    corpus.fetch(override)
    assert corpus.out.is_file()


def test_another_md5_is_named_and_nothing_is_kept(corpus, server):
    members = contents("LCQMC")
    override = serve(server, "LCQMC", archive("LCQMC", members), members)
    for one in override["published"]["files"]:
        one["md5"] = "0" * 32
        del one["member_md5"], one["second"]
    said = corpus.fails(override)
    assert "its MD5 is " in said
    assert f"expected {'0' * 32}, and it was not kept (correct `md5` if this version is meant)" in said
    assert corpus.kept == []
    assert not corpus.lock.exists()


def test_an_archive_without_the_members_is_not_kept(corpus, server):
    members = {"lcqmc/readme.txt": b"moved"}
    override = serve(server, "LCQMC", archive("LCQMC", members), contents("LCQMC"))
    for one in override["published"]["files"]:
        del one["second"]
    assert "has no such member; it has 'lcqmc/readme.txt'" in corpus.fails(override)
    assert corpus.kept == []


def test_members_that_lead_out_of_the_archive_write_nothing_anywhere(corpus, server, tmp_path):
    members = contents("LCQMC")
    hostile = {"../../../escaped.tsv": b"x", f"{tmp_path}/absolute.tsv": b"x", "lcqmc/../../up.tsv": b"x"}
    override = serve(server, "LCQMC", archive("LCQMC", members | hostile), members)
    corpus.fetch(override)
    corpus.table()
    written = {file.name for file in tmp_path.rglob("*") if file.is_file()}
    assert not written & {"escaped.tsv", "absolute.tsv", "up.tsv"}
    assert not (tmp_path.parent / "escaped.tsv").exists()


def test_a_damaged_lock_file_is_named_with_its_line(corpus, server):
    members = contents("LCQMC")
    override = serve(server, "LCQMC", archive("LCQMC", members), members)
    corpus.lock.parent.mkdir()
    corpus.lock.write_text("# title\nhttp://a.invalid\tmember\n")
    assert f"{corpus.lock} line 2: expected address TAB member TAB SHA-256" in corpus.fails(override)


def test_a_host_that_is_down_is_named_with_what_to_do(corpus, server, caplog):
    members = contents("LCQMC")
    override = serve(server, "LCQMC", archive("LCQMC", members), members)
    for one in override["published"]["files"]:
        del one["second"]
    server.shutdown()
    server.server_close()
    with caplog.at_level(logging.INFO):
        said = corpus.fails(override)
    assert "Failed to connect to 127.0.0.1" in said
    assert "get the file by hand" in said
    assert not corpus.lock.exists()


def test_a_zip_bomb_is_given_up(corpus, server):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed, packed.open("lcqmc/train.tsv", "w") as inside:
        for _ in range(300):
            inside.write(b"0" * (1 << 20))
    data = buffer.getvalue()
    override = serve(server, "LCQMC", data, contents("LCQMC"))
    for one in override["published"]["files"]:
        del one["second"]
    assert "like a decompression bomb" in corpus.fails(override)
