"""Compressed files and archives: read in place, whole or not at all; nothing is written, nothing grows for ever."""

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiju.base.errors import YijuError
from yiju.data.corpora import raw_files
from yiju.data.corpora.lines import first_line, read_lines
from yiju.data.corpora.raw_files import RawFile, read_chunks

TEXT = "".join(f"第{number}句\t另一句\t{number % 2}\n" for number in range(300)).encode()
COMPRESS = {"plain": bytes, "gz": gzip.compress, "xz": lzma.compress, "bz2": bz2.compress}
ZIP_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


def zipped(members, method=zipfile.ZIP_DEFLATED):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return data.getvalue()


def tarred(members, mode="w", encoding="utf-8"):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=mode, encoding=encoding) as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return data.getvalue()


ARCHIVES = {
    **{f"zip{method}": lambda members, method=method: zipped(members, method) for method in ZIP_METHODS},
    **{f"tar{mode}": lambda members, mode=mode: tarred(members, mode) for mode in ("w", "w:gz", "w:xz", "w:bz2")},
}


def content(path, member=None, size=1000):
    return b"".join(read_chunks(RawFile(Path(path), member), size))


def stored(folder, data):
    path = folder / "file"
    path.write_bytes(data)
    return path


def refusal(path, member=None):
    with pytest.raises(YijuError) as caught:
        content(path, member)
    assert str(caught.value).startswith(str(path))
    return str(caught.value)


@pytest.mark.parametrize("inner", COMPRESS)
@pytest.mark.parametrize("outer", ARCHIVES)
def test_a_member_is_read_in_place(tmp_path, outer, inner):
    members = [("a/other.tsv", b"x" * 5000), ("a/train.tsv", COMPRESS[inner](TEXT)), ("b/train.tsv", b"y")]
    path = stored(tmp_path, ARCHIVES[outer](members))
    file = RawFile(path, "a/train.tsv")
    assert content(path, "a/train.tsv") == TEXT
    assert first_line(file) == "第0句\t另一句\t0"
    assert [table["line"].to_list()[-1] for table in read_lines(file)] == [300]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("first", COMPRESS)
@pytest.mark.parametrize("second", COMPRESS)
def test_a_file_compressed_twice_is_read(tmp_path, first, second):
    assert content(stored(tmp_path, COMPRESS[second](COMPRESS[first](TEXT)))) == TEXT


def test_a_file_that_unpacks_to_itself_is_given_up(tmp_path):
    data = TEXT
    for _ in range(9):
        data = gzip.compress(data)
    assert "compressed 3 times over or more" in refusal(stored(tmp_path, data))


def test_messages_name_file_and_member(tmp_path):
    path = stored(tmp_path, zipped([("a/train.tsv", b"a\tb\t1\n\xff")]))
    with pytest.raises(YijuError, match=r"file \(a/train\.tsv\) line 2: byte 0xff at offset 6"):
        list(read_lines(RawFile(path, "a/train.tsv")))


@pytest.mark.parametrize("outer", ARCHIVES)
def test_members_that_are_not_there_are_answered_with_those_that_are(tmp_path, outer):
    path = stored(tmp_path, ARCHIVES[outer]([(f"m{number}", b"x") for number in range(23)]))
    listed = ", ".join(f"'m{number}'" for number in range(20)) + " and 3 more"
    assert refusal(path, "M1").endswith(f"(M1): the archive has no such member; it has {listed}")
    assert refusal(path).endswith(
        f": an archive; unpack it, or, in a configuration, name one of its files as `member`: {listed}"
    )


def test_a_member_of_a_plain_file_is_refused(tmp_path):
    for compress in COMPRESS.values():
        assert "no .zip or .tar archive; take `member` out" in refusal(stored(tmp_path, compress(TEXT)), "train.tsv")


def test_a_member_without_a_name_is_no_trouble(tmp_path):
    path = stored(tmp_path, zipped([("x-name", b"x"), ("m", TEXT)]).replace(b"x-name", b"\0-name"))
    assert content(path, "m") == TEXT
    assert "it has '', 'm'" in refusal(path, "n")


def test_empty_archives_are_told_to_be_so(tmp_path):
    assert "no such member; it has nothing" in refusal(stored(tmp_path, zipped([])), "m")
    # An empty .tar is zeros; only an archive's first member tells that it is one.
    assert "no .zip or .tar archive" in refusal(stored(tmp_path, tarred([], "w:gz")), "m")


