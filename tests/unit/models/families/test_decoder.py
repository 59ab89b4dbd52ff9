"""Decoder rerankers: prompts and where they are cut, methods without a mask token, threads, and bounds of memory."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import oracles
import pytest
import torch
from families import Row, build, prompts
from families.cross_encoders import with_modules
from families.json_files import read_json, write_json
from families.table import INSTRUCTION, UNSAID
from families.texts import LONG_PAIRS, PAIRS
from torch.utils._python_dispatch import TorchDispatchMode
from transformers import AutoModelForCausalLM, AutoTokenizer

from yiju import Explainer
from yiju.base.errors import YijuError
from yiju.explain.methods.integrated_gradients import attribute
from yiju.explain.paths import blanked
from yiju.explain.subject import total
from yiju.models.chat_template import LONGEST
from yiju.models.removal import keep_tokens

MODULES, PLAIN = Row("decoder", "qwen3"), Row("decoder", "qwen3", "plain")
CHAT = Row("cross-encoder", "qwen3", "chat template")
CLOSE = {"rtol": 1e-6, "atol": 1e-5}
FEW = (PAIRS[0], PAIRS[10], PAIRS[11])


@pytest.fixture(scope="module")
def explainer(family_folder):
    return Explainer.from_pretrained(family_folder(MODULES), device="cpu")


@pytest.fixture
def copied(family_folder, tmp_path):
    """A copy of a row's folder with another chat template, or with other keys in one of its files."""

    def made(row, chat=None, **files):
        folder = tmp_path / "model"
        shutil.copytree(family_folder(row), folder)
        if chat is not None:
            (folder / "chat_template.jinja").write_text(chat, encoding="utf-8")
        for name, keys in files.items():
            write_json(folder / f"{name}.json", read_json(folder / f"{name}.json") | keys)
        return folder

    return made


def scores(found):
    return [one.score for one in found]


class Largest(TorchDispatchMode):
    """Notes how many numbers the largest tensor has that is computed in the block."""

    numbers = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        found = function(*args, **(kwargs or {}))
        for one in found if isinstance(found, tuple | list) else (found,):
            if isinstance(one, torch.Tensor):
                self.numbers = max(self.numbers, one.numel())
        return found


# Prompts


def test_the_caller_says_what_the_files_of_a_language_model_do_not(family_folder):
    with pytest.raises(YijuError, match=r'answers=\("no", "yes"\), template=".*\{q\}'):
        Explainer.from_pretrained(family_folder(PLAIN), device="cpu")
    with pytest.raises(YijuError, match="knows no pairs of query and document; write the prompt"):
        Explainer.from_pretrained(family_folder(PLAIN), device="cpu", answers=("no", "yes"))


def test_a_chat_template_of_pairs_serves_a_plain_folder(copied, family_folder):
    folder = copied(PLAIN, chat=prompts.PAIR_TEMPLATE)
    found = Explainer.from_pretrained(folder, device="cpu", answers=("no", "yes"), instruction=INSTRUCTION)
    expected = oracles.qwen3_reranker(family_folder(PLAIN), FEW, INSTRUCTION)
    np.testing.assert_allclose(scores(found.predict(FEW)), expected[:, 0], **CLOSE)


def test_one_answer_is_its_logit(family_folder):
    one = Explainer.from_pretrained(family_folder(PLAIN), device="cpu", **UNSAID[PLAIN] | {"answers": "yes"})
    expected = oracles.cross_encoder(family_folder(Row("decoder", "qwen3", "one answer")), FEW)
    np.testing.assert_allclose(scores(one.predict(FEW)), expected[:, 0], **CLOSE)


def test_a_prompt_is_an_option_of_cross_encoders_too(family_folder):
    """Of those that were made of decoders and have no template of their own."""
    plain = family_folder(Row("cross-encoder", "qwen3", "plain"))
    told = {name: UNSAID[PLAIN][name] for name in ("template", "instruction")}
    found = Explainer.from_pretrained(plain, device="cpu", **told)
    np.testing.assert_allclose(
        scores(found.predict(FEW)), oracles.cross_encoder(family_folder(CHAT), FEW)[:, 0], **CLOSE
    )


