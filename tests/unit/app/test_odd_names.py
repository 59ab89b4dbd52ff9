"""Names that no file or machine can have end a command in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from yiju.app.cli import main as yiju
from yiju.app.onnx_export import export_onnx
from yiju.app.web.listening import bind
from yiju.base.errors import YijuError


@pytest.mark.parametrize("host", ["a" * 64, "a..b", "/a/" + "b" * 70])
def test_a_host_that_is_no_name_of_a_machine_is_refused(host: str):
    with pytest.raises(YijuError, match="no name of a machine can look like this; give another one with --host"):
        bind(host, 0)


@pytest.mark.usefixtures("yiju_log")
def test_highlights_are_written_to_no_empty_name(tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as end:
        yiju(["convert-highlights", "items.jsonl", "highlights.json", "--out", ""])
    assert end.value.code == 1
    assert "this is a folder; name a file" in caplog.text
    assert list(tmp_path.iterdir()) == []


def test_a_graph_is_written_to_no_name_that_is_not_utf_8(tmp_path: Path):
    with pytest.raises(YijuError, match="opens no file whose name is not UTF-8; name another one"):
        export_onnx(None, tmp_path / "\udcff.onnx")  # type: ignore[arg-type]
