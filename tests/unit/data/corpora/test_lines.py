"""Lines: only "\\n" ends one, whatever the block size, and every undecodable byte is named by its place."""

import bz2
import gzip
import lzma

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiju.base.errors import YijuError
from yiju.data.corpora import lines
from yiju.data.corpora.lines import first_line, read_lines

PIECES = st.lists(
    st.sampled_from(["a", "字", "\n", "\r", "\r\n", "\u2028", "\x85", "\ufeff", "\x0b", "a\0字"]), max_size=30
)

COMPRESS = [lzma.compress, gzip.compress, bz2.compress]


@given(pieces=PIECES, block=st.integers(1, 40), compress=st.sampled_from([bytes, *COMPRESS]))
def test_lines_are_those_of_the_plain_way(tmp_path_factory, pieces, block, compress):
    text = "".join(pieces)
    path = tmp_path_factory.mktemp("lines") / "file"
    path.write_bytes(compress(text.encode()))
    expected = text.removeprefix("\ufeff").split("\n")
    expected = expected[:-1] if expected[-1] == "" and expected != [""] else expected
    found = list(read_lines(path, block))
    table = pl.concat(found) if found else pl.DataFrame({"line": [], "text": []})
    if text.removeprefix("\ufeff"):
        assert table["text"].to_list() == [line.removesuffix("\r") for line in expected]
        assert table["line"].to_list() == list(range(1, len(expected) + 1))
    else:
        assert not found


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("block", [4, 1000])
def test_undecodable_bytes_name_line_and_offset(tmp_path, mark, block):
    path = tmp_path / "bad.tsv"
    good = mark + "好\t好\t1\n".encode() * 2
    path.write_bytes(good + b"ab\xff\tc\t1\n")
    with pytest.raises(YijuError) as caught:
        list(read_lines(path, block))
    assert str(caught.value).startswith(f"{path} line 3: byte 0xff at offset {len(good) + 2} is not UTF-8")
    assert str(caught.value).endswith("convert it (iconv -f GB18030 -t UTF-8)")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_utf_16_is_named(tmp_path, encoding):
    path = tmp_path / "wide.tsv"
    path.write_bytes("\ufeffa\tb\t1\n".encode(encoding))
    with pytest.raises(YijuError, match=r"line 1: byte 0xf.*iconv -f UTF-16"):
        list(read_lines(path))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_wide_latin_letters_are_no_utf_8(tmp_path, encoding):
    path = tmp_path / "wide.tsv"
    path.write_bytes("12 5\t7\t1\n".encode(encoding))
    with pytest.raises(YijuError, match="full of NUL bytes, as UTF-16"):
        list(read_lines(path))


@pytest.mark.parametrize("compress", COMPRESS)
def test_a_truncated_archive_is_refused(tmp_path, compress):
    path = tmp_path / "cut"
    data = compress("".join(f"{number}\tb\t1\n" for number in range(9999)).encode())
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(YijuError, match="not a whole compressed file"):
        list(read_lines(path))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(YijuError, match=r"none\.tsv: No such file.*fetch"):
        list(read_lines(tmp_path / "none.tsv"))


def test_a_line_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(lines, "LONGEST_LINE", 1 << 20)
    path = tmp_path / "bomb.xz"
    path.write_bytes(lzma.compress(bytes(8 << 20)))
    with pytest.raises(YijuError, match="longer than 1 MB"):
        list(read_lines(path, 1 << 16))


def test_first_line_skips_blank_ones(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"\xef\xbb\xbf\r\n \n{}\r\nx")
    assert first_line(path) == "{}"