def test_a_default_prompt_of_a_cross_encoder_stands_before_q(tmp_path):
    options = {"prompts": {"query": "判断：is "}, "default_prompt_name": "query"}
    folder = build("cross-encoder", "bert", tmp_path / "model", build=with_modules, **options)
    found = Explainer.from_pretrained(folder, device="cpu")
    pairs = (*FEW, *LONG_PAIRS)
    np.testing.assert_allclose(scores(found.predict(pairs)), oracles.cross_encoder(folder, pairs)[:, 0], **CLOSE)
    parts = found.explain(FEW[0]).sides[0].segments
    assert [part.text for part in parts] == list(FEW[0][0])


def test_an_instruction_takes_the_place_of_the_folders_own(family_folder):
    found = Explainer.from_pretrained(family_folder(MODULES), device="cpu", instruction=INSTRUCTION)
    expected = oracles.qwen3_reranker(family_folder(PLAIN), FEW, INSTRUCTION)
    np.testing.assert_allclose(scores(found.predict(FEW)), expected[:, 0], **CLOSE)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"template": "{q}"}, "give a text with {q} and {t}"),
        ({"template": "{q}{t}{t}"}, "each of them once"),
        ({"template": "{t}\n{q}\n"}, "{t} before {q}"),
        ({"template": "{instruction}\n{q}\n{t}\n", "instruction": None}, "give instruction"),
        ({"template": "{q}\n{t}\n"}, "no place for the instruction"),
        ({"template": "{instruction}{q}{t}"}, "never cuts"),
        ({"answers": ("no", "yes", "maybe")}, "give the two answers"),
        ({"answers": ("no", "怎么 花呗")}, "must be one"),
        ({"template": prompts.written().replace("{instruction}", "{instruction}" * 400)}, "the prompt alone has"),
    ],
)
def test_a_prompt_that_does_not_do_is_refused(family_folder, options, said):
    with pytest.raises(YijuError, match=said.replace("{", r"\{")):
        Explainer.from_pretrained(family_folder(PLAIN), device="cpu", **UNSAID[PLAIN] | options)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (("~ document", "~ document | trim"), "changes the texts"),
        (("~ document", "~ document ~ document"), "not a prompt with the one and then the other"),
        (("~ query", "~ document"), "not a prompt with the one and then the other"),
        (("~ query", "~ query ~ raise_exception('no')"), "cannot be rendered"),
        (("~ query", "~ query ~ ''.__class__.__mro__"), "cannot be rendered"),
        (("~ query", "~ query ~"), "damaged|cannot be rendered"),
        (("~ query", "~ query ~ 'a' * 9999999999"), r"uses \*"),
        (("~ query", "~ query ~ 9 ** 9999999999"), r"uses \*\*"),
        (("~ query", "~ query ~ 'a' | center(9999999999)"), "uses center"),
        (("{{- '<|im_start|>", "{#" + "a" * LONGEST + "#}{{- '<|im_start|>"), "characters, more than"),
        (
            (
                "{{- '<|im_start|>",
                "{%- set x = namespace(a='aa') -%}"
                + "{%- for a in messages[0].content -%}" * 12
                + "{%- set x.a = 'b' -%}"
                + "{%- endfor -%}" * 12
                + "{{- '<|im_start|>",
            ),
            "takes too long",
        ),
        (
            ("{{- '<|im_start|>", "{%- set x = 'aa' -%}" + "{%- set x = x ~ x -%}" * 60 + "{{- '<|im_start|>"),
            "too much memory",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_chat_template_that_does_not_do_is_refused_within_bounds(copied, changed, said):
    chat = prompts.PAIR_TEMPLATE.replace(*changed)
    assert chat != prompts.PAIR_TEMPLATE
    folder = copied(MODULES, chat=chat)
    with pytest.raises(YijuError, match=said) as caught:
        Explainer.from_pretrained(folder, device="cpu")
    assert str(caught.value).startswith(str(folder))


def test_an_instruction_that_a_chat_template_passes_over_is_refused(copied):
    folder = copied(MODULES, chat=prompts.PAIR_TEMPLATE.replace("~ instruction ~", "~ 'fixed' ~"))
    with pytest.raises(YijuError, match="passes over the instruction"):
        Explainer.from_pretrained(folder, device="cpu", instruction=INSTRUCTION)


def test_an_answer_beyond_the_vocabulary_is_refused(copied):
    folder = copied(MODULES, **{"1_LogitScore/config": {"true_token_id": 99_999}})
    with pytest.raises(YijuError, match="the answer is token 99999"):
        Explainer.from_pretrained(folder, device="cpu")


def test_a_head_that_the_file_lacks_is_not_drawn(copied):
    """Where the config says that the head is not the table of the words, it must be in the file."""
    folder = copied(MODULES, config={"tie_word_embeddings": False})
    with pytest.raises(YijuError, match=r"lm_head\.weight"):
        Explainer.from_pretrained(folder, device="cpu")


def test_a_language_model_is_no_classifier(family_folder):
    folder = family_folder(MODULES)
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    with pytest.raises(YijuError, match=r"a Qwen3ForCausalLM, which gives words.*from_pretrained"):
        Explainer(model, tokenizer)


def test_a_config_that_names_no_class_is_a_language_models_where_answers_are_named(copied, family_folder):
    folder = copied(PLAIN, config={"architectures": None})
    found = Explainer.from_pretrained(folder, device="cpu", **UNSAID[PLAIN])
    np.testing.assert_allclose(
        scores(found.predict(FEW)), oracles.qwen3_reranker(family_folder(PLAIN), FEW)[:, 0], **CLOSE
    )


def test_answers_are_those_of_a_language_model(family_folder):
    with pytest.raises(YijuError, match="answers belong to a language model"):
        Explainer.from_pretrained(family_folder(CHAT), device="cpu", answers=("no", "yes"))


# Reading


@pytest.mark.parametrize("row", [MODULES, CHAT], ids=str)
def test_a_long_document_is_cut_as_the_library_cuts_it(row, family_folder):
    pairs = (("花呗怎么开通？", "如何 change 手机号码，" * 200), ("What is it", "the capital.\n" * 400))
    found = Explainer.from_pretrained(family_folder(row), device="cpu").predict(pairs)
    np.testing.assert_allclose(scores(found), oracles.cross_encoder(family_folder(row), pairs)[:, 0], **CLOSE)
    assert all(one.truncated for one in found)


def test_the_head_computes_one_token_of_each_pair(explainer):
    shapes = []
    with explainer.computing() as subject:
        head = subject.model.get_output_embeddings()
        handle = head.register_forward_hook(lambda module, args, output: shapes.append(tuple(output.shape)))
        pairs = explainer.scorer.pair_up(
            *(explainer.scorer.encode(own, side) for side, own in enumerate(zip(*PAIRS, strict=True)))
        )
        subject.outputs(pairs)
        handle.remove()
    assert {shape[1] for shape in shapes} == {1}
    assert sum(shape[0] for shape in shapes) == len(PAIRS)


def test_eight_thousand_tokens_are_judged_in_bounded_memory(copied):
    folder = copied(MODULES, config={"max_position_embeddings": 8192}, tokenizer_config={"model_max_length": 8192})
    found = Explainer.from_pretrained(folder, device="cpu")
    pair = ("花呗怎么开通？", "如何 change 手机号码，" * 1100)
    with Largest() as largest:
        judged = found.predict([pair, PAIRS[0]])
    assert judged[0].truncated
    assert largest.numbers <= 8192 * 64
    np.testing.assert_allclose(scores(judged), oracles.cross_encoder(folder, (pair, PAIRS[0]))[:, 0], **CLOSE)


# Explaining


def test_integrated_gradients_from_padding_add_up_to_what_they_promise(explainer):
    options = {"method": "integrated_gradients", "steps": 20, "max_steps": 320, "baseline": "pad", "smooth": None}
    with explainer.before(FEW) as ensemble:
        (reading,) = ensemble.readings
        found = attribute(reading.subject, reading.pairs, np.ones(len(FEW), dtype=np.int64), options)
        promised = total(reading.pairs, found.values) - found.gap
        blank = reading.subject.outputs(blanked(reading.subject, reading.pairs, "pad"))
        whole = reading.subject.outputs(reading.pairs)
    np.testing.assert_allclose(promised, (whole - blank)[:, 1], rtol=1e-4, atol=1e-5)
    assert (np.abs(found.gap) < 0.01 * np.abs(promised)).all()


def test_a_method_that_needs_a_mask_token_is_refused_with_what_would_do(explainer):
    with pytest.raises(YijuError, match=r'no mask token.*baseline="pad"'):
        explainer.explain(FEW[0], "integrated_gradients")
    with pytest.raises(YijuError, match="no mask token"):
        explainer.explain(FEW[0], "occlusion", removal="mask")
    assert "BERT" in explainer.why_unsupported("deeplift")


def test_a_prompt_without_a_word_is_the_prompt_of_the_shortened_text(explainer):
    """Well defined where a word's tokens are its own: those of Latin words begin with the space before them."""
    q, words = "怎么开通花呗", ["What", "is", "the", "capital", "of", "China"]
    found = explainer.explain((q, " ".join(words)), "occlusion")
    for index, part in enumerate(found.sides[1].segments):
        without = explainer.predict((q, " ".join(words[:index] + words[index + 1 :])))
        assert part.score == pytest.approx(found.score - without.score, abs=2e-5)


def test_what_a_deleted_token_holds_of_the_prompt_stays(explainer):
    """Where `？` and the line break behind q are one token, as in large vocabularies."""
    scorer, (line,) = explainer.scorer, explainer.tokenizer.encode("\n")
    q, t = scorer.encode(["怎么开通？"], 0), scorer.encode(["花呗"], 1)
    pairs = scorer.pair_up(q, t)
    begin, end = pairs.first_starts[0], pairs.first_starts[0] + pairs.first[0]
    # The last two tokens as one that is neither of them.
    joined = replace(
        pairs,
        ids=np.concatenate([pairs.ids[: end - 2], [99], pairs.ids[end:]]),
        starts=pairs.starts - [0, 1],
        first=pairs.first - 1,
    )
    kept = np.ones(len(joined.ids), dtype=bool)
    kept[end - 2] = False
    left = keep_tokens(joined, np.zeros(1, dtype=np.int64), kept, "delete", None)
    assert left.ids[begin : end - 1].tolist() == [*pairs.ids[begin : end - 2], line]
    assert left.lengths == joined.lengths


@pytest.mark.parametrize("method", ["kernel_shap", "gradient_input", "lime", "sobol"])
def test_methods_give_every_segment_a_score(explainer, method):
    for found in explainer.explain(FEW, method):
        assert all(part.score is not None for side in found.sides for part in side.segments)


@pytest.mark.parametrize("matrix", ["occlusion", "shapley"])
def test_matrices(explainer, matrix):
    found = explainer.explain(("怎么开通", "怎样开通"), matrix=matrix)
    assert np.array(found.matrix, dtype=float).shape == (4, 4)


def test_curves_delete_by_default_and_mask_with_a_token_that_is_named(explainer, family_folder):
    explained = explainer.explain(FEW)
    curves = explainer.curves(explained)
    assert curves == explainer.curves(explained, removal="delete")
    assert [curve[0] for curve in curves] == pytest.approx(scores(explained), abs=1e-5)
    named = Explainer.from_pretrained(family_folder(MODULES), device="cpu", mask_token="<|im_end|>")
    assert named.curves(explained) != curves
    assert named.explain(FEW[0], "integrated_gradients", max_steps=20).gap is not None
    assert named.explain(FEW[0], matrix="gradients").matrix is not None


def test_threads_get_what_one_after_another_gets(explainer):
    def both(pair):
        found = explainer.explain(pair, "gradient_input")
        return found.score, [part.score for side in found.sides for part in side.segments]

    alone = [both(pair) for pair in PAIRS[:6]]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(both, PAIRS[:6])) == alone


# What CrossEncoder.predict returns


@pytest.mark.parametrize(
    "row",
    [Row("cross-encoder", "bert", one) for one in ("plain", "identity", "old key, identity", "modules, identity")]
    + [Row("cross-encoder", "bert", "old key"), MODULES],
    ids=str,
)
def test_the_activation_is_the_one_that_the_folder_names(row, family_folder):
    found = Explainer.from_pretrained(family_folder(row), device="cpu")
    given = found.activation(torch.tensor(scores(found.predict(FEW)), dtype=torch.float64))
    expected = oracles.cross_encoder(family_folder(row), FEW, activation=None)
    np.testing.assert_allclose(given.numpy(), expected[:, 0], **CLOSE)


def test_an_activation_outside_torch_is_warned_of_and_not_followed(copied, caplog):
    folder = copied(Row("cross-encoder", "bert"), config={"sentence_transformers": {"activation_fn": "os.getcwd"}})
    found = Explainer.from_pretrained(folder, device="cpu")
    assert isinstance(found.activation, torch.nn.Sigmoid)
    assert "os.getcwd is none of torch's" in caplog.text
