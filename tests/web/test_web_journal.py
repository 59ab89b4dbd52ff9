"""The journal of a server: every judgement that is served is in it, and a line that was changed is found."""

import errno
import json
import math
import os

import numpy as np
import pytest
from command_line import lines, run
from families import Row
from families.forms import SAME, rewritten
from starlette.testclient import TestClient
from toys import SENTENCES, classifier

from yiju import Explainer
from yiju.app.cli.models import load
from yiju.app.journal_lines import NONE, read_journal
from yiju.app.web import server
from yiju.app.web.app import create_app
from yiju.app.web.journal import Journal, identity_of
from yiju.app.web.limits import Limits
from yiju.app.web.worker import Worker
from yiju.base.errors import YijuError
from yiju.base.files import sha256
from yiju.models.calibration.score_fit import ScoreFit
from yiju.models.calibration.stored import stored_fit, weights_of, write_stored
from yiju.models.folder import save_folder
from yiju.models.folder_files import CALIBRATION, FOLDER_FILES

pytestmark = pytest.mark.usefixtures("yiju_log")
Q, T = SENTENCES[:2]
# Files of a model folder that hold no weights.
TEXTS = {".json", ".txt", ".model", ".md", ".jinja", ".metadata"}
MODELS = {"own": {"name": "model", "weights": {"model.safetensors": "0" * 64}}}


@pytest.fixture(scope="module")
def explainer(tmp_path_factory):
    return Explainer(*classifier(tmp_path_factory.mktemp("model")))


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "journal.jsonl", MODELS)


def asked(explainer, record, *requests):
    """The answers to requests, each a path with a body."""
    app = create_app(explainer, Limits(rate=1000.0, burst=1000), Worker(8, 8, 600.0), record=record)
    with TestClient(app, "http://127.0.0.1") as client:
        return [
            client.post(path, content=body) if isinstance(body, bytes) else client.post(path, json=body)
            for path, body in requests
        ]


@pytest.fixture
def written(explainer, journal, tmp_path):
    pair = {"q": Q, "t": T}
    table = f"q,t\n{Q},{T}\n{Q},\n".encode()
    answers = asked(
        explainer,
        journal.append,
        ("/api/predict", pair),
        ("/api/explain", pair | {"method": "occlusion"}),
        ("/api/predict", {"q": Q}),
        ("/api/counterfactual", pair),
        ("/rerank", {"query": Q, "texts": [T, Q]}),
        ("/api/file?format=csv", table),
    )
    assert [one.status_code for one in answers] == [200, 200, 422, 200, 200, 200]
    return tmp_path / "journal.jsonl"


def test_every_judgement_is_in_it_with_what_it_rests_on(explainer, written):
    found = lines(written)
    assert [one["path"] for one in found] == [
        *("/api/predict", "/api/explain", "/api/counterfactual", "/rerank", "/api/file"),
    ]
    assert [one["number"] for one in found] == [1, 2, 3, 4, 5]
    (judged,) = explainer.predict([(Q, T)])
    for one in (found[0], found[1], found[4]):
        assert (one["asked"]["q"], one["asked"]["t"]) == (Q, T)
        assert one["answered"]["label"] == judged.label
        assert one["answered"]["probability"] == pytest.approx(judged.probability)
        assert one["model"] == MODELS["own"]
    (explained,) = explainer.explain([(Q, T)], "occlusion")
    scores = [part["score"] for part in found[1]["answered"]["q_segments"]]
    assert scores == pytest.approx([part.score for part in explained.sides[0].segments])
    assert found[1]["answered"]["method"]["method"] == "occlusion"
    assert len(found[3]["answered"]) == 2
    assert found[0]["before"] == NONE and found[1]["before"] == found[0]["sha256"]


def test_verify_says_how_many_there_are(written, capsys):
    run("verify", written)
    assert capsys.readouterr().out == (
        f"{written}: a journal of 5 judgements, as it was written; SHA-256 {lines(written)[-1]['sha256']}\n"
    )


def test_another_server_goes_on_where_the_last_one_ended(explainer, written, journal):
    journal._file.close()
    later = Journal(written, MODELS)
    asked(explainer, later.append, ("/api/predict", {"q": T, "t": Q}))
    assert read_journal(written).number == 6
    with pytest.raises(YijuError, match="another server writes this journal"):
        Journal(written, MODELS)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda own: [own[0], own[1].replace(b'"label": ', b'"label":  ', 1), *own[2:]], "line 2: it was changed"),
        (lambda own: [own[0].replace(Q.encode(), T.encode(), 1), *own[1:]], "line 1: it was changed"),
        (lambda own: [own[0], *own[2:]], "line 2: the line before it was taken out, put in or moved"),
        (lambda own: [own[1], own[0], *own[2:]], "line 1: the line before it was taken out, put in or moved"),
        (lambda own: [*own[:4], own[4][:-20]], "line 5: it was cut off"),
        (lambda own: [*own, b"{}\n"], "line 6: no line of a journal"),
        (lambda own: [*own, b"\xff\n"], "line 6: no line of a journal"),
    ],
    ids=["a space", "a sentence", "taken out", "moved", "cut off", "put in", "no text"],
)
def test_a_line_that_was_changed_is_found(written, change, said):
    written.write_bytes(b"".join(change(written.read_bytes().splitlines(keepends=True))))
    with pytest.raises(YijuError, match=said):
        read_journal(written)


