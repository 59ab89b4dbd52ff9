"""Weights that fit a model, or are refused with names, cause and remedy."""

import json
import logging

import pytest
import torch
import transformers
from checkpoints import TEXTS, changed, logits, pickled, refused, started, state_of, stock
from toys import model_folder

from yiju import Explainer
from yiju.base.errors import YijuError
from yiju.models.convert_checkpoint import convert_checkpoint
from yiju.models.folder import load_model, load_tokenizer

pytestmark = pytest.mark.usefixtures("propagated_log")

LAYER = "bert.encoder.layer.1."
PREFIXES = ["module.", "model.", "_orig_mod.", "bert.", "_orig_mod.module."]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_known_prefix_is_taken_off_and_that_is_said(good, tmp_path, caplog, prefix):
    state = {prefix + name: value for name, value in state_of(good).items()}
    folder, wanted = changed(good, tmp_path / "in", state), logits(load_model(good, "classifier"), load_tokenizer(good))
    assert Explainer.from_pretrained(folder).predict(TEXTS) == Explainer.from_pretrained(good).predict(TEXTS)
    assert f"the prefix {prefix} before the names of its weights is left out" in caplog.text
    pickled(folder, state)
    convert_checkpoint(folder, tmp_path / "converted")
    for out in (started(folder, tmp_path / "out"), tmp_path / "converted"):
        assert torch.equal(logits(stock(out), load_tokenizer(good)), wanted)
    assert not any("drawn" in record.message for record in caplog.records)


def test_an_encoder_without_its_own_prefix_or_in_another_module_is_found(good, tmp_path):
    plain = {name.removeprefix("bert."): value for name, value in state_of(good).items()}
    wrapped = {name.replace("bert.", "model.", 1): value for name, value in state_of(good).items()}
    for number, state in enumerate((plain, wrapped)):
        folder = changed(good, tmp_path / f"in{number}", state)
        assert Explainer.from_pretrained(folder).predict(TEXTS) == Explainer.from_pretrained(good).predict(TEXTS)


def test_old_names_of_layer_norm_are_read_and_never_written(good, tmp_path):
    old = {
        name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): value
        for name, value in state_of(good).items()
    }
    assert old.keys() != state_of(good).keys()
    out = started(changed(good, tmp_path / "in", old), tmp_path / "out")
    assert state_of(out).keys() == state_of(good).keys()
    assert torch.equal(logits(stock(out), load_tokenizer(good)), logits(stock(good), load_tokenizer(good)))
    pickled(tmp_path / "in", old)
    convert_checkpoint(tmp_path / "in", tmp_path / "converted")
    assert state_of(tmp_path / "converted").keys() == state_of(good).keys()


def without(state, part):
    return {name: value for name, value in state.items() if part not in name}


