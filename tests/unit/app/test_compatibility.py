"""A classifier's folder means the same to transformers and sentence-transformers, and theirs to us."""

import json

import numpy as np
import pytest
import torch
import transformers
from tokenizers import processors
from toys import SENTENCES, classifier, model_folder

from yiju import Explainer
from yiju.base.errors import YijuError
from yiju.models.folder import load_tokenizer, name_labels, save_folder
from yiju.models.folder_files import FOLDER_FILES
from yiju.models.tokens import encode_pairs
from yiju.training.temperature import calibrate_classifier

# Short ones, one that is cut on one side, one on both, one of characters that the vocabulary lacks, Latin ones.
PAIRS = [
    *zip(SENTENCES, SENTENCES[::-1], strict=True),
    (SENTENCES[0] * 9, SENTENCES[1]),
    (SENTENCES[2] * 5, SENTENCES[3] * 6),
    ("ＶＩＰ　手機😀", "vip 手机？"),
]
SMALL = {"num_attention_heads": 2, "num_hidden_layers": 2, "intermediate_size": 32, "pad_token_id": 0}
# RoBERTa counts positions from behind its padding.
KINDS = {
    "Ernie": SMALL | {"hidden_size": 16, "max_position_embeddings": 32, "use_task_id": True},
    "Electra": SMALL | {"hidden_size": 16, "embedding_size": 8, "max_position_embeddings": 32},
    "Albert": SMALL | {"hidden_size": 16, "embedding_size": 8, "max_position_embeddings": 32},
    "Roberta": SMALL | {"hidden_size": 16, "max_position_embeddings": 33, "type_vocab_size": 1},
    "DistilBert": {"dim": 16, "hidden_dim": 32, "n_heads": 2, "n_layers": 2, "max_position_embeddings": 32},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """As the workflow leaves a classifier: calibrated, named, with the length that it was trained for."""
    folder = tmp_path_factory.mktemp("model")
    model, tokenizer = classifier(folder)
    # Ten pairs of a label at least, of fewer nothing is fitted.
    dev = encode_pairs(tokenizer, *map(list, zip(*PAIRS * 4, strict=True)), 32)
    labels = (np.arange(4 * len(PAIRS)) % 3 == 0).astype(np.int8)
    fitted = calibrate_classifier(model, [dev], labels, {"calibrate": True, "decision_threshold": 0.5}, 2048)
    assert abs(fitted["temperature"] - 1) > 0.01
    name_labels(model.config, fitted["margin"])
    save_folder(model, tokenizer, [folder / name for name in FOLDER_FILES])
    return folder


@pytest.fixture(scope="module")
def ours(folder):
    return [one.probability for one in Explainer.from_pretrained(folder).predict(PAIRS)]


def test_others_may_read_a_folder_as_far_as_the_umask_lets_them(folder):
    plain = folder / "plain"
    plain.touch()
    assert {(folder / name).stat().st_mode for name in FOLDER_FILES} == {plain.stat().st_mode}


def test_transformers_gives_our_probabilities(folder, ours):
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder).eval()
    inputs = tokenizer([q for q, _ in PAIRS], [t for _, t in PAIRS], padding=True, truncation=True, return_tensors="pt")
    with torch.no_grad():
        theirs = model(**inputs).logits.double().softmax(-1)[:, 1]
    np.testing.assert_allclose(theirs, ours, rtol=0, atol=1e-6)
    assert model.config.id2label == {0: "not similar", 1: "similar"}


def test_the_pipeline_of_transformers_gives_our_probabilities_by_the_names_of_the_labels(folder, ours):
    judge = transformers.pipeline("text-classification", model=str(folder), top_k=None)
    found = judge([{"text": q, "text_pair": t} for q, t in PAIRS], truncation=True)
    theirs = [{one["label"]: one["score"] for one in labels} for labels in found]
    np.testing.assert_allclose([one["similar"] for one in theirs], ours, rtol=0, atol=1e-6)
    assert {*theirs[0]} == {"similar", "not similar"}


def test_a_cross_encoder_gives_our_probabilities(folder, ours):
    library = pytest.importorskip("sentence_transformers", reason="sentence-transformers is not installed")
    judge = library.CrossEncoder(str(folder), device="cpu")
    found = judge.predict(PAIRS, apply_softmax=True)
    np.testing.assert_allclose(found[:, 1], ours, rtol=0, atol=1e-6)


def test_only_a_model_with_the_marker_says_that_it_loads_through_yiju(tmp_path):
    for marker in (True, False):
        model, tokenizer = classifier(tmp_path / f"{marker}", marker)
        save_folder(model, tokenizer, [tmp_path / f"{marker}" / name for name in FOLDER_FILES])
        config = json.loads((tmp_path / f"{marker}" / "config.json").read_text(encoding="utf-8"))
        assert config.get("loads_through", "anything").startswith("yiju" if marker else "anything")