@pytest.mark.parametrize("outer", ARCHIVES)
@pytest.mark.parametrize("name", ["../../evil.tsv", "/tmp/evil.tsv", "..\\evil.tsv", "C:\\evil.tsv", "a/../b.tsv"])
def test_names_that_lead_elsewhere_write_nothing(tmp_path, outer, name):
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    before = sorted(Path("/tmp").glob("evil*"))
    path = stored(folder, ARCHIVES[outer]([(name, TEXT), ("plain.tsv", b"x")]))
    assert content(path, name) == TEXT
    assert content(path, "plain.tsv") == b"x"
    assert "no such member" in refusal(path, "evil.tsv")
    assert [found for found in tmp_path.rglob("*") if found.is_file()] == [path]
    assert sorted(Path("/tmp").glob("evil*")) == before


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE])
def test_only_files_are_members(tmp_path, kind):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        info = tarfile.TarInfo("member")
        info.type, info.linkname = kind, "/etc/passwd"
        archive.addfile(info)
    assert "a link, a folder or a device" in refusal(stored(tmp_path, data.getvalue()), "member")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFDIR])
def test_only_files_are_members_of_a_zip(tmp_path, kind):
    info = zipfile.ZipInfo("member")
    info.external_attr = (kind | 0o777) << 16
    assert "a link, a folder or a device" in refusal(stored(tmp_path, zipped([(info, "/etc/passwd")])), "member")


def test_encrypted_members_are_refused(tmp_path):
    data = bytearray(zipped([("member", TEXT)]))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert "encrypted" in refusal(stored(tmp_path, bytes(data)), "member")


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("outer", ARCHIVES)
def test_two_files_of_one_name_are_refused(tmp_path, outer):
    path = stored(tmp_path, ARCHIVES[outer]([("train", TEXT), ("x", b""), ("train", b"newer")]))
    assert "two files of this name" in refusal(path, "train")
    # What a format is recognised by is there before the second one is.
    assert content(path, "x") == b""


def test_archives_in_archives_are_refused(tmp_path):
    inner = zipped([("train.tsv", TEXT)])
    assert "an archive itself" in refusal(stored(tmp_path, tarred([("inner.zip", inner)])), "inner.zip")
    assert "inside a compressed file" in refusal(stored(tmp_path, gzip.compress(inner)), "train.tsv")
    nested = tarred([("inner.tar.gz", tarred([("train.tsv", TEXT)], "w:gz"))])
    assert "an archive itself" in refusal(stored(tmp_path, nested), "inner.tar.gz")


@pytest.mark.parametrize("start", [b"7z\xbc\xaf\x27\x1c\0", b"Rar!\x1a\x07\x01\0", b"\x28\xb5\x2f\xfd\x04"])
def test_other_archives_are_named(tmp_path, start):
    assert "which is not read; unpack it" in refusal(stored(tmp_path, start + bytes(600)))


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_chinese_names_need_no_flag(tmp_path, encoding):
    name = "短短匹配A类/train.txt"
    raw = name.encode(encoding)
    data = zipped([("x" * len(raw), TEXT)]).replace(b"x" * len(raw), raw)
    path = stored(tmp_path, data)
    assert content(path, name) == TEXT
    assert name in refusal(path)
    path = stored(tmp_path, tarred([(name, TEXT)], encoding=encoding))
    assert content(path, name) == TEXT
    assert name in refusal(path)


# 6 MB of rows in some kilobytes.
BOMB = b"a\tb\t1\n" * (1 << 20)
LIMIT = 1 << 20


