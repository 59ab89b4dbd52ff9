"""The program that reads a stranger's Parquet table, whatever the locale and the system are."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import polars as pl
import pytest

from yiju.data.corpora import parquet_lines, workbook_cells

# A system that knows no limit of a process's memory.
MAC = """
import resource, runpy, sys
sys.platform = "darwin"
set_limit = resource.setrlimit
def setrlimit(kind, limits):
    if kind == resource.RLIMIT_AS:
        raise ValueError("current limit exceeds maximum limit")
    set_limit(kind, limits)
resource.setrlimit = setrlimit
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
PAIR = {"q": "今天天气怎么样", "t": "龘的読み方😀"}


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "pairs.parquet"
    pl.DataFrame([PAIR]).write_parquet(path)
    return path


def printed(*command, **environment):
    done = subprocess.run([sys.executable, *map(str, command)], env=os.environ | environment, capture_output=True)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


@pytest.mark.parametrize("encoding", ["ascii", "gb18030", "latin-1"])
def test_rows_are_utf_8_whatever_the_locale_is(table, encoding):
    assert printed(parquet_lines.__file__, table, 10, PYTHONIOENCODING=encoding) == [PAIR]


def test_rows_are_read_where_a_system_limits_no_memory(table):
    assert printed("-c", MAC, parquet_lines.__file__, table, 10) == [PAIR]


def test_a_workbook_is_read_where_a_system_limits_no_memory(tmp_path):
    path = tmp_path / "pairs.xlsx"
    pl.DataFrame([PAIR]).write_excel(path)
    _, *rows = printed("-c", MAC, workbook_cells.__file__, path, "")
    assert rows == [[1, ["q", "t"]], [2, list(PAIR.values())]]


def test_a_limit_that_cannot_be_set_is_told(table, monkeypatch, capsys):
    def refused(*_):
        raise ValueError("not allowed to raise maximum limit")

    monkeypatch.setattr(parquet_lines, "_limit", refused)
    parquet_lines.main(str(table), "10")
    assert json.loads(capsys.readouterr().out) == [{"problem": "ValueError: not allowed to raise maximum limit"}]
