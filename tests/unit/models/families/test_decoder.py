"""Decoder rerankers as folders and callers describe them: prompts, answers, activations, and what is refused."""

import numpy as np
import oracles
import pytest
import torch
from families import Row, build, prompts
from families.cross_encoders import with_modules
from families.json_files import read_json, write_json
from families.table import INSTRUCTION, UNSAID
from families.texts import LONG_PAIRS, PAIRS
from transformers import AutoModelForCausalLM, AutoTokenizer

from yiju import Explainer
from yiju.base.errors import YijuError
from yiju.models.chat_template import LONGEST

MODULES, PLAIN = Row("decoder", "qwen3"), Row("decoder", "qwen3", "plain")
CHAT = Row("cross-encoder", "qwen3", "chat template")
CLOSE = {"rtol": 1e-6, "atol": 1e-5}
FEW = (PAIRS[0], PAIRS[10], PAIRS[11])


def scores(found):
    return [one.score for one in found]


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


@pytest.mark.parametrize("row", [MODULES, CHAT], ids=str)
def test_options_of_a_folder_reach_its_chat_template(copied, family_folder, row):
    chat = prompts.PAIR_TEMPLATE.replace("~ instruction ~", "~ (style | default('')) ~ instruction ~")
    options = {"chat_template": {"style": "请判断。", "add_generation_prompt": True}}
    folder = copied(row, chat=chat, sentence_bert_config={"processing_kwargs": options})
    found = scores(Explainer.from_pretrained(folder, device="cpu").predict(FEW))
    np.testing.assert_allclose(found, oracles.cross_encoder(folder, FEW)[:, 0], **CLOSE)
    assert (np.abs(found - oracles.cross_encoder(family_folder(row), FEW)[:, 0]) > 1e-3).all()


def test_messages_may_be_lists_of_parts(copied, family_folder):
    chat = prompts.PAIR_TEMPLATE.replace("map(attribute='content')", "map(attribute='content.0.text')")
    folder = copied(MODULES, chat=chat)
    settings = read_json(folder / "sentence_bert_config.json")
    settings["modality_config"]["message"]["format"] = "structured"
    write_json(folder / "sentence_bert_config.json", settings)
    found = scores(Explainer.from_pretrained(folder, device="cpu").predict(FEW))
    np.testing.assert_allclose(found, oracles.cross_encoder(folder, FEW)[:, 0], **CLOSE)
    np.testing.assert_allclose(found, oracles.cross_encoder(family_folder(MODULES), FEW)[:, 0], **CLOSE)


def test_options_of_a_folder_do_not_exchange_its_chat_template(copied):
    options = {"chat_template": {"chat_template": "{{ 9 ** 9999999999 }}", "tokenize": True}}
    folder = copied(MODULES, sentence_bert_config={"processing_kwargs": options})
    with pytest.raises(YijuError, match="name chat_template, tokenize, which yiju sets"):
        Explainer.from_pretrained(folder, device="cpu")


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


def test_a_model_that_reads_each_text_by_itself_has_no_prompt_of_both(family_folder):
    with pytest.raises(YijuError, match="a bi-encoder reads each text by itself; leave out template"):
        Explainer.from_pretrained(family_folder(Row("bi-encoder", "bert")), device="cpu", instruction=INSTRUCTION)


def test_answers_are_those_of_a_language_model(family_folder):
    with pytest.raises(YijuError, match="answers belong to a language model"):
        Explainer.from_pretrained(family_folder(CHAT), device="cpu", answers=("no", "yes"))


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
