"""Every technique with every kind of encoder: two updates are trained, or the first job refuses by the key's name."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
import transformers
from accelerate.state import AcceleratorState
from families.architectures import ARCHITECTURES
from pair_tasks import PLAN, TRUTH, WEIGHTS, Q, T
from toys import SENTENCES, model_folder

from yiju.base.errors import YijuError
from yiju.models.folder import load_model, load_tokenizer, save_folder
from yiju.models.folder_files import FOLDER_FILES
from yiju.models.inference import predict_logits
from yiju.models.start_encoder import start_encoder
from yiju.models.template import template_of
from yiju.models.tokens import encode, encode_pairs, pair_up
from yiju.training.adversarial import Pgd
from yiju.training.finetune import PairTask
from yiju.training.loop import Machine, fit
from yiju.training.objective import Techniques
from yiju.training.optimizer import LayerRates, rate_scales
from yiju.training.packing import pack
from yiju.training.posttrain import MaskedTask
from yiju.training.techniques.masking import Masking
from yiju.training.techniques.mixup import Mixup
from yiju.training.techniques.multi_dropout import several_masks

SMALL = {"num_attention_heads": 2, "num_hidden_layers": 3, "intermediate_size": 32, "hidden_size": 16}
SMALL |= {"max_position_embeddings": 32, "pad_token_id": 0}
NARROW = SMALL | {"embedding_size": 8}
# With BERT's tokeniser, as many Chinese models have it. RoBERTa counts positions from behind its padding.
KINDS = {
    "Roberta": SMALL | {"max_position_embeddings": 33, "type_vocab_size": 1},
    "Albert": NARROW,
    "DebertaV2 with sides": SMALL | {"type_vocab_size": 2, "legacy": False},
    "MegatronBert": SMALL,
}
# With the tokeniser of their own.
FAMILIES = tuple(ARCHITECTURES)
WITH_HEAD = ("bert", "ernie", "MegatronBert")
ALL = {*KINDS, *FAMILIES}
# Sections of finetune, and the kinds that the first job refuses them for.
REFUSED = {
    "mixup": ALL - {*WITH_HEAD},
    "multi_dropout": ALL - {*WITH_HEAD, "albert", "Albert"},
    "layer_rates": set(),
    "masking": {"qwen3"},
}
DISTILBERT = {"dim": 16, "hidden_dim": 32, "n_heads": 2, "n_layers": 3, "max_position_embeddings": 32}
MACHINE = Machine("cpu", 1, 400)
TWO = replace(PLAN, batch_size=-(-len(Q) // 2), warmup=0.0)
TECHNIQUES = {
    "plain": {},
    "half precision": {"plan": {"precision": "bf16"}},
    "layer_rates": {"plan": {"layer_rates": LayerRates(2.6, 2.0)}},
    "fgm": {"plan": {"fgm_epsilon": 1.0}},
    "pgd": {"plan": {"pgd": Pgd(3, 0.3, 1.0)}},
    "ema": {"plan": {"ema_decay": 0.9}},
    "rdrop": {"techniques": {"rdrop_alpha": 2.0}},
    "label_smoothing": {"techniques": {"label_smoothing": 0.1}},
    **{f"mixup at {at}": {"key": "mixup", "at": at} for at in ("embedding", "inner", "last", "pooler")},
    "multi_dropout": {"key": "multi_dropout"},
    "weighting": {"weights": WEIGHTS},
    "masking": {"key": "masking"},
}


@pytest.fixture(scope="module", params=[*KINDS, *FAMILIES])
def encoder(request, tmp_path_factory):
    """A kind's name, and a folder with its masked language model; of a decoder, with the decoder alone."""
    folder = tmp_path_factory.mktemp("encoder")
    if request.param in KINDS:
        tokenizer, kind = load_tokenizer(model_folder(folder / "bert")), request.param.split()[0]
        config = getattr(transformers, f"{kind}Config")(**KINDS[request.param], vocab_size=len(tokenizer))
    else:
        tokenizer = ARCHITECTURES[request.param].new_tokenizer()
        config = ARCHITECTURES[request.param].config(tokenizer)
    torch.manual_seed(1)
    loader = transformers.AutoModel if request.param == "qwen3" else transformers.AutoModelForMaskedLM
    save_folder(loader.from_config(config), tokenizer, [folder / name for name in FOLDER_FILES])
    return request.param, folder


@pytest.fixture(autouse=True)
def other_precision():
    """A process has one precision; each test here is a process of its own, as far as accelerate knows."""
    AcceleratorState._reset_state(reset_partial_state=True)
    yield
    AcceleratorState._reset_state(reset_partial_state=True)