def stranger(kind, tmp_path, **changes):
    """A model folder of another kind than BERT, with weights large enough to have opinions."""
    tokenizer = load_tokenizer(model_folder(tmp_path / "bert"))
    settings = KINDS.get(kind, SMALL) | {"vocab_size": len(tokenizer), "num_labels": 2} | changes
    config = getattr(transformers, f"{kind}Config")(**settings)
    model = getattr(transformers, f"{kind}ForSequenceClassification")(config).eval()
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn(weight.shape, generator=generator) * 0.2)
    save_folder(model, tokenizer, [tmp_path / kind / name for name in FOLDER_FILES])
    return model, tokenizer, tmp_path / kind


@pytest.mark.parametrize("kind", KINDS)
def test_classifiers_of_other_kinds_are_judged_as_transformers_judges_them(kind, tmp_path):
    model, tokenizer, folder = stranger(kind, tmp_path)
    inputs = tokenizer([q for q, _ in PAIRS], [t for _, t in PAIRS], padding=True, truncation=True, return_tensors="pt")
    if kind in ("Roberta", "DistilBert"):
        del inputs["token_type_ids"]
    with torch.no_grad():
        theirs = model(**inputs).logits.double().softmax(-1)[:, 1]
    explainer = Explainer.from_pretrained(folder)
    assert explainer.max_length == 32
    np.testing.assert_allclose([one.probability for one in explainer.predict(PAIRS)], theirs, rtol=0, atol=1e-6)
    assert len({round(float(chance), 3) for chance in theirs}) > 3


@pytest.mark.parametrize("kind", KINDS)
def test_judgements_of_other_kinds_of_classifiers_are_explained(kind, tmp_path):
    explainer = Explainer.from_pretrained(stranger(kind, tmp_path)[2])
    for one in explainer.explain(PAIRS[:3], "integrated_gradients", steps=64, matrix="gradients"):
        # Completeness: the scores add up to the change of log p, but for the error of the sum over the path.
        assert abs(one.gap) < 0.05
        assert max(abs(part.score) for side in one.sides for part in side.segments) > 0
        assert np.abs(one.matrix).max() > 0
    (found,) = explainer.counterfactuals(PAIRS[:1])
    assert found.label in (0, 1)
    explained = explainer.explain(PAIRS[:2], "occlusion")
    for one, curve in zip(explained, explainer.curves(explained), strict=True):
        assert curve[0] == pytest.approx(one.probability if one.label else 1 - one.probability, abs=1e-6)


def test_models_of_more_labels_and_decoders_judge_as_transformers_does(tmp_path):
    three = stranger("Bert", tmp_path / "three", num_labels=3)
    found = Explainer.from_pretrained(three[2]).predict(PAIRS)
    assert {one.label_name for one in found} <= {"LABEL_0", "LABEL_1", "LABEL_2"}
    shape = {"n_embd": 16, "n_head": 2, "n_layer": 1, "n_positions": 64, "pad_token_id": 0}
    model, tokenizer, folder = stranger("GPT2", tmp_path / "gpt", **shape)
    with torch.no_grad():
        inputs = [tokenizer(*pair, return_tensors="pt", return_token_type_ids=False) for pair in PAIRS[:4]]
        theirs = [model(**one).logits[0].softmax(-1)[1].item() for one in inputs]
    judged = Explainer.from_pretrained(folder).predict(PAIRS[:4])
    np.testing.assert_allclose([one.probability for one in judged], theirs, rtol=0, atol=1e-6)


def test_another_template_of_pairs_is_followed(tmp_path):
    model, tokenizer, _ = stranger("Roberta", tmp_path / "roberta")
    ends = ("[SEP]", tokenizer.sep_token_id), ("[CLS]", tokenizer.cls_token_id)
    tokenizer.backend_tokenizer.post_processor = processors.RobertaProcessing(*ends)
    with torch.no_grad():
        inputs = [tokenizer(*pair, return_tensors="pt", return_token_type_ids=False) for pair in PAIRS[:4]]
        theirs = [model(**one).logits[0].softmax(-1)[1].item() for one in inputs]
    explainer = Explainer(model, tokenizer)
    assert len(explainer.scorer.template.between) == 2
    np.testing.assert_allclose([one.probability for one in explainer.predict(PAIRS[:4])], theirs, rtol=0, atol=1e-6)


def test_what_cannot_be_explained_is_refused_with_what_could_be(tmp_path):
    shape = {"d_model": 16, "encoder_layers": 1, "decoder_layers": 1, "encoder_ffn_dim": 16, "decoder_ffn_dim": 16}
    shape |= {"encoder_attention_heads": 2, "decoder_attention_heads": 2, "max_position_embeddings": 64}
    model, tokenizer, _ = stranger("Bart", tmp_path / "bart", **shape)
    with pytest.raises(YijuError, match=r"a bart model, of encoder and decoder; .* from Python \(docs/any-model\.md\)"):
        Explainer(model, tokenizer)
    tokenizer.pad_token = None
    with pytest.raises(YijuError, match="has no pad_token"):
        Explainer(stranger("Bert", tmp_path / "bert")[0], tokenizer)