# What is done to the good folder, and what the message must say.
UNFIT = {
    "a layer": (lambda state: without(state, LAYER), {}, "says num_hidden_layers 2, but .* holds 1 layers"),
    "deeper": (None, {"num_hidden_layers": 3}, "says num_hidden_layers 3, but .* holds 2 layers"),
    "shallower": (None, {"num_hidden_layers": 1}, "says num_hidden_layers 1, but .* holds 2 layers"),
    "endless": (None, {"num_hidden_layers": 10**9}, "num_hidden_layers is 1000000000, and"),
    "a lower layer": (
        lambda state: without(state, "bert.encoder.layer.0."),
        {},
        r"lacks bert\.encoder\.layer\.0\.\S+, bert\.encoder\.layer\.0\.\S+ and 14 more; part of the encoder",
    ),
    "a weight": (
        lambda state: without(state, LAYER + "attention.self.query.weight"),
        {},
        r"lacks bert\.encoder\.layer\.1\.attention\.self\.query\.weight; part of the encoder was never saved",
    ),
    "the words": (lambda state: without(state, "word_embeddings"), {}, "no encoder of the kind bert"),
    "all but the head": (lambda state: without(state, "bert."), {}, "no encoder of the kind bert is in the file"),
    "another kind": (
        None,
        {"model_type": "roberta"},
        "those of a bert, so model_type roberta .* wrong: set it to bert",
    ),
    "ernie": (None, {"model_type": "ernie"}, "those of a bert, so model_type ernie"),
    "another width": (None, {"hidden_size": 32}, r"word_embeddings\.weight .* instead of .*hidden_size"),
    "a huge width": (None, {"hidden_size": 2 * 10**6, "intermediate_size": 10**6}, "hidden_size"),
    "another vocabulary": (None, {"vocab_size": 60}, r"word_embeddings\.weight .* vocab_size in config\.json"),
    "other positions": (None, {"max_position_embeddings": 64}, "max_position_embeddings in config"),
    "other sides": (None, {"type_vocab_size": 4}, "type_vocab_size in config"),
    "other inner size": (None, {"intermediate_size": 64}, "intermediate_size in config"),
    "an unknown prefix": (
        lambda state: {f"student.{name}": value for name, value in state.items()},
        {},
        r"its names begin with student\.bert\., a prefix that yiju does not know",
    ),
    "two encoders": (
        lambda state: state | {f"teacher.{name}": value for name, value in state.items()},
        {},
        r"holds several encoders, under bert\., teacher\.bert\.",
    ),
    "one weight twice": (
        lambda state: state | {"bert.embeddings.LayerNorm.gamma": torch.ones(16)},
        {},
        r"and another tensor are both bert\.embeddings\.LayerNorm\.weight; keep one of them",
    ),
    "a foreign layer": (
        lambda state: state | {"gru.weight_ih": torch.zeros(2)},
        {},
        r"holds gru\.weight_ih, unknown to",
    ),
    "a foreign head": (lambda state: state | {"fc.weight": torch.zeros(2, 16)}, {}, r"holds fc\.weight, unknown to"),
    "quantised": (None, {"quantization_config": {"quant_method": "gptq"}}, "a quantised checkpoint"),
    "no kind": (None, {"model_type": None}, 'names no model_type; .*add "model_type": "bert"'),
    "an unknown kind": (None, {"model_type": "bortex"}, "transformers knows no such kind of model"),
    "not a number": (
        lambda state: state | {"bert.pooler.dense.bias": torch.full((16,), torch.nan)},
        {},
        r"16 of the 16 numbers of bert\.pooler\.dense\.bias are NaN or infinite",
    ),
    "infinite": (
        lambda state: state | {"bert.embeddings.LayerNorm.weight": torch.tensor([torch.inf] + [1.0] * 15)},
        {},
        r"1 of the 16 numbers of bert\.embeddings\.LayerNorm\.weight",
    ),
    "beyond float32": (
        lambda state: state | {"bert.embeddings.LayerNorm.bias": torch.full((16,), 1e300, dtype=torch.float64)},
        {},
        r"16 of the 16 numbers of bert\.embeddings\.LayerNorm\.bias",
    ),
}


@pytest.mark.parametrize("what", UNFIT)
def test_a_checkpoint_that_does_not_fit_is_refused_with_names_cause_and_remedy(good, tmp_path, what):
    change, config, said = UNFIT[what]
    refused(changed(good, tmp_path / "in", change and change(state_of(good)), config), tmp_path, said)