def test_what_cannot_be_written_is_not_served(explainer, journal, tmp_path, monkeypatch):
    first = asked(explainer, journal.append, ("/api/predict", {"q": Q, "t": T}))
    before = (tmp_path / "journal.jsonl").read_bytes()

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        (answer,) = asked(explainer, journal.append, ("/api/predict", {"q": Q, "t": T}))
    assert first[0].status_code == 200 and answer.status_code == 503
    assert answer.json()["error"]["code"] == "journal" and "No space left" in answer.json()["error"]["message"]
    assert (tmp_path / "journal.jsonl").read_bytes() == before
    asked(explainer, journal.append, ("/api/predict", {"q": Q, "t": T}))
    assert read_journal(tmp_path / "journal.jsonl").number == 2


def test_a_model_is_named_by_its_weights(tmp_path):
    classifier(tmp_path)
    told = identity_of("own", tmp_path)
    assert told["name"] == "own" and len(json.dumps(told["weights"])) > 64
    assert told["calibration"] is None
    for nowhere in (None, tmp_path / "nothing"):
        with pytest.raises(YijuError, match="own: no file of weights"):
            identity_of("own", nowhere)


@pytest.mark.parametrize(
    ("row", "form"),
    [
        *((Row("two labels", "bert"), form) for form in ("pickle alone", "shards", "pickled shards")),
        (Row("cross-encoder", "bert", "modules"), None),
        (Row("bi-encoder", "bert", "dense"), None),
        (Row("bi-encoder", "xlm-roberta", "older, all"), None),
        (Row("late interaction", "bert", "pylate"), None),
    ],
    ids=str,
)
def test_weights_are_known_in_every_form_of_a_folder(family_folder, tmp_path, row, form):
    folder = tmp_path / "model"
    rewritten(family_folder(row), folder, SAME[form][0] if form else lambda _: None)
    before = identity_of("own", Explainer.from_pretrained(folder, device="cpu").folder)
    weights = [file for file in folder.rglob("*") if file.is_file() and file.suffix not in TEXTS]
    assert sorted(before["weights"]) == sorted(str(file.relative_to(folder)) for file in weights) != []
    for file in weights:
        with file.open("ab") as opened:
            opened.write(b"\0")
        assert identity_of("own", folder)["weights"] != before["weights"]
        os.truncate(file, file.stat().st_size - 1)
    assert identity_of("own", folder) == before


def test_of_a_run_the_model_that_judges_is_known(tmp_path):
    member = tmp_path / "run/folds/0/model"
    member.mkdir(parents=True)
    save_folder(*classifier(member), [member / name for name in FOLDER_FILES])
    told = identity_of("run", load(str(tmp_path / "run"), None, None, "cpu").folder)
    weights = {"model.safetensors": sha256(member / "model.safetensors")}
    assert told == {"name": "run", "weights": weights, "calibration": None}


def test_the_calibration_that_decides_is_named_by_its_checksum(tmp_path, monkeypatch):
    folder, given, written = tmp_path / "model", tmp_path / "given.json", tmp_path / "journal.jsonl"
    folder.mkdir()
    save_folder(*classifier(folder), [folder / name for name in FOLDER_FILES])
    known = {"scaling": "temperature", "risk": 0.05, "pairs": 40, "similar": 20, "figures": {}}
    for threshold, file in ((0.6, folder / CALIBRATION), (0.75, given)):
        fit = ScoreFit(2.0, 0.0, threshold, math.inf, -math.inf)
        write_stored(file, stored_fit(fit, "accuracy", weights=weights_of(folder), **known))
    monkeypatch.setattr(server, "serve", lambda *arguments: arguments[-1]("/api/predict", "own", {}, {}))
    for options in ((), ("--calibration", given)):
        run("serve", "--model", folder, "--port", 0, "--journal", written, *options)
    assert [one["model"]["calibration"] for one in lines(written)] == [sha256(folder / CALIBRATION), sha256(given)]


def test_weights_outside_of_a_graph_are_known(tmp_path):
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    weights = onnx.numpy_helper.from_array(np.ones((64, 64), np.float32), "w")
    # The second name takes two bytes to say how long it is.
    for name in ("model.onnx_data", "权重" * 30):
        graph = onnx.helper.make_model(onnx.helper.make_graph([], "g", [], [], [weights]))
        folder = tmp_path / name
        folder.mkdir()
        onnx.save(graph, folder / "model.onnx", save_as_external_data=True, location=name, size_threshold=0)
        assert set(identity_of("own", folder)["weights"]) == {"model.onnx", name}


def test_a_file_that_is_no_journal_is_left_alone(tmp_path):
    other = tmp_path / "notes.txt"
    other.write_text("mine\n", encoding="utf-8")
    with pytest.raises(YijuError, match="line 1: no line of a journal"):
        Journal(other, MODELS)
    assert other.read_text(encoding="utf-8") == "mine\n"
    with pytest.raises(YijuError, match="name another file with --journal"):
        Journal(tmp_path, MODELS)
