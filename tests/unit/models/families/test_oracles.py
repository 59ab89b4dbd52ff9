"""The tiny models are what they are meant to be: their owners agree on them, and their scores tell pairs apart."""

import json

import numpy as np
import oracles
import pytest
from families import ARCHITECTURES, FAMILIES, ROWS, Row, build, prompts, rows
from families.library import need_sentence_transformers
from families.table import SKIPPED
from families.texts import EMPTY_SIDE, LONG_PAIRS, PAIRS, SENTENCES
from transformers import AutoTokenizer

# These try the tests' own models; whatever changes in yiju, they say the same.
pytestmark = pytest.mark.slow
CLOSE = {"rtol": 0, "atol": 1e-5}
SWAPPED = tuple((t, q) for q, t in PAIRS)


def agree(first, second):
    np.testing.assert_allclose(first, second, **CLOSE)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_different_pairs_get_different_scores(row, family_folder):
    found = oracles.outputs(row, family_folder(row), PAIRS)
    assert found.shape == (len(PAIRS), FAMILIES[row.family].outputs)
    assert found.dtype == np.float64
    assert (found.std(0) > 0.01).all()
    # Two may be the same: under MaxSim a short query may match the beginning that all documents share.
    assert len(np.unique(found.round(6), axis=0)) >= len(PAIRS) - 1


@pytest.mark.parametrize("row", rows("two labels", "three labels", "cross-encoder", "decoder"), ids=str)
def test_the_order_of_the_two_texts_matters(row, family_folder):
    folder, different = family_folder(row), [q != t for q, t in PAIRS]
    gap = np.abs(oracles.outputs(row, folder, PAIRS) - oracles.outputs(row, folder, SWAPPED))[different]
    assert (gap.max(1) > 1e-4).all()
    assert gap.max() > 0.01


@pytest.mark.parametrize("row", rows("two labels", "three labels", "cross-encoder"), ids=str)
def test_transformers_and_cross_encoder_agree(row, family_folder):
    need_sentence_transformers()
    logits = oracles.rendered_logits if row.variant == "chat template" else oracles.transformers_logits
    pairs = PAIRS + EMPTY_SIDE if row.architecture == "qwen3" else PAIRS + EMPTY_SIDE + LONG_PAIRS
    folder = family_folder(row)
    agree(logits(folder, pairs), oracles.cross_encoder(folder, pairs))


@pytest.mark.parametrize("row", rows("cross-encoder"), ids=str)
def test_a_cross_encoder_applies_the_activation_that_its_folder_names(row, family_folder):
    need_sentence_transformers()
    folder = family_folder(row)
    logits, found = oracles.cross_encoder(folder, PAIRS), oracles.cross_encoder(folder, PAIRS, activation=None)
    agree(found, logits if "identity" in row.variant else 1 / (1 + np.exp(-logits)))


def test_a_decoders_folders_differ_in_form_only(family_folder):
    plain, modules = family_folder(Row("decoder", "qwen3", "plain")), family_folder(Row("decoder", "qwen3"))
    agree(oracles.qwen3_reranker(plain, PAIRS), oracles.cross_encoder(modules, PAIRS))
    assert not (plain / "modules.json").exists()
    assert json.loads((modules / "modules.json").read_text(encoding="utf-8"))[1]["path"] == "1_LogitScore"


def test_a_decoders_default_prompt_takes_the_place_of_the_instruction(family_folder):
    row = Row("decoder", "qwen3", "instruction")
    plain, folder = family_folder(Row("decoder", "qwen3", "plain")), family_folder(row)
    instruction = FAMILIES["decoder"].variants["qwen3", "instruction"]["instruction"]
    agree(oracles.qwen3_reranker(plain, PAIRS, instruction), oracles.cross_encoder(folder, PAIRS))


def test_tokens_of_a_decoders_prompt_reach_across_the_borders_of_its_texts(family_folder):
    tokenizer = AutoTokenizer.from_pretrained(family_folder(Row("decoder", "qwen3", "plain")))
    q, t = "What is this", "the capital."
    before, after = prompts.content("", "").split("\n<Document>: ")[0], "\n<Document>: "
    apart = [id for text in (before, q, after, t) for id in tokenizer(text)["input_ids"]]
    assert tokenizer(prompts.content(q, t))["input_ids"] != apart


# A decoder's vector is that of its last token.
@pytest.mark.parametrize("architecture", [name for name, one in ARCHITECTURES.items() if not one.decoder])
def test_transformers_and_sentence_transformers_agree_on_means(architecture, family_folder):
    row = Row("bi-encoder", architecture)
    agree(oracles.mean_pooled_cosine(family_folder(row), PAIRS), oracles.bi_encoder(family_folder(row), PAIRS))


@pytest.mark.parametrize("row", [row for row in rows("late interaction") if row.variant != "mean"], ids=str)
def test_late_interaction_is_the_sum_of_the_maxima_of_its_matrix(row, family_folder):
    folder, few = family_folder(row), PAIRS[:3]
    sums = [[oracles.token_similarities(folder, q, t).max(1).sum()] for q, t in few]
    agree(oracles.late_interaction(folder, few), sums)


def test_expansion_and_skiplist_change_which_tokens_are_scored(family_folder):
    folders = [family_folder(Row("late interaction", "bert", variant)) for variant in ("", "expansion", "skiplist")]
    q, t = SENTENCES[4], SENTENCES[14]
    usual, expanded, skipped = (oracles.token_similarities(folder, q, t).shape for folder in folders)
    assert expanded == (32, usual[1])
    assert skipped == (usual[0], usual[1] - sum(character in SKIPPED for character in t))


def test_an_older_folder_of_a_bi_encoder_is_the_same_model(family_folder, tmp_path):
    options = {"pooling": "cls", "normalize": True, "max_length": 12}
    newer = build("bi-encoder", "bert", tmp_path / "newer", **options)
    older = family_folder(Row("bi-encoder", "bert", "older"))
    agree(oracles.bi_encoder(newer, PAIRS), oracles.bi_encoder(older, PAIRS))


@pytest.mark.parametrize("architecture", [name for name, one in ARCHITECTURES.items() if not one.decoder])
def test_long_pairs_are_longer_than_the_encoders_read(architecture):
    tokenizer = ARCHITECTURES[architecture].new_tokenizer()
    lengths = [len(tokenizer(q, t)["input_ids"]) for q, t in LONG_PAIRS]
    assert min(lengths) > ARCHITECTURES[architecture].positions