def test_heads_and_pooler_that_are_missing_are_drawn_and_named_in_a_warning(good, tmp_path, caplog):
    state = without(without(state_of(good), "pooler"), "classifier")
    out = started(changed(good, tmp_path / "in", state), tmp_path / "out")
    (said,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    for name in ("bert.pooler.dense.bias", "bert.pooler.dense.weight", "classifier.bias", "classifier.weight"):
        assert name in said.getMessage()
    assert all(torch.equal(state_of(out)[name], value) for name, value in state.items())
    with pytest.raises(YijuError, match=r"without bert\.pooler\.dense\.bias, .*classifier\.weight; fine-tune it first"):
        Explainer.from_pretrained(tmp_path / "in")


@pytest.mark.parametrize("count", [1, 3])
def test_a_head_of_another_number_of_labels_judges_as_it_is_and_is_drawn_for_training(good, tmp_path, caplog, count):
    state = state_of(good) | {"classifier.weight": torch.ones(count, 16), "classifier.bias": torch.ones(count)}
    names = {str(label): f"name{label}" for label in range(count)}
    folder = changed(good, tmp_path / "in", state, {"id2label": names, "label2id": None})
    judged = Explainer.from_pretrained(folder).predict(("花呗", "开通"))
    assert (judged.label is None) == (count == 1)
    assert judged.label_name == (None if count == 1 else names[str(judged.label)])
    out = started(folder, tmp_path / "out")
    assert "holds classifier.weight, classifier.bias for another number of labels: drawn from the seed" in caplog.text
    # Every training draws the head that the checkpoint lacks, from its own seed.
    assert not {name for name in state_of(out) if name.startswith("classifier.")}
    assert load_model(out, "classifier").config.id2label == {0: "LABEL_0", 1: "LABEL_1"}


def longer_vocabulary(folder):
    tokenizer = load_tokenizer(folder)
    words = sorted(tokenizer.get_vocab(), key=tokenizer.get_vocab().get)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).unlink()
    (folder / "vocab.txt").write_text("\n".join([*words, "贷", "蚁"]) + "\n", encoding="utf-8")


def added_tokens(folder):
    tokenizer = load_tokenizer(folder)
    tokenizer.add_tokens(["微粒贷", "蚁"])
    tokenizer.save_pretrained(folder)


def hole_in_the_ids(folder):
    """As many tokens as embeddings, one of them with an id far above."""
    held = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    words = held["model"]["vocab"]
    words["蚁"] = len(words) + 1
    del words[next(word for word in words if not word.startswith("[") and word != "蚁")]
    (folder / "tokenizer.json").write_text(json.dumps(held, ensure_ascii=False), encoding="utf-8")


@pytest.mark.parametrize("change", [longer_vocabulary, added_tokens, hole_in_the_ids])
def test_a_tokeniser_of_more_tokens_than_embeddings_is_refused_with_both_numbers(good, tmp_path, change):
    folder = changed(good, tmp_path / "in")
    change(folder)
    rows = state_of(good)["bert.embeddings.word_embeddings.weight"].shape[0]
    said = rf"ids up to {rows + 1}, and the model has {rows} embeddings .*none for .*蚁; take the tokeniser"
    with pytest.raises(YijuError, match=said):
        Explainer.from_pretrained(folder)
    for head in ("masked_lm", "classifier"):
        with pytest.raises(YijuError, match=rf"^encoder\.name: {folder}: .*{said}"):
            started(folder, tmp_path / "out", head)
    assert not (tmp_path / "out").exists()


def test_a_bert_that_calls_itself_roberta_without_a_prefix_is_found_out_by_its_padding(good, tmp_path):
    state = {name.removeprefix("bert."): value for name, value in state_of(good).items()}
    told = {"model_type": "roberta", "pad_token_id": 1}
    folder = changed(
        good, tmp_path / "in", {name: value for name, value in state.items() if "pooler" not in name}, told
    )
    with pytest.raises(YijuError, match="pads with id 0, and this roberta model counts positions from 1"):
        started(folder, tmp_path / "out", "masked_lm")


def test_the_head_of_a_post_trained_encoder_is_kept_and_its_folder_is_stock(tmp_path):
    out = started(model_folder(tmp_path / "in"), tmp_path / "out", "masked_lm")
    model, told = transformers.AutoModelForMaskedLM.from_pretrained(out, output_loading_info=True)
    assert not any(told.values())
    assert all(map(torch.equal, model.parameters(), load_model(tmp_path / "in", "masked_lm").parameters()))
