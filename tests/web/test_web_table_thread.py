"""Tables are read beside the model: a table that takes long keeps nobody from a judgement, and is read once."""

from __future__ import annotations

import asyncio
import json
import threading

import pytest
from starlette.testclient import TestClient
from toys import SENTENCES, classifier

from yiju import Explainer
from yiju.app.web import uploads
from yiju.app.web.app import create_app
from yiju.app.web.limits import Limits
from yiju.app.web.refusal import Refusal
from yiju.app.web.uploads import Chosen, beginning
from yiju.app.web.worker import Worker

Q, T = SENTENCES[:2]
TABLE = f"q,t\n{Q},{T}\n".encode()


@pytest.fixture(scope="module")
def explainer(tmp_path_factory):
    return Explainer(*classifier(tmp_path_factory.mktemp("model")))


@pytest.mark.parametrize(
    ("step", "path"),
    [
        ("uploads.beginning", "/api/columns?format=csv"),
        ("uploads.read_table", "/api/file?format=csv"),
        ("file_routes.written", "/api/file?format=csv"),
    ],
)
def test_a_judgement_does_not_wait_for_a_table(explainer, monkeypatch, step, path):
    begun, free = threading.Event(), threading.Event()
    module, name = step.split(".")
    known = getattr(__import__(f"yiju.app.web.{module}", fromlist=[name]), name)

    def slow(*given):
        begun.set()
        assert free.wait(600)
        return known(*given)

    monkeypatch.setattr(f"yiju.app.web.{step}", slow)
    # Whoever has to wait for the table is refused after these seconds.
    app = create_app(explainer, Limits(rate=1000.0, burst=1000), Worker(8, 8, 20.0))
    with TestClient(app, "http://127.0.0.1") as client:
        answers = []
        reader = threading.Thread(target=lambda: answers.append(client.post(path, content=TABLE)))
        reader.start()
        assert begun.wait(600)
        judged = client.post("/api/predict", json={"q": Q, "t": T})
        free.set()
        reader.join()
    assert judged.status_code == 200, judged.text
    assert len(answers) == 1


def test_a_companion_ends_with_its_worker():
    async def main():
        worker, free = Worker(queue=2, share=2, patience=1000), threading.Event()
        companion = worker.companion()
        asked = asyncio.create_task(companion.run(free.wait))
        await asyncio.sleep(0)
        assert await worker.run(lambda: "beside it") == "beside it"
        worker.refuse()
        with pytest.raises(Refusal, match="ending"):
            await asked
        free.set()
        worker.close()
        with pytest.raises(Refusal, match="ending"):
            await companion.run(lambda: None)

    asyncio.run(main())


@pytest.mark.parametrize("kind", ["parquet", "xlsx", "csv", "jsonl"])
def test_what_cannot_be_read_is_not_read_again(monkeypatch, kind):
    """Only where it is not clear which columns hold the sentences does a second look say more."""
    body = {"xlsx": b"PK\x03\x04 of nothing", "csv": b"q,t\n\xff\xfea,\xff\n"}.get(kind, b'[{"q": 1')
    tried = []
    for name in ("look", "write_lines"):
        known = getattr(uploads, name)
        monkeypatch.setattr(uploads, name, lambda *given, known=known: (tried.append(given), known(*given))[1])
    with pytest.raises(Refusal) as refused:
        beginning(body, Chosen(kind), Limits())
    assert refused.value.code == "unreadable"
    assert len(tried) == 1


def test_a_table_of_too_many_columns_is_refused(server):
    for kind, sign in (("csv", ","), ("tsv", "\t")):
        told = server.post(f"/api/columns?format={kind}&lang=zh", f"q{sign}t{sign * 999}\n".encode())
        assert (told.status, told.code) == (422, "unreadable")
        assert told.json["error"]["message"] == "表格的列超过 1,000 个；请只保留需要的列"
        assert server.post(f"/api/columns?format={kind}", f"q{sign}t{sign * 998}\n".encode()).status == 200


@pytest.mark.parametrize(
    ("kind", "first", "filler", "code"),
    [
        ("csv", "q,t" + "," * 997, "\n", "no_rows"),
        ("csv", "q,t" + "," * 997, "a\n", "too_many_rows"),
        ("jsonl", json.dumps(dict.fromkeys(["q", "t", *map(str, range(990))], "a")), "\n", None),
        ("jsonl", json.dumps(dict.fromkeys(["q", "t", *map(str, range(990))], "a")), "{}", "too_many_rows"),
    ],
    ids=["blank lines", "short lines", "blank lines of JSON", "empty objects"],
)
def test_short_rows_of_a_wide_table_take_little_memory(server, kind, first, filler, code):
    """Each row has a cell for every column: a hundred thousand short ones would take gigabytes."""
    body, before = f"{first}\n{filler * 100_000}\n".encode(), server.memory()
    shown = server.post(f"/api/columns?format={kind}", body)
    assert (shown.status, len(shown.json["columns"])) == (200, first.count(",") + 1)
    told = server.post(f"/api/file?format={kind}", body)
    assert (told.status == 200) if code is None else (told.code == code)
    assert server.memory() < before + (400 << 20)
