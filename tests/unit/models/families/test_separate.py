"""Bi-encoders and late-interaction models: each text by itself, encoded once, and how modules of a folder are read."""

import copy
from dataclasses import replace

import numpy as np
import oracles
import pytest
import torch
from families import Row, rows
from families.json_files import read_json, write_json
from families.table import build
from families.texts import LONG_PAIRS, PAIRS
from safetensors.torch import load_file, save_file

from yiju import Explainer
from yiju.base.errors import YijuError
from yiju.explain.jacobians import integrated_jacobians
from yiju.explain.methods import METHODS
from yiju.explain.paths import blanked
from yiju.explain.subject import Subject
from yiju.models.removal import keep_tokens, ordinary

CLOSE = {"rtol": 1e-6, "atol": 1e-5}
PAIR = ("怎么开通花呗", "花呗如何开通")
SHORT = ("北京今天天气", "天气怎么样")
SEPARATE = rows("bi-encoder", "late interaction")
# What looks at the layers of one input in which both sentences stand.
ONE_INPUT = ("attention_rollout", "deeplift", "gim", "value_zeroing")


@pytest.fixture(scope="module")
def opened(family_folder):
    """The explainer of a row, opened once."""
    explainers = {}

    def explainer(row):
        if row not in explainers:
            explainers[row] = Explainer.from_pretrained(family_folder(row), device="cpu")
        return explainers[row]

    return explainer


def scores(judgements):
    return [judgement.score for judgement in judgements]


def changed(folder, file, **values):
    write_json(folder / file, read_json(folder / file) | values)


def renamed(folder, step, name):
    steps = read_json(folder / "modules.json")
    steps[step]["type"] = name
    write_json(folder / "modules.json", steps)


def parts(explanation):
    return [part.score for side in explanation.sides for part in side.segments]


@pytest.mark.parametrize("row", SEPARATE, ids=str)
def test_integrated_gradients_miss_their_sum_by_less_than_one_hundredth(row, opened):
    explainer = opened(row)
    # Qwen has no [MASK], and by its normalisation no value at zero vectors that those nearby come close to.
    baseline = "pad" if row.architecture == "qwen3" else "mask"
    # Where the best match of a token changes on the way, the score has a bend: around it the way is halved.
    found = explainer.explain([PAIR, SHORT], "integrated_gradients", baseline=baseline, max_steps=640)
    with explainer.before([PAIR, SHORT]) as ensemble:
        subject, pairs = ensemble.first.subject, ensemble.first.pairs
        changes = subject.outputs(pairs)[:, 1] - subject.outputs(blanked(subject, pairs, baseline))[:, 1]
    for one, change in zip(found, changes, strict=True):
        assert abs(one.gap) < 0.01 * max(0.1, abs(change)) + 1e-6


@pytest.mark.parametrize("row", [row for row in SEPARATE if row.architecture == "bert"], ids=str)
def test_without_a_character_the_shortened_text_is_judged(row, family_folder, opened):
    """A Chinese character is a token of its own there, whatever stands beside it."""
    explainer, folder = opened(row), family_folder(row)
    found = explainer.explain(PAIR, "occlusion", removal="delete")
    shorter = [
        *((PAIR[0][:place] + PAIR[0][place + 1 :], PAIR[1]) for place in range(len(PAIR[0]))),
        *((PAIR[0], PAIR[1][:place] + PAIR[1][place + 1 :]) for place in range(len(PAIR[1]))),
    ]
    expected = found.score - oracles.outputs(row, folder, tuple(shorter))[:, 0]
    np.testing.assert_allclose(parts(found), expected, **CLOSE)


@pytest.mark.parametrize("row", SEPARATE, ids=str)
def test_what_gradients_are_taken_of_is_what_is_predicted(row, opened):
    scorer = opened(row).scorer
    pairs = scorer.pair_up(scorer.encode([PAIR[0], SHORT[0]], 0), scorer.encode([PAIR[1], SHORT[1]], 1))
    batch = pairs.batch(np.arange(2))
    with scorer.evaluating():
        output = scorer.embedding_output(batch)
        at = scorer.outputs_at(batch, output).detach().numpy()
    np.testing.assert_allclose(at, scorer.predict(pairs, 100), **CLOSE)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("family", ["bi-encoder", "late interaction"])
def test_every_method_works_or_is_refused_by_name(family, method, opened):
    explainer = opened(Row(family, "bert"))
    if method in ONE_INPUT:
        with pytest.raises(YijuError, match=f"{method} .* this model is a {explainer.scorer.family}"):
            explainer.explain(PAIR, method)
        return
    assert np.isfinite(parts(explainer.explain(PAIR, method))).all()


