"""Files are whole or absent, and checksums and fingerprints name what they are made of."""

from pathlib import Path

import pytest

from yiju.base.files import atomic, fingerprint, sha256, write_json, write_text


def test_an_atomic_write_appears_whole_under_its_name(tmp_path):
    with atomic(tmp_path / "new/model.bin") as temporary:
        temporary.write_bytes(b"whole")
        assert not (tmp_path / "new/model.bin").exists()
        assert temporary.suffix == ".bin"

    assert (tmp_path / "new/model.bin").read_bytes() == b"whole"
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["model.bin"]


def test_an_atomic_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    (tmp_path / "model.bin").write_bytes(b"old")

    with pytest.raises(RuntimeError), atomic(tmp_path / "model.bin") as temporary:
        temporary.write_bytes(b"half")
        raise RuntimeError

    assert (tmp_path / "model.bin").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["model.bin"]


def test_a_written_file_can_be_read_by_whom_the_umask_lets(tmp_path):
    write_text(tmp_path / "text", "x")
    (tmp_path / "plain").touch()

    assert (tmp_path / "text").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_text_is_written_with_its_newlines_as_they_are(tmp_path):
    write_text(tmp_path / "text", "一\r\n二\n")

    assert (tmp_path / "text").read_bytes() == "一\r\n二\n".encode()


def test_json_is_sorted_readable_and_strict(tmp_path):
    write_json(tmp_path / "a.json", {"b": 1, "a": "句"})

    assert (tmp_path / "a.json").read_text(encoding="utf-8") == '{\n  "a": "句",\n  "b": 1\n}\n'
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "b.json", {"x": float("nan")})
    assert not (tmp_path / "b.json").exists()


def test_a_checksum_is_that_of_the_bytes(tmp_path):
    Path(tmp_path / "empty").touch()

    assert sha256(tmp_path / "empty") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_fingerprint_names_values_and_not_the_order_of_keys():
    assert fingerprint({"a": 1, "b": [2]}) == fingerprint({"b": [2], "a": 1})
    assert len({fingerprint({"a": 1}), fingerprint({"a": "1"}), fingerprint({"a": 1}, None), fingerprint()}) == 4
