"""The page and its API through a real server: time of a request, and a crowd of 1,000 at once.

    .venv/bin/python benchmarks/page.py

A stock model of 4 layers of 256 with random weights, float32; pairs of the sample's LCQMC dev, one request after
another on one connection, the first ten of each kind not counted: what the page asks for one after another, its own
method being leaving one out. The crowd: every request on a connection of its own, pages and judgements in
turn; once at the default rate, once at one that leaves the queue as the only bound. Memory: resident, of the whole
server process.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import lcqmc
import numpy as np

from yiju.models.build import build_tokenizer
from yiju.models.folder import save_folder
from yiju.models.folder_files import FOLDER_FILES
from yiju.models.vocabulary import learn_vocabulary

ROOT = Path(__file__).resolve().parent.parent
CROWD, WARM = 1000, 10
# By name: path, and what is asked for beside the pair.
ASKED: dict[str, tuple[str, dict]] = {
    "predict": ("/api/predict", {}),
    "explain": ("/api/explain", {"method": "occlusion"}),
    "explain, matrix": ("/api/explain", {"matrix": True}),
    "explain, curve": ("/api/explain", {"method": "occlusion", "curve": True}),
    "counterfactual": ("/api/counterfactual", {}),
}


@contextmanager
def served(model: Path, *options: str) -> Iterator[int]:
    """Port of a server of the model."""
    command = [sys.executable, "-m", "yiju", "serve", "--model", str(model), "--port", "0", *options]
    env = os.environ | {"PYTHONPATH": str(ROOT / "workflow_scripts")}
    process = subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True)
    try:
        yield int(re.search(r":(\d+) is open", process.stderr.readline())[1])
    finally:
        process.terminate()
        process.wait()


def build(folder: Path, q: Sequence[str], t: Sequence[str]) -> None:
    """A model folder whose vocabulary is that of the pairs."""
    vocabulary = learn_vocabulary(sorted({*q, *t}), 8000)
    model = lcqmc.build("finetune", "tiny")
    save_folder(model, build_tokenizer(vocabulary, lcqmc.MAX_LENGTH), [folder / name for name in FOLDER_FILES])


def timed(port: int, bodies: Sequence[bytes | None], path: str) -> np.ndarray:
    """Milliseconds of each request; None asks for the page."""
    connection, found = HTTPConnection("127.0.0.1", port), []
    for body in bodies:
        start = time.perf_counter()
        connection.request("POST" if body else "GET", path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        found.append(1000 * (time.perf_counter() - start))
        assert answer.status == 200, answer.status
    return np.array(found[WARM:])


def one_by_one(port: int, pairs: Sequence[dict]) -> list[list[str]]:
    found = {"page": timed(port, [None] * len(pairs), "/")}
    for name, (path, more) in ASKED.items():
        found[name] = timed(port, [json.dumps(pair | more).encode() for pair in pairs], path)
    return [[name, *(f"{np.quantile(ms, share):.1f}" for share in (0.5, 0.95, 1))] for name, ms in found.items()]


async def _exchange(port: int, sent: bytes) -> tuple[int, bool]:
    """Status, and whether the answer says when to come back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    answer = await reader.read()
    writer.close()
    return int(answer.split(maxsplit=2)[1]), b"\nretry-after: " in answer.lower()


def crowd(port: int, pairs: Sequence[dict]) -> tuple[Counter, float]:
    """How often each answer was given to CROWD requests at once, and seconds until the last one."""
    head = "Host: localhost\r\nConnection: close\r\n"

    def request(number: int) -> bytes:
        if number % 2:
            return f"GET / HTTP/1.1\r\n{head}\r\n".encode()
        body = json.dumps(pairs[number % len(pairs)]).encode()
        told = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        return f"POST /api/predict HTTP/1.1\r\n{head}{told}".encode() + body

    async def main() -> list[tuple[int, bool]]:
        return await asyncio.gather(*(_exchange(port, request(number)) for number in range(CROWD)))

    start = time.perf_counter()
    answers = asyncio.run(main())
    named = Counter()
    for number, (status, comes_back) in enumerate(answers):
        assert status == 200 or (status == 429 and comes_back), status
        named["page" if number % 2 else "predict", status] += 1
    return named, time.perf_counter() - start


def peak() -> float:
    """Largest resident memory of any server so far, in MB."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (1 << 10)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=60)
    given = parser.parse_args()
    q, t, _ = lcqmc.read_pairs(ROOT / "data" / "sample" / "LCQMC" / "dev.tsv")
    pairs = [dict(zip("qt", pair, strict=True)) for pair in zip(q, t, strict=True)][: given.pairs]
    with tempfile.TemporaryDirectory() as name:
        build(Path(name), q, t)
        with served(Path(name), "--rate", "100000") as port:
            rows = one_by_one(port, pairs)
        print(lcqmc.table(["request", "median ms", "95 % ms", "slowest ms"], rows))
        print(f"peak {peak():.0f} MB\n")
        for rate in ("20", "100000"):
            with served(Path(name), "--rate", rate) as port:
                counts, seconds = crowd(port, pairs)
            told = ", ".join(f"{kind} {status}: {count}" for (kind, status), count in sorted(counts.items()))
            print(f"{CROWD} at once, --rate {rate}: {told}; {seconds:.1f} s; peak {peak():.0f} MB")


if __name__ == "__main__":
    main()
