"""Files that corpora and test sets are read from: verified where there is a checksum, and recorded."""

import hashlib
import json

import pytest

from yiju.base.errors import YijuError
from yiju.data.source_checksums import record_sources

DATA = "一\t二\t1\n".encode()
CHECKSUM = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "训练.tsv"
    path.write_bytes(DATA)
    return path


@pytest.mark.parametrize("checksum", [None, CHECKSUM])
def test_bytes_and_checksum_are_recorded_by_owner_and_name(tmp_path, file, checksum):
    record_sources("corpora/LCQMC", {str(file): checksum}, "", "", tmp_path / "out.json")

    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8")) == {
        "corpora/LCQMC/训练.tsv": {"bytes": 10, "sha256": CHECKSUM}
    }


def test_another_file_than_was_meant_is_refused_with_where_to_get_it(tmp_path, file):
    with pytest.raises(YijuError) as caught:
        record_sources("corpora/LCQMC", {str(file): "0" * 64}, "example.org/a", "research only", tmp_path / "out.json")

    assert str(caught.value) == (
        f"{file}: its SHA-256 is {CHECKSUM}, expected {'0' * 64}; get the file again (publisher: example.org/a; terms: "
        "research only), or correct `sha256` in the configuration if another version is meant"
    )
    assert not (tmp_path / "out.json").exists()
