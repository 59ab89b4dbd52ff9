"""Two users of one folder of downloads, one after the other and at the same time."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from loopback import DATA, HALF, Loopback, Place, content, undisturbed
from patience import wait_for

from yiju.data.fetching.hub import download_from_hub
from yiju.data.fetching.store import claimed

OTHER = 65534
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as a second user")


@pytest.fixture(autouse=True)
def pauses(monkeypatch):
    return undisturbed(monkeypatch)


@pytest.fixture
def server():
    with Loopback() as server:
        server.answers["/train.tsv"] = content()
        yield server


@pytest.fixture
def place(tmp_path):
    """A folder of downloads that a team shares; the outputs of the other user lie in a folder of his own."""
    place = Place(tmp_path)
    place.downloads.mkdir()
    os.chown(place.downloads, 0, OTHER)
    place.downloads.chmod(0o2775)
    for folder in (tmp_path, *tmp_path.parents):
        if "pytest-" in str(folder):
            folder.chmod(folder.stat().st_mode | 0o111)
    return place


@pytest.fixture
def theirs(place, tmp_path):
    other = Place(tmp_path)
    other.out = tmp_path / "theirs" / "raw" / "train.tsv"
    (tmp_path / "theirs").mkdir()
    os.chown(tmp_path / "theirs", OTHER, OTHER)
    assert other.downloads == place.downloads
    return other


def as_another(function: Callable[[], object], umask: int = 0o022) -> str:
    """Call a function as another user, in a process of his; the error that ended it, or nothing."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        said = ""
        try:
            os.setgroups([])
            os.setgid(OTHER)
            os.setuid(OTHER)
            os.umask(umask)
            function()
        except BaseException as error:
            said = f"{error}" if type(error).__name__ == "YijuError" else traceback.format_exc()
        os.write(write, said.encode()[-4000:])
        os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    with os.fdopen(read, encoding="utf-8") as pipe:
        return pipe.read()


def with_umask(mask: int, function: Callable[[], object]) -> None:
    before = os.umask(mask)
    try:
        function()
    finally:
        os.umask(before)


@pytest.mark.parametrize("mask", [0o022, 0o027, 0o002])
def test_what_one_downloaded_the_other_takes_without_the_network(place, theirs, server, mask):
    with_umask(mask, lambda: place.fetch(f"{server.url}/train.tsv"))
    os.chown(place.stored, 0, OTHER)
    assert as_another(lambda: theirs.fetch(f"{server.url}/train.tsv")) == ""
    assert theirs.out.read_bytes() == DATA
    assert len(server.asked) == 1


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_the_lock_of_one_does_not_keep_the_other_out(place, theirs, server, mask):
    with_umask(mask, lambda: place.fetch(f"{server.url}/train.tsv"))
    place.stored.unlink()
    assert as_another(lambda: theirs.fetch(f"{server.url}/train.tsv")) == ""
    assert theirs.out.read_bytes() == DATA


def test_the_lock_of_an_older_version_does_not_keep_the_other_out(place, theirs, server):
    lock = place.downloads / f".{place.stored.name}.lock"
    lock.touch(0o644)
    assert as_another(lambda: theirs.fetch(f"{server.url}/train.tsv")) == ""
    assert theirs.out.read_bytes() == DATA


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_what_a_killed_process_of_one_left_does_not_keep_the_other_out(place, theirs, server, mask):
    with_umask(mask, lambda: place.part.write_bytes(DATA[:HALF]))
    assert as_another(lambda: theirs.fetch(f"{server.url}/train.tsv")) == ""
    assert theirs.out.read_bytes() == DATA
    # His own is still there to be continued, and is not needed any more.
    place.fetch(f"{server.url}/train.tsv")
    assert place.out.read_bytes() == DATA


def test_a_broken_download_of_the_second_user_is_continued_too(place, theirs, server):
    place.part.write_bytes(b"of another user")
    place.part.chmod(0o644)
    server.answers["/train.tsv"] = content(at_once=HALF)
    assert as_another(lambda: theirs.fetch(f"{server.url}/train.tsv")) == ""
    assert theirs.out.read_bytes() == DATA


def test_who_comes_while_another_downloads_waits_for_it(place, theirs, server):
    """The first process holds the lock here; the other one would ask the server if it did not wait."""
    begin, go = os.pipe()
    read, write = os.pipe()
    # Before the lock is held: a forked process would hold it too.
    child = os.fork()
    if not child:
        os.read(begin, 1)
        os.write(write, as_another(lambda: theirs.fetch(f"{server.url}/train.tsv")).encode() or b"done")
        os._exit(0)
    with claimed(place.stored):
        os.write(go, b"1")
        wait_for(lambda: _waits(place.downloads))
        assert server.asked == []
        place.stored.write_bytes(DATA)
    os.waitpid(child, 0)
    assert os.read(read, 4000) == b"done"
    for pipe in (begin, go, read, write):
        os.close(pipe)
    assert theirs.out.read_bytes() == DATA
    assert server.asked == []


def _waits(folder: Path) -> bool:
    """Whether a process waits for a lock on a file of the folder: as the system lists them."""
    numbers = {str(file.stat().st_ino) for file in folder.glob(".*.lock")}
    lines = [line.split() for line in Path("/proc/locks").read_text(encoding="utf-8").splitlines()]
    return any("->" in line and line[-3].rpartition(":")[2] in numbers for line in lines)


def test_what_one_may_not_read_is_said_with_its_remedy(place, theirs, server):
    with_umask(0o077, lambda: place.fetch(f"{server.url}/train.tsv"))
    said = as_another(lambda: theirs.fetch(f"{server.url}/train.tsv"))
    assert f"{place.stored}: you may not read what the user with id 0 downloaded; have its owner run chmod a+r" in said
    assert "corpora.downloads" in said


def test_a_folder_that_one_may_not_write_in_is_named_with_its_remedy(place, theirs, server):
    place.downloads.chmod(0o755)
    said = as_another(lambda: theirs.fetch(f"{server.url}/train.tsv"))
    assert "Permission denied. The folder of downloads belongs to the user with id 0" in said
    assert f"chmod 2775 {place.downloads}" in said
    assert said.startswith(str(place.downloads))
    # What lies there already needs no right to write.
    place.fetch(f"{server.url}/train.tsv")
    assert as_another(lambda: theirs.fetch(f"{server.url}/train.tsv")) == ""


def test_in_a_folder_with_the_sticky_bit_a_wrong_file_of_another_is_named(place, theirs, server):
    place.downloads.chmod(0o3775)
    place.stored.write_bytes(b"not what was meant")
    said = as_another(lambda: theirs.fetch(f"{server.url}/train.tsv"))
    assert said.startswith(f"{place.stored}: ")
    assert "The folder of downloads belongs to" in said


def anything(_):
    """Any file is what is meant."""


def test_what_a_killed_download_from_the_hub_left_does_not_keep_the_other_out(place, theirs, monkeypatch):
    folder = place.downloads / f"{place.stored.name}.hub"
    folder.mkdir(mode=0o700)

    def from_the_hub(*_, local_dir, **__):
        local_dir.mkdir(exist_ok=True)
        (local_dir / "train.tsv").write_bytes(DATA)
        return local_dir / "train.tsv"

    monkeypatch.setattr("yiju.data.fetching.hub.hf_hub_download", from_the_hub)
    said = as_another(lambda: download_from_hub("a/b", "0" * 40, "train.tsv", anything, theirs.stored, "by hand"))
    assert said == ""
    assert place.stored.read_bytes() == DATA
