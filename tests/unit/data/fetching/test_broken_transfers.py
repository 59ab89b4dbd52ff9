"""Broken transfers are continued, by the same process or a later one, and pieces of two files never joined."""

import signal
import subprocess
import sys

import patience
import pytest
from loopback import (
    ALL,
    CHECKSUM,
    DATA,
    HALF,
    NAME,
    REST,
    content,
    in_turn,
    status,
)

from yiju.data.fetching import download, http_transfer
from yiju.job.code_version import SCRIPTS

pytestmark = pytest.mark.usefixtures("pauses")


def test_a_broken_transfer_is_continued(place, server):
    server.answers["/train.tsv"] = in_turn(content(at_once=HALF), content())
    place.fetch(f"{server.url}/train.tsv")

    assert place.out.read_bytes() == DATA
    assert server.ranges == [ALL, REST]
    assert server.sent == len(DATA)


def test_tries_that_bring_something_are_not_counted(place, server):
    pieces = 4 * download.TRIES
    server.answers["/train.tsv"] = content(at_once=-(-len(DATA) // pieces))
    place.fetch(f"{server.url}/train.tsv")

    assert place.out.read_bytes() == DATA
    assert len(server.asked) == pieces
    assert server.sent == len(DATA)


def test_what_a_failed_fetch_left_is_continued_by_the_next_one(place, server):
    server.answers["/train.tsv"] = in_turn(content(at_once=HALF), status(404))
    assert "HTTP 404" in place.fails(f"{server.url}/train.tsv")
    assert place.kept == [place.part.name]
    server.answers["/train.tsv"] = content()
    place.fetch(f"{server.url}/train.tsv")

    assert place.out.read_bytes() == DATA
    assert server.ranges == [ALL, REST, REST]
    assert server.sent == len(DATA)
    assert place.kept == [NAME]


def test_what_a_killed_process_left_is_continued_by_the_next_one(place, server):
    server.answers["/train.tsv"] = content(at_once=HALF, hold=True)
    wanted = {"source": f"{server.url}/train.tsv", "sha256": CHECKSUM, "hub": None, "revision": None}
    code = (
        f"from yiju.data.fetching.fetch import fetch; fetch({wanted!r}, {str(place.out)!r}, {str(place.downloads)!r})"
    )
    with subprocess.Popen([sys.executable, "-c", code], env={"PYTHONPATH": str(SCRIPTS)}) as process:
        # All but what its file object may still hold back.
        patience.wait_for(lambda: place.part.exists() and place.part.stat().st_size > HALF - 2**16)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    left = place.part.stat().st_size
    assert 0 < left <= HALF
    server.answers["/train.tsv"] = content()
    place.fetch(f"{server.url}/train.tsv")

    assert place.out.read_bytes() == DATA
    assert server.ranges == [ALL, f"bytes={left}-"]
    assert server.sent == HALF + len(DATA) - left


def test_a_whole_part_is_not_asked_for_again(place, server):
    place.began(DATA)
    place.fetch(f"{server.url}/train.tsv")

    assert place.out.read_bytes() == DATA
    assert server.asked == []


def test_a_server_that_cannot_continue_starts_anew(place, server):
    server.answers["/train.tsv"] = in_turn(content(at_once=HALF), content(ranges=False))
    place.fetch(f"{server.url}/train.tsv")

    assert place.out.read_bytes() == DATA
    assert server.ranges == [ALL, REST, ALL]


def test_a_server_that_never_gets_far_and_cannot_continue_is_given_up(place, server):
    half, fault = content(ranges=False, at_once=HALF), status(503)
    server.answers["/train.tsv"] = lambda handler, times: (half if times % 6 else fault)(handler, times)

    assert "Try again" in place.fails(f"{server.url}/train.tsv")
    # The second round of tries ends where the first one ended.
    assert len(server.asked) == 2 * download.TRIES


@pytest.mark.parametrize("left", [b"x" * HALF, DATA + b"x"], ids=["of another version", "too long"])
def test_pieces_of_two_versions_are_never_joined(place, server, left):
    place.began(left)
    server.answers["/train.tsv"] = content()
    place.fetch(f"{server.url}/train.tsv")

    assert place.out.read_bytes() == DATA
    assert server.ranges == [f"bytes={len(left)}-", ALL]


def test_a_file_cut_where_no_length_is_told_is_fetched_anew(place, server):
    server.answers["/train.tsv"] = in_turn(content(at_once=HALF, announced=False), content(announced=False))
    place.fetch(f"{server.url}/train.tsv")

    assert place.out.read_bytes() == DATA
    assert server.ranges == [ALL, ALL]


def test_a_stalled_transfer_is_broken_off_and_continued(place, server, monkeypatch):
    monkeypatch.setattr(http_transfer, "STALL_SECONDS", 1)
    # libcurl takes the mean of the last seconds, in which half of the file came.
    monkeypatch.setattr(http_transfer, "STALL_SPEED", 10**9)
    server.answers["/train.tsv"] = in_turn(content(at_once=HALF, hold=True), content())
    place.fetch(f"{server.url}/train.tsv")

    assert place.out.read_bytes() == DATA
    assert server.ranges == [ALL, REST]


def test_a_server_that_takes_the_question_and_says_nothing_is_given_up(place, server, monkeypatch):
    monkeypatch.setattr(http_transfer, "STALL_SECONDS", 1)
    monkeypatch.setattr(download, "TRIES", 1)
    server.answers["/train.tsv"] = lambda handler, _: handler.server.gate.wait(patience.SECONDS)

    assert "too slow" in place.fails(f"{server.url}/train.tsv")


def test_what_came_earlier_earns_no_further_tries(place, server):
    place.began(DATA[:HALF])
    server.answers["/train.tsv"] = status(503)

    assert "HTTP 503" in place.fails(f"{server.url}/train.tsv")
    assert server.ranges == [REST] * download.TRIES
