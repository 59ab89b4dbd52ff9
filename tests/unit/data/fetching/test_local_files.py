"""Files that a person put somewhere are copied as they are, and checked where there is a checksum."""

import pytest
from loopback import CHECKSUM, DATA

from yiju.base.errors import YijuError
from yiju.data.fetching.fetch import fetch


def wanted(source, checksum=None):
    return {"source": str(source), "sha256": checksum, "hub": None, "revision": None}


@pytest.mark.parametrize("checksum", [None, CHECKSUM])
def test_a_local_file_is_copied(tmp_path, monkeypatch, checksum):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here.tsv").write_bytes(DATA)
    fetch(wanted("here.tsv", checksum), "raw/train.tsv", "downloads")
    fetch(wanted(tmp_path / "here.tsv", checksum), "raw/again.tsv", "downloads")

    assert (tmp_path / "raw/train.tsv").read_bytes() == (tmp_path / "raw/again.tsv").read_bytes() == DATA
    assert not (tmp_path / "downloads").exists()


def test_a_missing_one_is_named_with_where_to_get_it_and_whose_terms_apply(tmp_path):
    out, here = tmp_path / "raw" / "train.tsv", tmp_path / "here.tsv"
    with pytest.raises(YijuError) as caught:
        fetch(wanted(here), out, tmp_path, home="https://example.org/corpus", terms="research only")

    assert str(caught.value) == (
        f"{here}: no such file (wanted for {out}). Get it by hand (publisher: https://example.org/corpus; "
        "terms: research only), put it there, or point its `source` in the configuration at it"
    )
    assert not out.parent.exists()


def test_another_one_than_was_meant_is_refused(tmp_path):
    out, here = tmp_path / "raw" / "train.tsv", tmp_path / "here.tsv"
    here.write_bytes(b"other")
    with pytest.raises(YijuError, match=rf"here\.tsv: its SHA-256 is .* expected {CHECKSUM}; get the file again"):
        fetch(wanted(here, CHECKSUM), out, tmp_path)

    assert list(out.parent.iterdir()) == []