def started(folder, out, head, techniques=()):
    settings = {"source": "folder", "name": str(folder), "marks_matches": False, "max_length": 32, "seed": 1}
    start_encoder(settings | {"head": head}, None, [out / name for name in FOLDER_FILES], techniques)
    return out


def moved(model, before):
    return [name for name, value in model.named_parameters() if not torch.equal(value, before[name])]


def weights_of(model):
    return {name: value.detach().clone() for name, value in model.named_parameters()}


@pytest.mark.slow
@pytest.mark.parametrize("technique", TECHNIQUES)
def test_a_technique_trains_a_classifier_or_is_refused_at_the_start(encoder, tmp_path, technique):
    kind, folder = encoder
    asked = TECHNIQUES[technique]
    key = asked.get("key", technique)
    if kind in REFUSED.get(key, ()):
        with pytest.raises(
            YijuError, match=rf"^finetune\.{key}: needs .* lacks; set finetune\.{key}\.enabled to false"
        ):
            started(folder, tmp_path / "out", "classifier", [key])
        assert not (tmp_path / "out").exists()
        return
    start = started(folder, tmp_path / "out", "classifier", [key] if key in REFUSED else ())
    classifier, tokenizer = load_model(start, "classifier", seed=2), load_tokenizer(start)
    pairs = encode_pairs(tokenizer, Q, T, 32)
    techniques = Techniques(**asked.get("techniques", {}))
    if key == "mixup":
        techniques = Techniques(mixup=Mixup(asked["at"], 1.0, classifier.config.num_hidden_layers))
    if key == "masking":
        techniques = Techniques(masking=Masking("both", tokenizer.mask_token_id, 7))
    plan = replace(TWO, **asked.get("plan", {}))
    arguments = (MACHINE, plan.precision, techniques, asked.get("weights"))
    task = PairTask(classifier, pairs, TRUTH, pairs, TRUTH, 0.5, "toy", *arguments)
    (tmp_path / "work").mkdir()
    before, words = weights_of(classifier), classifier.get_input_embeddings().weight.detach().clone()
    if key == "multi_dropout":
        with several_masks(classifier, 3, "sum"):
            fit(task, plan, MACHINE, tmp_path / "work")
    else:
        fit(task, plan, MACHINE, tmp_path / "work")
    names, base = moved(classifier, before), classifier.base_model_prefix
    assert not torch.equal(classifier.get_input_embeddings().weight, words)
    assert any("layer" in name for name in names)
    assert any(not name.startswith(f"{base}.") for name in names)
    # What is saved judges as what was trained.
    save_folder(classifier, tokenizer, [tmp_path / "saved" / name for name in FOLDER_FILES])
    again = load_model(tmp_path / "saved", "classifier", whole=True)
    found, wanted = (predict_logits(model, pairs, 400) for model in (again, classifier))
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("packing", [False, True], ids=["sentences", "packed"])
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_an_encoder_is_post_trained(encoder, tmp_path, packing, precision):
    kind, folder = encoder
    if kind == "qwen3":
        with pytest.raises(YijuError, match=r"^posttrain\.enabled: a qwen3 model guesses no masked tokens"):
            started(folder, tmp_path / "out", "masked_lm")
        return
    start = started(folder, tmp_path / "out", "masked_lm")
    model, tokenizer = load_model(start, "masked_lm", seed=2), load_tokenizer(start)
    sentences = encode(tokenizer, SENTENCES)
    whole = pair_up(template_of(tokenizer), sentences, None, 32)
    learnt = pack(tokenizer, sentences, 32, 1) if packing else whole
    task = MaskedTask(model, tokenizer, learnt, whole, 0.3, 1, MACHINE, precision)
    (tmp_path / "work").mkdir()
    before = weights_of(model)
    fit(task, replace(TWO, batch_size=len(learnt), precision=precision), MACHINE, tmp_path / "work")
    names = moved(model, before)
    assert any("embeddings" in name for name in names)
    assert any("layer" in name for name in names)
    assert np.isfinite(task.evaluate()["log_likelihood"])
    save_folder(model, tokenizer, [tmp_path / "saved" / name for name in FOLDER_FILES])
    load_model(tmp_path / "saved", "masked_lm", whole=True)
    load_model(tmp_path / "saved", "classifier")


