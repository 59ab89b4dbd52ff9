"""The submission: written, read back, checked, zipped."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiju.base.errors import YijuError
from yiju.data.items import Item
from yiju.explain.rationales.fusion import Choice
from yiju.explain.rationales.submission import check_submission, format_submission, read_submission, zip_bytes

ITEMS = [Item("1", "abc", "de", tuple("abc"), tuple("de")), Item("2", "f", "", ("f",), ())]
GOOD = {"1": Choice(1, (2, 0), (1,)), "2": Choice(0, (0,), ())}


def write(path, text):
    path.write_text(text, encoding="utf-8", newline="")
    return path


def test_the_format():
    assert format_submission(GOOD.items()) == "1\t1\t2,0\t1\n2\t0\t0\t\n"


INDICES = st.lists(st.integers(0, 60), unique=True).map(tuple)


@given(
    st.dictionaries(
        st.from_regex("[a-z0-9]+", fullmatch=True), st.builds(Choice, st.integers(0, 1), INDICES, INDICES), min_size=1
    )
)
def test_what_is_written_is_read(tmp_path_factory, choices):
    path = write(tmp_path_factory.mktemp("submission") / "s.txt", format_submission(choices.items()))
    read = read_submission(path)
    assert read == choices
    assert list(read) == list(choices)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("2\t1\t0", "line 2: expected 4 TAB-separated fields .*, got 3"),
        ("2\t1\t0\t1\t", "line 2: expected 4 .*, got 5"),
        ("2\t2\t0\t1", "line 2: label '2'"),
        ("2\t\t0\t1", "line 2: label ''"),
        ("2\t1\t0,x\t1", "line 2: q index 'x'"),
        ("2\t1\t0\t1.0", "line 2: t index '1.0'"),
        ("2\t1\t0,\t1", "line 2: q index ''"),
        ("2\t1\t-1\t1", "line 2: q index '-1'"),
        ("2\t1\t0\t1,0,1", "line 2: t index 1 comes twice"),
        ("1\t1\t0\t1", "line 2: id 1 again, first on line 1"),
        ("\t1\t0\t1", "line 2: the id is empty"),
    ],
)
def test_bad_lines_are_refused(tmp_path, line, message):
    with pytest.raises(YijuError, match=message):
        read_submission(write(tmp_path / "s.txt", f"1\t1\t0\t0\n{line}\n"))


def test_an_empty_file_is_refused(tmp_path):
    with pytest.raises(YijuError, match="holds no lines"):
        read_submission(write(tmp_path / "s.txt", "\n"))


def test_repeats_are_read_where_asked_for(tmp_path):
    path = write(tmp_path / "s.txt", "1\t1\t0,0\t1\n")
    assert read_submission(path, repeats=True) == {"1": Choice(1, (0, 0), (1,))}


def test_a_good_submission_passes():
    check_submission(GOOD, ITEMS)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"1": None}, "lacks 1 of 2 items, the first 1"),
        ({"3": Choice(1, (), ())}, "has unknown 1 of 2 items, the first 3"),
        ({"1": Choice(1, (3,), ())}, r"item 1: q index 3 is outside 0\.\.2"),
        ({"1": Choice(1, (0,), (-1,))}, r"item 1: t index -1 is outside 0\.\.1"),
        ({"2": Choice(1, (0,), (0,))}, "item 2: t index 0 is there, but this side has no segments"),
        ({"1": Choice(1, (0, 1, 0), ())}, "item 1: q index 0 comes twice"),
    ],
)
def test_a_bad_submission_is_refused(change, message):
    choices = {name: choice for name, choice in {**GOOD, **change}.items() if choice}
    with pytest.raises(YijuError, match=message):
        check_submission(choices, ITEMS)


def test_the_archive_is_the_same_on_any_day(monkeypatch):
    first = zip_bytes("s.txt", "1\t1\t0\t0\n")
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    assert zip_bytes("s.txt", "1\t1\t0\t0\n") == first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert archive.namelist() == ["s.txt"]
        assert archive.read("s.txt") == b"1\t1\t0\t0\n"
        assert archive.getinfo("s.txt").date_time == (1980, 1, 1, 0, 0, 0)
