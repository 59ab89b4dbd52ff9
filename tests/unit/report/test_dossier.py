"""The dossier of a run: what it holds beside the report, what changed since the last one, and that a changed byte is
found."""

import hashlib
import json
import re
import shutil

import pytest
import yaml
from command_line import run
from unit.report.rendered import words
from unit.report.small_run import REAL, small_run

from yiju.base.errors import YijuError
from yiju.report.dossier import write_dossier
from yiju.report.dossier.seal import read_sealed
from yiju.report.page import render_report

pytestmark = pytest.mark.usefixtures("yiju_log")
FIGURES = {"accuracy.model": 0.9, "accuracy.model.low": 0.85, "accuracy.model.high": 0.93}


def finished(folder, language="en", figures=FIGURES, **settings):
    """A run's folder with its report, as the workflow leaves it."""
    (folder / "sets/told").mkdir(parents=True)
    (folder / "sets/told/metrics.json").write_text(json.dumps(figures), encoding="utf-8")
    inputs = small_run(folder)
    config = folder / "config.resolved.yaml"
    known = yaml.safe_load(config.read_text(encoding="utf-8")) | {"language": language} | settings
    known["corpora"]["catalogue"] = {"A": {"home": "https://corpora.example/a?b<c", "terms": "academic use"}}
    config.write_text(yaml.safe_dump(known, allow_unicode=True), encoding="utf-8")
    (folder / "folds/0/model").mkdir(parents=True)
    (folder / "folds/0/model/model.safetensors").write_bytes(b"weights")
    (folder / "logs").mkdir()
    (folder / "logs/render_report.log").write_text("", encoding="utf-8")
    render_report(inputs, folder, REAL, folder / "report/index.html", language)
    return folder


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return finished(tmp_path_factory.mktemp("small") / "run")


@pytest.fixture
def dossier(small, tmp_path):
    out = tmp_path / "dossier.html"
    write_dossier(small, out)
    return out


def test_it_is_the_report_with_terms_and_checksums(small, dossier):
    html = dossier.read_text(encoding="utf-8")
    text = words(html)
    assert words((small / "report/index.html").read_text(encoding="utf-8"))[-200:].strip() in text
    assert "academic use" in text and "https://corpora.example/a?b&lt;c" in html and "a?b<c" not in html
    assert 'href="#dossier"' in html and html.count('id="dossier"') == 1
    record = read_sealed(dossier)
    assert record["data"]["A"] == {"home": "https://corpora.example/a?b<c", "terms": "academic use"}
    assert record["figures"]["told accuracy.model"] == [0.9, 0.85, 0.93]
    assert record["files"]["folds/0/model/model.safetensors"]["bytes"] == 7
    # Logs differ from one run of the same to the next.
    assert not [name for name in record["files"] if name.startswith(("logs/", "report/"))]


def test_the_checksum_that_is_printed_is_that_of_the_file(small, tmp_path, capsys):
    out = tmp_path / "dossier.html"
    run("dossier", small, "-o", out)
    total = re.fullmatch(rf"{re.escape(str(out))}: SHA-256 ([0-9a-f]{{64}})\n", capsys.readouterr().out)[1]
    run("verify", out, "--run", small)
    assert re.search(
        rf"as it was written; SHA-256 {total}\n.*: (\d+) files of \1 files as recorded\n$", capsys.readouterr().out
    )


