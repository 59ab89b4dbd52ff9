"""Files of weights: pickles, shards, half precision and what other programs keep in them."""

import json
from dataclasses import replace

import pytest
import torch
from checkpoints import TEXTS, changed, logits, pickled, refused, started, state_of, stock
from pair_tasks import MACHINE, PLAN, TRUTH, Q, T
from safetensors.torch import save_file

from yiju import Explainer
from yiju.base.errors import YijuError
from yiju.models.convert_checkpoint import convert_checkpoint
from yiju.models.folder import load_model, load_tokenizer
from yiju.models.tokens import encode_pairs
from yiju.models.weights import NESTED
from yiju.training.finetune import PairTask
from yiju.training.loop import fit

pytestmark = pytest.mark.usefixtures("propagated_log")


def test_what_other_programs_keep_beside_a_model_is_left_out(good, tmp_path, caplog):
    beside = {
        "bert.embeddings.position_ids": torch.arange(32)[None],
        "cls.seq_relationship.weight": torch.zeros(2, 16),
        "optimizer.step": torch.zeros(1),
        "global_step": torch.zeros(1),
    }
    folder = changed(good, tmp_path / "in", state_of(good) | beside)
    assert Explainer.from_pretrained(folder).predict(TEXTS) == Explainer.from_pretrained(good).predict(TEXTS)
    assert "cls.seq_relationship.weight" in caplog.text
    assert state_of(started(folder, tmp_path / "out")).keys() == state_of(good).keys()


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16], ids=str)
def test_half_precision_is_trained_in_float32_and_every_weight_moves(good, tmp_path, kind):
    state = {name: value.to(kind) for name, value in state_of(good).items()}
    folder = changed(good, tmp_path / "in", state, {"dtype": str(kind).removeprefix("torch.")})
    out = started(folder, tmp_path / "out")
    assert {value.dtype for value in state_of(out).values()} == {torch.float32}
    assert json.loads((out / "config.json").read_text(encoding="utf-8"))["dtype"] == "float32"
    model, tokenizer = load_model(folder, "classifier"), load_tokenizer(folder)
    pairs = encode_pairs(tokenizer, Q, T, 32)
    task = PairTask(model, pairs, TRUTH, pairs, TRUTH, 0.5, "toy", MACHINE, "fp32")
    (tmp_path / "work").mkdir()
    before = {name: value.clone() for name, value in model.named_parameters()}
    assert {value.dtype for value in before.values()} == {torch.float32}
    # One update: all pairs, with the rate of a pretrained model.
    fit(task, replace(PLAN, batch_size=len(Q), learning_rate=2e-5, warmup=0.0), MACHINE, tmp_path / "work")
    still = [name for name, value in model.named_parameters() if torch.equal(value, before[name])]
    # A key's bias adds the same to all scores of a query: it has no gradient.
    assert [name for name in still if not name.endswith("key.bias")] == []


@pytest.mark.parametrize("key", NESTED)
def test_weights_beside_epoch_and_optimizer_are_unpacked_and_that_is_said(good, tmp_path, caplog, key):
    held = {"epoch": 3, key: state_of(good), "optimizer": {"state": {}, "param_groups": []}}
    folder = pickled(changed(good, tmp_path / "in"), held)
    convert_checkpoint(folder, tmp_path / "converted")
    assert f"the weights are taken from its key {key}" in caplog.text
    for out in (started(folder, tmp_path / "out"), tmp_path / "converted"):
        assert torch.equal(logits(stock(out), load_tokenizer(good)), logits(stock(good), load_tokenizer(good)))


def test_lightning_keeps_a_prefix_within_a_key(good, tmp_path):
    state = {f"model.{name}": value for name, value in state_of(good).items()}
    folder = pickled(changed(good, tmp_path / "in"), {"state_dict": state, "epoch": 1, "lr_schedulers": []})
    convert_checkpoint(folder, tmp_path / "converted")
    assert Explainer.from_pretrained(tmp_path / "converted").predict(TEXTS) == (
        Explainer.from_pretrained(good).predict(TEXTS)
    )