@pytest.mark.parametrize(
    ("make", "member"),
    [
        (lambda: gzip.compress(BOMB), None),
        (lambda: bz2.compress(BOMB), None),
        (lambda: lzma.compress(BOMB, preset=0), None),
        (lambda: gzip.compress(gzip.compress(BOMB)), None),
        (lambda: zipped([("m", BOMB)]), "m"),
        (lambda: zipped([("m", gzip.compress(BOMB)), ("n", b"x")]), "m"),
        (lambda: tarred([("m", BOMB)], "w:gz"), "m"),
        (lambda: tarred([("m", gzip.compress(BOMB))], "w:gz"), "m"),
        # What stands in front of the member, and a name as long as a book.
        (lambda: tarred([("n", BOMB), ("m", b"x")], "w:gz"), "m"),
        (lambda: tarred([("n" * len(BOMB), b""), ("m", b"x")], "w:gz"), "m"),
    ],
)
def test_bombs_are_given_up_early(tmp_path, monkeypatch, make, member):
    monkeypatch.setattr(raw_files, "EXPANDED", LIMIT)
    path, passed = stored(tmp_path, make()), 0
    with pytest.raises(YijuError, match="like a decompression bomb; if it is a corpus, decompress it yourself"):
        for data in read_chunks(RawFile(path, member), 1 << 16):
            passed += len(data)
    assert passed <= max(LIMIT, raw_files.RATIO * path.stat().st_size) + (1 << 17)


def test_dense_files_below_the_limit_are_no_bombs(tmp_path, monkeypatch):
    monkeypatch.setattr(raw_files, "EXPANDED", LIMIT)
    rows = b"a\tb\t1\n" * (LIMIT // 7)
    assert content(stored(tmp_path, lzma.compress(rows)), size=1 << 20) == rows


def test_long_files_of_a_usual_density_are_no_bombs(tmp_path, monkeypatch):
    monkeypatch.setattr(raw_files, "EXPANDED", 1000)
    for outer in ARCHIVES:
        assert content(stored(tmp_path, ARCHIVES[outer]([("m", TEXT)])), "m") == TEXT


@pytest.mark.parametrize("compress", [lzma.compress, bz2.compress, gzip.compress])
def test_streams_one_after_the_other(tmp_path, compress):
    one, two = compress(TEXT), compress(b"more\n")
    assert content(stored(tmp_path, one + two)) == TEXT + b"more\n"
    assert content(stored(tmp_path, one + bytes(8))) == TEXT
    assert "not a whole compressed file" in refusal(stored(tmp_path, one + two[:9]))
    assert "not a whole compressed file" in refusal(stored(tmp_path, one + b"rubbish"))


def test_the_check_sum_of_a_whole_archive_counts(tmp_path):
    # Far behind the last member: archives are filled up with zeros.
    data = bytearray(gzip.compress(tarred([("m", TEXT), ("n", b"x")]) + bytes(300_000)))
    data[-8] ^= 1
    assert "CRC check failed" in refusal(stored(tmp_path, bytes(data)), "m")


def test_padding_between_streams(tmp_path):
    data = lzma.compress(TEXT) + bytes(70_000) + lzma.compress(b"more\n")
    assert content(stored(tmp_path, data)) == TEXT + b"more\n"


WHOLE = {
    **{name: (compress(TEXT), None) for name, compress in COMPRESS.items() if name != "plain"},
    **{name: (make([("o", b"other"), ("m", TEXT), ("p", b"x" * 2000)]), "m") for name, make in ARCHIVES.items()},
}


@settings(max_examples=150)
@given(kind=st.sampled_from(sorted(WHOLE)), at=st.floats(0, 1, exclude_max=True))
def test_a_truncated_file_is_whole_or_refused(tmp_path_factory, kind, at):
    data, member = WHOLE[kind]
    path = stored(tmp_path_factory.mktemp("cut"), data[: int(at * len(data))])
    try:
        found = content(path, member)
    except YijuError:
        return
    # Too short to tell what it was, or cut where only padding was lost.
    assert found in (TEXT, data[: int(at * len(data))])


CHECKED = [kind for kind in WHOLE if kind != "tarw"]


@settings(max_examples=150)
@given(
    kind=st.sampled_from(sorted(WHOLE)),
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=4),
)
def test_a_damaged_file_is_whole_or_refused(tmp_path_factory, kind, changes):
    data, member = WHOLE[kind]
    damaged = bytearray(data)
    for at, value in changes:
        damaged[int(at * len(data))] = value
    path = stored(tmp_path_factory.mktemp("flip"), bytes(damaged))
    try:
        found = content(path, member)
    except YijuError:
        return
    # Only a plain .tar has no check sum over its contents.
    assert kind == "tarw" or found in (TEXT, bytes(damaged))


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    assert "No such file" in refusal(tmp_path / "none.zip", "m")
    assert "Is a directory" in refusal(tmp_path, "m")
