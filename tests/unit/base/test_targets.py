"""A file that cannot be written is told before anything is computed, by every command that writes one."""

import pytest

from yiju.app.cli import main as yiju
from yiju.base.errors import YijuError
from yiju.base.writable import check_writable
from yiju.data.table_files import check_target

pytestmark = pytest.mark.usefixtures("yiju_log")


def test_a_new_file_can_be_written_also_in_folders_that_are_missing(tmp_path):
    for out in (tmp_path / "new.json", tmp_path / "one/other/new.json"):
        check_writable(out)
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_written_is_named_with_its_own_name(tmp_path):
    file = tmp_path / "file"
    file.write_text("", encoding="utf-8")
    with pytest.raises(YijuError, match=f"{file}/new.json: cannot be written, because {file} takes no new file"):
        check_writable(file / "new.json")
    with pytest.raises(YijuError, match="this is a folder"):
        check_writable(tmp_path)
    with pytest.raises(YijuError, match="a file that is read"):
        check_writable(file, [tmp_path / "missing", file])
    with pytest.raises(YijuError, match="cannot be written"):
        check_target(file / "new.csv", tmp_path / "pairs.tsv")


# What is computed would fail otherwise, for nothing that is read is there.
COMMANDS = [
    ("predict", "nothing.tsv", "--model", "nowhere", "-o", "{}.jsonl"),
    ("study", "--pairs", "nothing.tsv", "--model", "nowhere", "-o", "{}.md"),
    ("evaluate", "nothing.jsonl", "nothing.txt", "--out", "{}.json"),
    ("export-onnx", "nowhere", "-o", "{}.onnx"),
    ("convert-highlights", "nothing.jsonl", "nothing.json", "-o", "{}.jsonl"),
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=[command for command, *_ in COMMANDS])
def test_every_command_looks_before_it_computes(tmp_path, caplog, arguments):
    file = tmp_path / "file"
    file.write_text("", encoding="utf-8")
    with pytest.raises(SystemExit) as end:
        yiju([one.format(file / "new") for one in arguments])
    assert end.value.code == 1
    assert f"cannot be written, because {file} takes no new file" in caplog.text