def test_every_changed_byte_is_found(dossier, tmp_path):
    content = dossier.read_bytes()
    changed = tmp_path / "changed.html"
    step = len(content) // 40
    places = [*range(0, len(content), step), *range(len(content) - 130, len(content))]
    for place in places:
        changed.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with pytest.raises(YijuError, match="changed"):
            read_sealed(changed)
    for cut in (content[:-1], content[1:], content + b"\n", content[: len(content) // 2]):
        changed.write_bytes(cut)
        with pytest.raises(YijuError, match="changed"):
            read_sealed(changed)


def last_line(content: bytes) -> bytes:
    return (
        b"<!-- yiju dossier, SHA-256 of all bytes before this line: %s -->\n"
        % hashlib.sha256(content).hexdigest().encode()
    )


@pytest.mark.parametrize(
    "content", [b"", b"notes\n", b'{"q": "\xe7\x94\xb2"}\n', b"\xff\xfe\x00", b"x\n" + last_line(b"x\n")]
)
def test_a_file_that_is_no_dossier_is_told_in_one_sentence_what_makes_one(dossier, tmp_path, content, capsys, caplog):
    other = tmp_path / "notes.txt"
    other.write_bytes(content)
    with pytest.raises(YijuError, match=r"this is no dossier; `yiju dossier RUN -o FILE.html` makes one"):
        read_sealed(other)
    run("verify", other, dossier, status=1)
    assert caplog.messages == [
        f"error: {other}: this is neither a dossier, which `yiju dossier RUN` makes of a finished run, nor a journal, "
        "which `yiju serve --journal FILE` writes"
    ]
    said = capsys.readouterr()
    assert f"{dossier}: the dossier of the run" in said.out and "not as recorded" not in said.err


def test_beside_a_changed_dossier_a_file_that_is_none_is_named_too(dossier, tmp_path, capsys, caplog):
    changed, notes = tmp_path / "changed.html", tmp_path / "notes.txt"
    changed.write_bytes(dossier.read_bytes() + b" ")
    notes.write_text("notes", encoding="utf-8")
    run("verify", notes, changed, status=1)
    assert f"{notes}: this is neither a dossier" in capsys.readouterr().err
    assert caplog.messages == ["error: 1 file not as recorded"]


def test_every_file_is_looked_at_though_one_was_changed(dossier, tmp_path, capsys):
    first, last = tmp_path / "first.html", tmp_path / "last.html"
    for changed in (first, last):
        changed.write_bytes(dossier.read_bytes() + b" ")
    run("verify", first, dossier, last, status=1)
    said = capsys.readouterr()
    assert f"{dossier}: the dossier of the run" in said.out
    assert f"{first}: " in said.err and f"{last}: " in said.err


def test_files_of_the_run_that_changed_since_are_named(small, dossier, tmp_path, caplog, capsys):
    copy = tmp_path / "copy"
    shutil.copytree(small, copy)
    (copy / "folds/0/model/model.safetensors").write_bytes(b"weightS")
    (copy / "calibration.json").unlink()
    (copy / "added.json").write_text("{}", encoding="utf-8")
    run("verify", dossier, "--run", copy, status=1)
    said = capsys.readouterr().err + caplog.text
    for name, state in (
        ("folds/0/model/model.safetensors", "was changed"),
        ("calibration.json", "is missing"),
        ("added.json", "is new"),
    ):
        assert f"{copy / name}: {state}" in said
    assert "3 files not as recorded" in said


def test_a_file_that_is_gone_since_the_last_dossier_is_told(small, dossier, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(small, copy)
    (copy / "calibration.json").unlink()
    write_dossier(copy, tmp_path / "next.html", dossier)
    text = words((tmp_path / "next.html").read_text(encoding="utf-8"))
    assert "Files of the run, there or not what changed before after calibration.json there –" in text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            ["Settings", "seed 1 2", "0.9000 [0.8500, 0.9300] 0.7000 [0.6500, 0.7500] (the intervals do not overlap)"],
        ),
        ("zh", ["与上一份档案相比的变化", "（区间不重叠）", "版本：没有变化。"]),
    ],
)
def test_what_changed_since_the_last_one_is_told(dossier, tmp_path, language, said):
    lower = {"accuracy.model": 0.7, "accuracy.model.low": 0.65, "accuracy.model.high": 0.75}
    other = finished(tmp_path / "other", language, lower, seed=2)
    out = tmp_path / "next.html"
    write_dossier(other, out, dossier)
    text = words(out.read_text(encoding="utf-8"))
    for one in said:
        assert one in text
    assert read_sealed(dossier)["sha256"] in text
    assert read_sealed(out)["before"]["sha256"] == read_sealed(dossier)["sha256"]


def test_it_is_refused_where_the_last_one_was_changed_or_the_run_is_not_finished(small, dossier, tmp_path):
    out = tmp_path / "out.html"
    dossier.write_bytes(dossier.read_bytes().replace(b"academic", b"Academic", 1))
    with pytest.raises(YijuError, match="it was changed after it was written"):
        write_dossier(small, out, dossier)
    copy = tmp_path / "copy"
    shutil.copytree(small, copy)
    (copy / "sets/told/metrics.json").touch()
    with pytest.raises(YijuError, match=r"it is older than .*metrics.json; run the workflow again"):
        write_dossier(copy, out)
    (copy / "report/index.html").unlink()
    with pytest.raises(YijuError, match="the run has no report yet"):
        write_dossier(copy, out)
    with pytest.raises(YijuError, match="no folder of a run"):
        write_dossier(tmp_path, out)
    assert not out.exists()


def test_a_text_cannot_end_the_record(tmp_path):
    folder = finished(tmp_path / "run", note="</script><script>alert(1)</script>")
    write_dossier(folder, tmp_path / "out.html")
    html = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert "<script>alert" not in html
    assert read_sealed(tmp_path / "out.html")["settings"]["note"].startswith("</script>")
