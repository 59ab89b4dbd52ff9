"""Hub datasets at a pinned commit, from a server that speaks just enough of the hub's protocol."""

import json
import os
import subprocess
import sys

import patience
import pytest
from loopback import CHECKSUM, DATA, HALF, NAME, Loopback, held, status

from yiju.base.files import fingerprint
from yiju.job.code_version import SCRIPTS

HUB, REVISION, FILE = "owner/pairs", "0123456789abcdef0123456789abcdef01234567", "data/train.tsv"
PATH = f"/datasets/{HUB}/resolve/{REVISION}/{FILE}"
TOKEN = "hf_ThisMustNeverBeShown"


class Job:
    """Fetches in a process of its own, because the library reads its environment when it is loaded."""

    def __init__(self, folder, server) -> None:
        self.folder, self.out, self.downloads = folder, folder / "raw" / "train.tsv", folder / "downloads"
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(SCRIPTS),
            "HF_HOME": str(folder / "home"),
            "HF_ENDPOINT": server.url,
            "HF_TOKEN": TOKEN,
        }

    def run(self, checksum: str | None = CHECKSUM, **environment: str) -> subprocess.CompletedProcess:
        wanted = {"source": FILE, "sha256": checksum, "hub": HUB, "revision": REVISION}
        code = (
            "import json, sys, time\n"
            "from yiju.base.console import log_to_stderr, readable_errors\n"
            "from yiju.data.fetching.fetch import fetch\n"
            "time.sleep = lambda _: None\n"
            "log_to_stderr()\n"
            "with readable_errors():\n"
            "    fetch(json.loads(sys.argv[1]), sys.argv[2], sys.argv[3], home='https://example.org', terms='theirs')\n"
        )
        arguments = [json.dumps(wanted), str(self.out), str(self.downloads)]
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=patience.SECONDS,
            check=False,
        )
        assert TOKEN not in done.stdout + done.stderr
        return done

    def fails(self, **keywords) -> str:
        """What it says when it leaves nothing."""
        done = self.run(**keywords)
        assert done.returncode == 1
        assert not self.out.exists()
        assert [file for file in self.downloads.iterdir() if not file.name.startswith(".")] == []
        assert "Traceback" not in done.stderr
        return done.stderr


@pytest.fixture
def server():
    with Loopback() as server:
        yield server


@pytest.fixture
def job(tmp_path, server):
    return Job(tmp_path, server)


@pytest.mark.parametrize(
    ("checksum", "name"),
    [(CHECKSUM, NAME), (None, f"{fingerprint(HUB, REVISION, FILE)}-train.tsv")],
    ids=["with checksum", "without"],
)
def test_a_file_arrives_and_is_then_there_without_a_network(job, server, checksum, name):
    server.answers[PATH] = held(REVISION)
    job.run(checksum).check_returncode()

    assert job.out.read_bytes() == (job.downloads / name).read_bytes() == DATA
    assert sorted(file.name for file in job.downloads.iterdir()) == [f".{name}.lock", name]
    asked = zip(server.asked, server.headers, strict=True)
    assert {headers["Authorization"] for (path, _), headers in asked if path == PATH} == {f"Bearer {TOKEN}"}

    server.asked.clear()
    job.out.unlink()
    job.run(checksum).check_returncode()
    assert job.out.read_bytes() == DATA
    assert server.asked == []


def test_a_broken_transfer_is_tried_again(job, server):
    server.answers[PATH] = held(REVISION, cut=HALF)
    job.run().check_returncode()

    assert job.out.read_bytes() == DATA
    assert server.sent == HALF + len(DATA)


def test_wrong_bytes_are_not_kept(job, server):
    server.answers[PATH] = held(REVISION, b"wrong")

    assert f"expected {CHECKSUM}, and it was not kept. Correct `sha256`" in job.fails()


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (401, "HTTP 401: the dataset may ask you to accept its terms on its page, and for your token in HF_TOKEN. Try"),
        (404, "HTTP 404. Try again, or get the file by hand (publisher: https://example.org; terms: theirs) and put"),
        (500, "HTTP 500. Try again"),
    ],
)
def test_a_refusal_is_named_with_the_remedy(job, server, code, says):
    server.answers[PATH] = status(code)
    said = job.fails()

    assert f"hub dataset {HUB} at {REVISION[:8]}, {FILE}: {says}" in said
    assert f"put it at {job.downloads / NAME}" in said


def test_nobody_there(job, server):
    server.shutdown()
    server.server_close()

    assert "Connection refused. Try again, or get the file by hand" in job.fails()


def test_offline_mode_is_respected_and_a_file_put_there_by_hand_is_taken(job, server):
    assert "HF_HUB_OFFLINE" in job.fails(HF_HUB_OFFLINE="1")
    (job.downloads / NAME).write_bytes(DATA)
    job.run(HF_HUB_OFFLINE="1").check_returncode()

    assert job.out.read_bytes() == DATA
    assert server.asked == []