@pytest.mark.parametrize("family", ["bi-encoder", "late interaction"])
def test_variants_of_either_side_are_encoded_once_and_not_once_a_pair(family, opened, monkeypatch):
    scorer = opened(Row(family, "bert")).scorer
    pairs = scorer.pair_up(scorer.encode([PAIR[0]], 0), scorer.encode([PAIR[1]], 1))
    first, second = len(PAIR[0]), len(PAIR[1])
    kept = np.ones((first, second, len(pairs.ids)), dtype=bool)
    own = np.flatnonzero(ordinary(pairs))
    q, t = own[: int(pairs.first[0])][-first:], own[-second:]
    kept[np.arange(first), :, q], kept[:, np.arange(second), t] = False, False
    variants = keep_tokens(pairs, np.zeros(first * second, dtype=np.int64), kept.ravel(), "delete", None)
    read = []
    forward = type(scorer.model).forward
    monkeypatch.setattr(
        type(scorer.model), "forward", lambda model, inputs: read.append(len(inputs.counted)) or forward(model, inputs)
    )
    assert scorer.predict(variants, 200).shape == (first * second, 2)
    assert sum(read) == first + second


@pytest.mark.parametrize("variant", ["short", "older"])
def test_each_text_is_cut_to_what_the_model_reads(variant, family_folder, opened):
    row = Row("bi-encoder", "bert", variant)
    judgements = opened(row).predict(LONG_PAIRS)
    np.testing.assert_allclose(scores(judgements), oracles.outputs(row, family_folder(row), LONG_PAIRS)[:, 0], **CLOSE)
    assert all(one.truncated for one in judgements) and opened(row).max_length == 12


@pytest.mark.parametrize("variant", ["", "expansion", "pylate"])
def test_each_side_of_late_interaction_has_a_length_of_its_own(variant, family_folder, opened):
    row = Row("late interaction", "bert", variant)
    found = scores(opened(row).predict(LONG_PAIRS))
    np.testing.assert_allclose(found, oracles.outputs(row, family_folder(row), LONG_PAIRS)[:, 0], rtol=1e-5, atol=1e-4)


POOLINGS = {
    "weightedmean": {"pooling": "weightedmean"},
    "mean_sqrt_len_tokens": {"pooling": "mean_sqrt_len_tokens", "similarity_fn_name": "dot"},
    "two modes": {"pooling": ("cls", "mean"), "similarity_fn_name": "euclidean"},
    "manhattan": {"similarity_fn_name": "manhattan"},
}


@pytest.mark.parametrize("options", POOLINGS.values(), ids=POOLINGS)
def test_other_poolings_and_similarities(options, tmp_path):
    folder = build("bi-encoder", "bert", tmp_path / "model", **options)
    found = scores(Explainer.from_pretrained(folder, device="cpu").predict(PAIRS))
    np.testing.assert_allclose(found, oracles.bi_encoder(folder, PAIRS)[:, 0], **CLOSE)


@pytest.mark.parametrize("pooling", ["mean", "weightedmean", "cls"])
def test_prompts_that_are_not_pooled(pooling, tmp_path):
    prompts = {"query": "为这个句子生成表示：", "document": "段落："}
    folder = build("bi-encoder", "bert", tmp_path / "model", prompts=prompts, pooling=pooling)
    changed(folder, "1_Pooling/config.json", include_prompt=False)
    found = scores(Explainer.from_pretrained(folder, device="cpu").predict(PAIRS))
    np.testing.assert_allclose(found, oracles.bi_encoder(folder, PAIRS)[:, 0], **CLOSE)


def test_do_lower_case_of_the_folder(tmp_path):
    folder = build("bi-encoder", "roberta", tmp_path / "model")
    changed(folder, "sentence_bert_config.json", do_lower_case=True)
    explainer = Explainer.from_pretrained(folder, device="cpu")
    pairs = (("iPhone 13 怎么 开通", "What IS the capital"), *PAIRS)
    np.testing.assert_allclose(scores(explainer.predict(pairs)), oracles.bi_encoder(folder, pairs)[:, 0], **CLOSE)
    assert explainer.predict(("ABC 花呗", "花呗")).score == explainer.predict(("abc 花呗", "花呗")).score


