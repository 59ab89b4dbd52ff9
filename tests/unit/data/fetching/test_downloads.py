"""Downloads arrive whole and checked in a store that all runs share, or not at all."""

import logging
import threading
from pathlib import Path

import patience
import pytest
from loopback import ALL, CHECKSUM, DATA, HALF, NAME, Place, content, in_turn

from yiju import __version__
from yiju.base.errors import YijuError

pytestmark = pytest.mark.usefixtures("pauses")


def test_a_file_arrives_in_the_store_and_in_its_place(place, server):
    server.answers["/train.tsv"] = content()
    place.fetch(f"{server.url}/train.tsv?version=2")

    assert place.out.read_bytes() == place.stored.read_bytes() == DATA
    assert place.kept == [NAME]
    assert list(place.out.parent.iterdir()) == [place.out]
    assert server.asked == [("/train.tsv?version=2", ALL)]
    assert server.headers[0]["User-Agent"] == f"yiju/{__version__}"


def test_what_is_there_needs_no_network_and_nobody_to_serve_it(place, server):
    server.answers["/train.tsv"] = content()
    place.fetch(f"{server.url}/train.tsv")
    # Snakemake removes a job's outputs before it runs it again.
    place.out.unlink()
    place.fetch(f"{server.url}/train.tsv")
    place.out.unlink()
    place.fetch("https://corpus.invalid/train.tsv")

    assert place.out.read_bytes() == DATA
    assert len(server.asked) == 1


def test_a_file_put_there_by_hand_is_taken_if_it_is_the_right_one(place, server, caplog):
    message = place.fails(f"{server.url}/train.tsv", home="https://example.org", terms="research only")
    remedy = f"(publisher: https://example.org; terms: research only) and put it at {place.stored}"
    assert f"get the file by hand {remedy}" in message

    place.stored.write_bytes(b"something else")
    with pytest.raises(YijuError):
        place.fetch(f"{server.url}/train.tsv")
    assert f"{place.stored}: its SHA-256 is " in caplog.text
    assert not place.out.exists()

    place.stored.write_bytes(DATA)
    server.asked.clear()
    place.fetch(f"{server.url}/train.tsv")
    assert place.out.read_bytes() == DATA
    assert server.asked == []


def test_the_output_is_no_link_into_the_store(place, server):
    """Edited in place it must not spoil the store, nor may another run's fetching change its time of change."""
    server.answers["/train.tsv"] = content()
    place.fetch(f"{server.url}/train.tsv")
    with place.out.open("ab") as file:
        file.write(b"mine")
    place.fetch(f"{server.url}/train.tsv")

    assert place.out.read_bytes() == place.stored.read_bytes() == DATA
    assert len(server.asked) == 1


def test_a_url_may_hold_chinese_and_spaces(place, server):
    server.answers["/%E8%AF%AD%E6%96%99%201/train.tsv"] = content()
    place.fetch(f"{server.url}/语料 1/train.tsv")

    assert place.out.read_bytes() == DATA


def test_a_url_needs_a_checksum(place, server):
    assert "a URL needs its `sha256`" in place.fails(f"{server.url}/train.tsv", checksum=None)
    assert server.asked == []


def test_wrong_bytes_are_fetched_once_more_and_never_kept(place, server):
    server.answers["/train.tsv"] = content(b"wrong")
    place.out.parent.mkdir()
    place.out.write_bytes(b"old")
    with pytest.raises(YijuError, match=rf"its SHA-256 is .* expected {CHECKSUM}.*correct `sha256`"):
        place.fetch(f"{server.url}/train.tsv")

    assert place.out.read_bytes() == b"old"
    assert place.kept == []
    assert server.ranges == [ALL, ALL]


def test_two_jobs_that_want_the_same_file_fetch_it_once(tmp_path, server, caplog):
    caplog.set_level(logging.INFO, "yiju")
    first, second = Place(tmp_path), Place(tmp_path)
    second.out = tmp_path / "other" / "train.tsv"
    server.answers["/train.tsv"] = lambda handler, times: (
        server.gate.wait(patience.SECONDS),
        content()(handler, times),
    )
    jobs = [threading.Thread(target=job.fetch, args=[f"{server.url}/train.tsv"]) for job in (first, second)]
    jobs[0].start()
    patience.wait_for(lambda: server.asked)
    jobs[1].start()
    patience.wait_for(lambda: "waiting" in caplog.text)
    server.gate.set()
    for job in jobs:
        job.join(patience.SECONDS)

    assert first.out.read_bytes() == second.out.read_bytes() == DATA
    assert len(server.asked) == 1


def test_a_terminal_sees_a_bar_and_nothing_else_does(place, server, monkeypatch, capsys):
    server.answers["/train.tsv"] = in_turn(content(at_once=HALF), content())
    place.fetch(f"{server.url}/train.tsv")
    assert capsys.readouterr().err == ""

    place.stored.unlink()
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    place.fetch(f"{server.url}/train.tsv")
    shown = capsys.readouterr().err
    assert NAME in shown
    assert "100%" in shown


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_named_with_the_remedy(place, server):
    server.answers["/train.tsv"] = content()
    place.downloads.mkdir()
    place.part.symlink_to("/dev/full")

    message = place.fails(f"{server.url}/train.tsv")
    assert message == (
        f"{place.part}: No space left on device; make room there, or set corpora.downloads to another folder"
    )
    assert len(server.asked) == 1
