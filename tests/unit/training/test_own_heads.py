"""What a checkpoint lacks is drawn by every training from its own seed, and what it has is kept."""

import pytest
import torch
from safetensors.torch import load_file
from toys import classifier, model_folder
from transformers import AutoModel

from yiju.models.folder import load_model
from yiju.models.folder_files import FOLDER_FILES, WEIGHTS
from yiju.models.start_encoder import start_encoder

START = {
    "source": "folder",
    "revision": None,
    "marks_matches": False,
    "max_length": 32,
    "seed": 1,
    "head": "classifier",
}
HEADS = ("bert.pooler.dense.weight", "classifier.weight")


def started(source, out):
    """The run's first folder, as it is without post-training."""
    start_encoder(START | {"name": str(source)}, None, [out / name for name in FOLDER_FILES])
    return out


def head(folder, seed):
    weights = dict(load_model(folder, "classifier", seed).named_parameters())
    return [weights[name].detach() for name in HEADS]


@pytest.mark.parametrize("marker", [False, True])
def test_every_seed_draws_pooler_and_classifier_that_the_checkpoint_lacks(tmp_path, marker):
    # A language model's folder: it has neither.
    start = started(model_folder(tmp_path / "source", marker), tmp_path / "out")
    for first, again, other in zip(head(start, 3), head(start, 3), head(start, 4), strict=True):
        assert torch.equal(first, again)
        assert not torch.equal(first, other)


def test_what_is_drawn_is_in_no_file_of_the_first_folder(tmp_path):
    start = started(model_folder(tmp_path / "source"), tmp_path / "out")
    names = load_file(start / WEIGHTS).keys()
    assert names
    assert not [name for name in names if "pooler" in name or name.startswith("classifier")]


def test_a_pooler_that_the_checkpoint_has_is_kept_beside_a_classifier_that_is_drawn(tmp_path):
    model, _ = classifier(tmp_path / "whole")
    bare, source = model.base_model, model_folder(tmp_path / "source")
    bare.save_pretrained(source)
    assert AutoModel.from_pretrained(source).pooler is not None
    start = started(source, tmp_path / "out")
    (pooler, drawn), (same, other) = head(start, 3), head(start, 4)
    assert torch.equal(pooler, same) and torch.equal(pooler, bare.pooler.dense.weight)
    assert not torch.equal(drawn, other)


def test_a_classifier_that_the_checkpoint_has_is_kept_by_every_seed(tmp_path):
    source = tmp_path / "source"
    model, _ = classifier(source)
    model.save_pretrained(source)
    start = started(source, tmp_path / "out")
    for seed in (3, 4):
        assert torch.equal(head(start, seed)[1], model.classifier.weight)