@pytest.mark.parametrize("row", rows("late interaction"), ids=str)
def test_the_matrix_of_maxsim_and_what_is_no_text_sum_to_the_score(row, family_folder, opened):
    explainer = opened(row)
    found = explainer.explain(PAIR, "random", matrix="maxsim")
    with explainer.before([PAIR]) as ensemble:
        pairs = ensemble.first.pairs
        (match,) = explainer.scorer.matches(pairs, 100)
    assert match.values.sum() == pytest.approx(found.score, abs=1e-6)
    matrix = np.array(found.matrix)
    own = np.array([part.text for part in found.sides[0].segments]), [part.text for part in found.sides[1].segments]
    assert matrix.shape == (len(own[0]), len(own[1])) and found.estimator == "maxsim"
    # Of tokens that are one character, a character of q has at most one partner among those of t.
    if row.architecture == "bert":
        assert ((matrix != 0).sum(axis=1) <= 1).all()
        similar = oracles.token_similarities(family_folder(row), *PAIR)
        nonzero = matrix[matrix != 0] * (len(similar) if row.variant == "mean" else 1)
        for value in nonzero:
            assert np.abs(similar.max(1) - value).min() < 1e-5
    assert "MaxSim" in found.to_html()


def test_the_matrix_of_maxsim_of_both_orders_is_their_mean(opened):
    explainer = opened(Row("late interaction", "bert"))
    both = Explainer(explainer.scorer, average_orders=True)
    (one,), (other,) = (explainer.explain([pair], matrix="maxsim") for pair in (PAIR, PAIR[::-1]))
    found = both.explain(PAIR, matrix="maxsim")
    assert found.score == pytest.approx((one.score + other.score) / 2, abs=1e-6)
    np.testing.assert_allclose(found.matrix, (np.array(one.matrix) + np.array(other.matrix).T) / 2, atol=1e-6)


JACOBIANS = [row for row in rows("bi-encoder") if row.architecture != "qwen3"]


@pytest.mark.slow
@pytest.mark.parametrize("row", JACOBIANS, ids=str)
def test_integrated_jacobians_sum_to_what_both_texts_do_together(row, opened):
    """f(a) f(b) - f(a) f(b0) - f(a0) f(b) + f(a0) f(b0), where a0 and b0 are the texts with every token masked."""
    explainer = opened(row)
    found = explainer.explain(PAIR, "random", matrix="jacobians")
    with explainer.before([PAIR]) as ensemble:
        pairs = ensemble.first.pairs
    own, second = np.flatnonzero(ordinary(pairs)), int(pairs.second[0])
    kept = np.ones((4, len(pairs.ids)), dtype=bool)
    for variant, masked in ((1, own[-second:]), (2, own[:-second]), (3, own)):
        kept[variant, masked] = False
    masked = keep_tokens(pairs, np.zeros(4, dtype=np.int64), kept.ravel(), "mask", pairs.template.mask_id)
    whole, without_t, without_q, neither = explainer.scorer.predict(masked, 200)[:, 1]
    together = whole - without_t - without_q + neither
    cells = integrated_jacobians(Subject(explainer.scorer, 200), pairs)[0]
    assert cells.sum() == pytest.approx(together, abs=0.01 * max(1.0, abs(whole)))
    if not any(pairs.template.leads):
        np.testing.assert_allclose(np.sum(found.matrix), cells.sum(), rtol=1e-5)


def test_a_cell_of_integrated_jacobians_is_the_mean_of_products_of_derivatives(opened):
    """Against the same by differences of predicted vectors, for two tokens."""
    scorer = opened(Row("bi-encoder", "bert", "dot")).scorer
    pairs = scorer.pair_up(scorer.encode(["花呗"], 0), scorer.encode(["天气"], 1))
    (found,) = integrated_jacobians(Subject(scorer, 200), pairs)
    batch = pairs.batch(np.zeros(1, dtype=np.int64))
    blank = replace(batch, input_ids=batch.input_ids.clone())
    places = np.flatnonzero(ordinary(pairs)).tolist()
    blank.input_ids[0, places] = pairs.template.mask_id
    with torch.no_grad(), scorer.evaluating():
        start = scorer.embedding_output(blank).double()
        way = scorer.embedding_output(batch).double() - start
        double = scorer.view(copy.deepcopy(scorer.model).double())
        points, weights = np.polynomial.legendre.leggauss(20)
        vectors = []
        for place in places:
            step = torch.zeros_like(way)
            step[0, place] = 1e-4 * way[0, place]
            vectors.append(0)
            for point, weight in zip(points, weights, strict=True):
                at = start + (point + 1) / 2 * way
                side = int(place >= places[2])
                ends = [double.encoded_at(batch, at + sign * step, side)[0][0] for sign in (1, -1)]
                vectors[-1] = vectors[-1] + weight / 2 * (ends[0] - ends[1]) / 2e-4
    expected = [[float(q @ t) for t in vectors[2:]] for q in vectors[:2]]
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5)