@pytest.mark.slow
def test_the_loss_of_chosen_tokens_is_that_of_the_whole_model(encoder):
    """The head reads hidden states of the chosen positions alone: their logits are the model's own."""
    kind, folder = encoder
    if kind == "qwen3":
        pytest.skip("a decoder guesses no masked tokens")
    model, tokenizer = load_model(folder, "masked_lm"), load_tokenizer(folder)
    whole = pair_up(template_of(tokenizer), encode(tokenizer, SENTENCES), None, 32)
    inputs = whole.batch(np.arange(len(whole))).inputs()
    chosen = torch.tensor([1, 5, 14])
    with torch.no_grad():
        wanted = model(**inputs).logits.flatten(0, 1)[chosen]
        found = MaskedTask(model, tokenizer, whole, whole, 0.3, 1, MACHINE, "fp32").model.logits(chosen, **inputs)
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-5)


def test_marks_of_matches_need_segment_ids(tmp_path):
    tokenizer = load_tokenizer(model_folder(tmp_path / "bert"))
    config = transformers.DistilBertConfig(**DISTILBERT, vocab_size=len(tokenizer))
    save_folder(transformers.DistilBertForMaskedLM(config), tokenizer, [tmp_path / name for name in FOLDER_FILES])
    settings = {"source": "folder", "name": str(tmp_path), "marks_matches": True, "max_length": 32, "seed": 1}
    with pytest.raises(YijuError, match=r"encoder\.match_marker: this distilbert model has no segment ids"):
        start_encoder(settings | {"head": "masked_lm"}, None, [tmp_path / "out" / name for name in FOLDER_FILES])
    assert not (tmp_path / "out").exists()


def folder_of(architecture, out, head, **changes):
    """A folder of an architecture under its own tokeniser, of which some attributes are others."""
    tokenizer = ARCHITECTURES[architecture].new_tokenizer()
    for name, value in changes.items():
        setattr(tokenizer, name, value)
    config = ARCHITECTURES[architecture].config(tokenizer)
    torch.manual_seed(1)
    save_folder(getattr(transformers, head).from_config(config), tokenizer, [out / name for name in FOLDER_FILES])
    return out


def test_post_training_needs_a_mask_token(tmp_path):
    folder = folder_of("bert", tmp_path / "bert", "AutoModelForMaskedLM", mask_token=None)
    with pytest.raises(YijuError, match=r"^posttrain\.enabled: the tokeniser has no mask_token"):
        started(folder, tmp_path / "out", "masked_lm")
    assert not (tmp_path / "out").exists()
    # Fine-tuning needs none, but to mask.
    started(folder, tmp_path / "out", "classifier", ["layer_rates"])
    with pytest.raises(YijuError, match=r"^finetune\.masking: needs a mask token, which the tokeniser lacks; set"):
        started(folder, tmp_path / "other", "classifier", ["masking"])


def test_a_decoder_is_refused_for_post_training_and_finds_its_last_token_otherwise(tmp_path):
    folder = folder_of("qwen3", tmp_path / "qwen3", "AutoModel")
    with pytest.raises(YijuError, match=r"^posttrain\.enabled: a qwen3 model guesses no masked tokens"):
        started(folder, tmp_path / "out", "masked_lm")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps(config | {"pad_token_id": None}), encoding="utf-8")
    model = load_model(started(folder, tmp_path / "out", "classifier"), "classifier")
    assert model.config.pad_token_id == ARCHITECTURES["qwen3"].new_tokenizer().pad_token_id


def test_a_tokeniser_that_marks_no_border_is_refused_for_an_encoder(tmp_path):
    folder = folder_of("bert", tmp_path / "bert", "AutoModelForMaskedLM")
    told = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    (folder / "tokenizer.json").write_text(json.dumps(told | {"post_processor": None}), encoding="utf-8")
    kind = {"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "[PAD]"}
    (folder / "tokenizer_config.json").write_text(json.dumps(kind), encoding="utf-8")
    with pytest.raises(YijuError, match=r"^encoder\.name: .*: the tokeniser puts no token before the first sentence"):
        started(folder, tmp_path / "out", "classifier")


def test_the_layers_of_an_albert_are_one_group(caplog):
    names = ["albert.encoder.albert_layer_groups.0.albert_layers.0.ffn.weight", "albert.pooler.weight"]
    assert rate_scales(names, LayerRates(2.6, 2.0)) == {names[0]: 1.0, names[1]: 2.0}
    assert "finetune.layer_rates.factor changes nothing" in caplog.text


def test_the_layers_of_a_modernbert_have_rates_of_their_own():
    names = [f"classifier.model.layers.{layer}.mlp.Wi.weight" for layer in range(3)]
    others = {"classifier.model.final_norm.weight": 1.0, "classifier.model.embeddings.tok_embeddings.weight": 1.0}
    others |= {"classifier.head.dense.weight": 3.0, "classifier.classifier.weight": 3.0}
    wanted = dict(zip(names, (0.5, 1.0, 2.0), strict=True)) | others
    assert rate_scales([*wanted], LayerRates(2.0, 3.0)) == wanted
