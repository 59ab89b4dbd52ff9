"""What a model folder says of itself: written whole, read with care."""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path

import pytest

from yiju.base.errors import YijuError
from yiju.base.files import sha256
from yiju.models.calibration.stored import weights_checksum
from yiju.models.json_parts import MOST_BYTES
from yiju.models.measured import read_measured
from yiju.models.model_facts import ABOUT, About, Accuracy, Reordered, read_about, write_about

ACCURACY = {"set": "LCQMC test", "pairs": 800, "value": 0.9, "low": 0.88, "high": 0.92, "overlap": 0.7, "majority": 0.5}
ACCURACY |= {"beside_overlap": "above", "synthetic": True, "chose": False}


FIGURE = {"value": 0.5, "low": 0.4, "high": 0.6}
HOLDING = {"pairs": 60} | dict.fromkeys(("one_sided", "alone", "kept", "selected"), FIGURE)
MEASURED = read_measured(
    {"name": "occlusion", "method": {"method": "occlusion", "removal": "delete"}, "labels": {"similar": HOLDING}},
    "test",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    return tmp_path


def about_of(folder: Path) -> About:
    return About(
        name="sample-0",
        corpora=("LCQMC",),
        synthetic=True,
        accuracy=(Accuracy(**ACCURACY),),
        threshold=0.5,
        weights=sha256(folder / "model.safetensors"),
        reordered=Reordered(pairs=20, right=7),
        explanation=MEASURED,
    )


def test_what_is_written_is_read(folder):
    about = about_of(folder)
    write_about(folder, about)
    assert read_about(folder) == about


def test_a_folder_without_the_file_says_nothing(folder):
    assert read_about(folder) is None


def test_figures_of_other_weights_are_not_shown_and_this_is_told(folder, caplog):
    write_about(folder, about_of(folder))
    (folder / "model.safetensors").write_bytes(b"trained further")
    with caplog.at_level(logging.WARNING):
        assert read_about(folder) is None
    assert "tells of other weights than model.safetensors" in caplog.text


def in_shards(folder: Path) -> Path:
    """The folder with its weights in two files, one of them in a folder below."""
    (folder / "model.safetensors").unlink()
    (folder / "model-00001-of-00002.safetensors").write_bytes(b"first")
    (folder / "module").mkdir()
    (folder / "module/model.safetensors").write_bytes(b"second")
    return folder


def test_the_checksum_of_several_files_is_that_of_their_names_and_checksums(folder):
    assert weights_checksum(folder) == sha256(folder / "model.safetensors")
    first, second = (hashlib.sha256(content).hexdigest() for content in (b"first", b"second"))
    text = f"{first}  model-00001-of-00002.safetensors\n{second}  module/model.safetensors\n"
    assert weights_checksum(in_shards(folder)) == hashlib.sha256(text.encode()).hexdigest()
    assert weights_checksum(folder / "nothing") is None


def test_weights_in_shards_have_figures_which_a_change_of_any_shard_ends(folder, caplog):
    about = about_of(folder)
    about = about.model_copy(update={"weights": weights_checksum(in_shards(folder))})
    write_about(folder, about)
    assert read_about(folder) == about
    (folder / "module/model.safetensors").write_bytes(b"changed")
    assert read_about(folder) is None
    assert f"tells of other weights than {folder}" in caplog.text


def test_keys_of_a_later_version_are_left_alone(folder):
    write_about(folder, about_of(folder))
    known = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    (folder / ABOUT).write_text(json.dumps(known | {"later": 1}), encoding="utf-8")
    assert read_about(folder) == about_of(folder)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("name", "", "name"),
        ("name", "x" * 201, "name"),
        ("corpora", "LCQMC", "corpora"),
        ("corpora", ["x"] * 101, "corpora"),
        ("synthetic", "no", "synthetic"),
        ("threshold", 1.5, "threshold"),
        ("threshold", "0.5", "threshold"),
        ("weights", "00", "weights"),
        ("accuracy", [ACCURACY | {"value": 2}], "accuracy.0.value"),
        ("accuracy", [ACCURACY | {"low": 0.95}], "low is above high"),
        ("accuracy", [{}], "accuracy.0.set"),
        ("reordered", {"pairs": 3, "right": 4}, "right is more than pairs"),
        ("explanation", "occlusion", "explanation"),
    ],
)
def test_a_wrong_value_is_one_error_that_names_file_and_key(folder, key, value, said):
    write_about(folder, about_of(folder))
    known = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    (folder / ABOUT).write_text(json.dumps(known | {key: value}), encoding="utf-8")
    with pytest.raises(YijuError, match=said) as error:
        read_about(folder)
    assert str(folder / ABOUT) in str(error.value)
    assert len(str(error.value)) < len(str(folder)) + 500


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not json",
        b"[]",
        b"null",
        b"\xff\xfe{}",
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b'{"threshold": NaN}',
        b" " * (MOST_BYTES + 1),
    ],
    ids=["empty", "text", "list", "null", "utf-16", "deep list", "deep object", "nan", "large"],
)
def test_a_hostile_file_is_one_error(folder, content):
    (folder / ABOUT).write_bytes(content)
    with pytest.raises(YijuError, match="this is not what the rule write_card writes"):
        read_about(folder)