def test_numbers_among_the_weights_are_left_out_and_that_is_said(good, tmp_path, caplog):
    convert_checkpoint(pickled(changed(good, tmp_path / "in"), {"epoch": 3} | state_of(good)), tmp_path / "converted")
    assert "left out what is no tensor: epoch" in caplog.text
    assert state_of(tmp_path / "converted").keys() == state_of(good).keys()


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (
            lambda model: model,
            r"holds transformers\.models\.bert\S+BertForSequenceClassification, which yiju never loads",
        ),
        (lambda model: {"model": model}, r"holds transformers\.models\.bert\S+, which yiju never loads"),
        (lambda model: {"epoch": 3, "optimizer": {"state": 1}}, "holds epoch, optimizer, and no tensors"),
        (lambda model: {}, "holds nothing, and no tensors"),
        (lambda model: [1, 2], "not a file of plain weights but a list"),
        (lambda model: torch.zeros(3), "not a file of plain weights but a Tensor"),
    ],
    ids=["model", "model in a dict", "no weights", "empty", "list", "tensor"],
)
def test_a_pickle_of_anything_else_is_refused_in_one_sentence(good, tmp_path, held, said):
    folder = pickled(changed(good, tmp_path / "in"), held(load_model(good, "classifier")))
    for attempt in (
        lambda: convert_checkpoint(folder, tmp_path / "converted"),
        lambda: started(folder, tmp_path / "out"),
        lambda: Explainer.from_pretrained(folder),
    ):
        with pytest.raises(YijuError, match=said) as caught:
            attempt()
        assert "\n" not in str(caught.value)
    assert not (tmp_path / "converted").exists()


def in_shards(good, folder, write, stem):
    """The good folder with its weights in two files and an index."""
    state, names = state_of(good), list(state_of(good))
    (changed(good, folder) / "model.safetensors").unlink()
    whole, suffix = stem.split(".")
    places = {}
    for number, part in enumerate((names[:10], names[10:]), 1):
        file = f"{whole}-0000{number}-of-00002.{suffix}"
        write({name: state[name].contiguous() for name in part}, folder / file)
        places |= dict.fromkeys(part, file)
    (folder / f"{stem}.index.json").write_text(json.dumps({"metadata": {}, "weight_map": places}), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("write", "stem"), [(save_file, "model.safetensors"), (torch.save, "pytorch_model.bin")], ids=["safe", "pickled"]
)
def test_sharded_weights_are_read_by_their_index(good, tmp_path, write, stem):
    folder = in_shards(good, tmp_path / "in", write, stem)
    assert state_of(started(folder, tmp_path / "out")).keys() == state_of(good).keys()
    if write is torch.save:
        convert_checkpoint(folder, tmp_path / "converted")
    judge = Explainer.from_pretrained(folder if write is save_file else tmp_path / "converted")
    assert judge.predict(TEXTS) == Explainer.from_pretrained(good).predict(TEXTS)
    index, first = folder / f"{stem}.index.json", next(folder.glob("*-00001-*"))
    first.rename(folder / "elsewhere")
    with pytest.raises(YijuError, match=rf"{first.name} missing, which {index.name} names; fetch all shards"):
        started(folder, tmp_path / "no")
    for text, said in (("{", "not a JSON file"), ('{"weight_map": {"a": "../x.bin"}}', "lie beside the index")):
        index.write_text(text, encoding="utf-8")
        with pytest.raises(YijuError, match=said):
            started(folder, tmp_path / "no")


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n", "a pointer of git-lfs"),
        (None, "(fetch or save it again)"),
        (b"", "0 bytes .*fetch or save it again"),
        (b"<html>not found</html>", "fetch or save it again"),
    ],
    ids=["pointer", "cut", "empty", "page"],
)
def test_files_that_are_no_weights_are_refused_in_one_sentence(good, tmp_path, name, content, said):
    folder = changed(good, tmp_path / "in")
    if name.endswith("bin"):
        pickled(folder, state_of(good))
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[: len(whole) // 2] if content is None else content)
    with pytest.raises(YijuError, match=said) as caught:
        started(folder, tmp_path / "out")
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)
    if name.endswith("safetensors"):
        with pytest.raises(YijuError, match=said):
            Explainer.from_pretrained(folder)
    else:
        with pytest.raises(YijuError, match=said):
            convert_checkpoint(folder, tmp_path / "converted")


def test_a_folder_says_what_it_holds_instead_of_config_or_weights(good, tmp_path):
    folder = changed(good, tmp_path / "in")
    (folder / "config.json").rename(folder / "bert_config.json")
    refused(folder, tmp_path, r"config\.json missing; bert_config\.json is there: rename it to config\.json")
    folder = changed(good, tmp_path / "adapter")
    (folder / "model.safetensors").unlink()
    (folder / "adapter_config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(YijuError, match=r"model\.safetensors missing; there is an adapter alone"):
        Explainer.from_pretrained(folder)