def test_integrated_jacobians_need_a_product_of_vectors(opened):
    with pytest.raises(YijuError, match="cosine or dot, and this is a late-interaction model; take"):
        opened(Row("late interaction", "bert")).explain(PAIR, matrix="jacobians")
    with pytest.raises(YijuError, match=r"\[MASK\].*mask_token; or take"):
        opened(Row("bi-encoder", "qwen3")).explain(PAIR, matrix="jacobians")


@pytest.mark.parametrize("matrix", ["occlusion", "gradients", "shapley"])
@pytest.mark.parametrize("family", ["bi-encoder", "late interaction"])
def test_the_other_matrices(family, matrix, opened):
    found = opened(Row(family, "bert")).explain(("怎么开", "如何开"), "random", matrix=matrix)
    assert np.isfinite(found.matrix).all() and found.estimator == matrix


def test_the_matrix_of_maxsim_is_of_late_interaction_alone(opened):
    with pytest.raises(YijuError, match='late-interaction model scores, and this is a bi-encoder; take matrix="occlus'):
        opened(Row("bi-encoder", "bert")).explain(PAIR, matrix="maxsim")


def test_colours_are_full_by_the_scale_of_the_similarity(opened):
    scorer = opened(Row("bi-encoder", "bert")).scorer
    assert scorer.unit == 0.1 and replace(scorer, similarity_name="dot").unit is None
    late = opened(Row("late interaction", "bert")).scorer
    assert late.unit == 1.0 and replace(late, mean=True).unit is replace(late, normalised=False).unit is None


OF_LIBRARY, OF_TRANSFORMER = "config_sentence_transformers.json", "sentence_bert_config.json"
REFUSED = {
    "StaticEmbedding": lambda folder: renamed(folder, 0, "sentence_transformers.models.StaticEmbedding"),
    "CLIPModel": lambda folder: renamed(folder, 0, "sentence_transformers.models.CLIPModel"),
    "WordEmbeddings": lambda folder: renamed(folder, 0, "sentence_transformers.models.WordEmbeddings"),
    "LSTM": lambda folder: renamed(folder, 1, "sentence_transformers.models.LSTM"),
    "no module Pooling": lambda folder: write_json(folder / "modules.json", read_json(folder / "modules.json")[:1]),
    "SparseEncoder": lambda folder: changed(folder, OF_LIBRARY, model_type="SparseEncoder"),
    'similarity_fn_name is "hamming"': lambda folder: changed(folder, OF_LIBRARY, similarity_fn_name="hamming"),
    'pooling_mode is "best"': lambda folder: changed(folder, "1_Pooling/config.json", pooling_mode="best"),
    'activation_function is "os.system"': lambda folder: changed(
        folder, "2_Dense/config.json", activation_function="os.system"
    ),
    "use_residual": lambda folder: changed(folder, "2_Dense/config.json", use_residual=True),
    'transformer_task is "fill-mask"': lambda folder: changed(folder, OF_TRANSFORMER, transformer_task="fill-mask"),
    "max_seq_length is 1": lambda folder: changed(folder, OF_TRANSFORMER, max_seq_length=1),
    "model.safetensors missing": lambda folder: (folder / "2_Dense/model.safetensors").unlink(),
    "chat template": lambda folder: changed(folder, OF_TRANSFORMER, modality_config={"message": {}}),
}


@pytest.mark.parametrize("said", REFUSED)
def test_what_is_not_computed_is_refused_by_name(said, tmp_path):
    folder = build("bi-encoder", "bert", tmp_path / "model", dense=8)
    REFUSED[said](folder)
    with pytest.raises(YijuError, match=said) as refused:
        Explainer.from_pretrained(folder, device="cpu")
    assert str(refused.value).startswith(str(folder))


def test_an_encoder_of_which_a_weight_is_missing_is_refused(tmp_path):
    folder = build("bi-encoder", "bert", tmp_path / "model")
    weights = load_file(folder / "model.safetensors")
    name = next(name for name in weights if "layer.1" in name)
    save_file({key: value for key, value in weights.items() if key != name}, folder / "model.safetensors")
    with pytest.raises(YijuError, match=name.replace(".", r"\.")):
        Explainer.from_pretrained(folder, device="cpu")


@pytest.mark.parametrize("prefix", ["", "bert."])
def test_a_pooler_is_not_needed_and_names_may_begin_with_the_encoders(prefix, tmp_path):
    folder = build("bi-encoder", "bert", tmp_path / "model")
    expected = oracles.bi_encoder(folder, PAIRS)[:, 0]
    weights = load_file(folder / "model.safetensors")
    kept = {f"{prefix}{name}": value for name, value in weights.items() if not name.startswith("pooler.")}
    save_file(kept, folder / "model.safetensors")
    found = scores(Explainer.from_pretrained(folder, device="cpu").predict(PAIRS))
    np.testing.assert_allclose(found, expected, **CLOSE)
