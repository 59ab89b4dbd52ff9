"""Shared results: what is listed and removed, and what is not touched."""

import pytest

from yiju import output_cache
from yiju.errors import YijuError

NAME = "0a" * 32


def test_only_entries_of_snakemake_are_listed_and_removed(tmp_path, monkeypatch, capsys):
    ours = [
        tmp_path / NAME,
        tmp_path / f"{NAME}.txt",
        tmp_path / f"{NAME}_pairs.parquet",
        tmp_path / f"{NAME}config.json",
    ]
    others = [tmp_path / "notes.txt", tmp_path / f"{NAME}0", tmp_path / f"x{NAME}"]
    for path in [*ours, *others]:
        path.write_text("12")
    (tmp_path / ("0b" * 32)).mkdir()
    assert output_cache.entries(tmp_path) == sorted(ours)
    monkeypatch.setenv(output_cache.VARIABLE, str(tmp_path))
    monkeypatch.setattr("sys.argv", ["output_cache", "--remove"])
    output_cache.main()
    assert "4 files" in capsys.readouterr().out
    assert sorted(path for path in tmp_path.iterdir() if path.is_file()) == sorted(others)


@pytest.mark.parametrize(("value", "says"), [(None, "is not set"), ("", "is not set"), ("/nowhere", "create it first")])
def test_a_missing_folder_is_named(monkeypatch, value, says):
    monkeypatch.delenv(output_cache.VARIABLE, raising=False)
    if value is not None:
        monkeypatch.setenv(output_cache.VARIABLE, value)
    with pytest.raises(YijuError, match=says):
        output_cache.location()
