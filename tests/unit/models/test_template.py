"""Templates, read off tokenisers as they are, and what removal and pairing make of them."""

import json

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from toys import classifier, model_folder
from transformers import PreTrainedTokenizerFast

from yiju.app.explainer import Explainer
from yiju.base.errors import YijuError
from yiju.models.folder import load_tokenizer, save_folder
from yiju.models.folder_files import FOLDER_FILES
from yiju.models.removal import keep_tokens, ordinary
from yiju.models.template import template_of
from yiju.models.tokens import encode_pairs

PAIRS = [("花呗怎么开通", "怎么开通花呗"), ("花呗", "借呗")]
WORDS = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", "甲", "乙", "丙", "丁"]


def tokenizer_of(pair, single="<s> $A </s>", **special):
    """Characters as tokens, with that post-processor."""
    backend = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    marks = [(word, WORDS.index(word)) for word in ("<s>", "</s>")]
    backend.post_processor = processors.TemplateProcessing(single=single, pair=pair, special_tokens=marks)
    known = {
        "bos_token": "<s>",
        "eos_token": "</s>",
        "pad_token": "<pad>",
        "unk_token": "<unk>",
        "mask_token": "<mask>",
    }
    return PreTrainedTokenizerFast(tokenizer_object=backend, **known | special)


def test_a_bert_writes_a_pair_with_three_special_tokens(tmp_path):
    found = template_of(load_tokenizer(model_folder(tmp_path)))
    assert (found.before, found.between, found.after, found.around) == ((2,), (3,), (3,), 3)
    assert found.first_share == 1 and found.numbered


def test_a_roberta_writes_two_separators_and_numbers_no_segments():
    tokenizer = tokenizer_of("<s> $A </s> </s> $B </s>", model_input_names=["input_ids", "attention_mask"])
    found = template_of(tokenizer)
    assert (found.before, found.between, found.after) == ((0,), (2, 2), (2,)) and not found.numbered
    pairs = encode_pairs(tokenizer, ["甲乙", "甲"], ["丙", "丁乙"], 16)
    wanted = [tokenizer(q, t)["input_ids"] for q, t in (("甲乙", "丙"), ("甲", "丁乙"))]
    assert [pairs.ids[a:b].tolist() for a, b in zip(pairs.starts[:-1], pairs.starts[1:], strict=True)] == wanted
    assert not pairs.batch(np.arange(2)).token_type_ids.any()
    own = "".join("x" if one else "." for one in ordinary(pairs))
    assert own == ".xx..x." + ".x..xx."


@pytest.mark.parametrize("left", range(8))
def test_what_is_deleted_leaves_the_tokens_of_the_template(left):
    tokenizer = tokenizer_of("<s> $A </s> </s> $B </s>")
    pairs = encode_pairs(tokenizer, ["甲乙"], ["丙"], 16)
    kept = ordinary(pairs)
    own = [bool(left & 1 << place) for place in range(3)]
    kept[kept] = own
    found = keep_tokens(pairs, np.array([0]), kept, "delete", WORDS.index("<mask>"))
    q, t = (["甲", "乙"], own[:2]), (["丙"], own[2:])
    texts = [[word for word, stays in zip(*side, strict=True) if stays] or ["<mask>"] for side in (q, t)]
    wanted = ["<s>", *texts[0], "</s>", "</s>", *texts[1], "</s>"]
    assert tokenizer.convert_ids_to_tokens(found.ids.tolist()) == wanted
    assert (found.first.item(), found.second.item()) == tuple(map(len, texts))


def test_without_a_mask_token_an_emptied_sentence_is_empty_and_masking_is_refused():
    tokenizer = tokenizer_of("<s> $A </s> $B </s>", mask_token=None)
    pairs = encode_pairs(tokenizer, ["甲乙"], ["丙"], 16)
    nothing = np.zeros(len(pairs.ids), dtype=bool)
    found = keep_tokens(pairs, np.array([0]), nothing, "delete", pairs.template.mask_id)
    assert tokenizer.convert_ids_to_tokens(found.ids.tolist()) == ["<s>", "</s>", "</s>"]
    with pytest.raises(YijuError, match="no mask token; delete what is taken away"):
        keep_tokens(pairs, np.array([0]), nothing, "mask", pairs.template.mask_id)


@pytest.mark.parametrize(
    ("pair", "said"),
    [("<s> $B </s> $A </s>", "writes a pair as"), ("<s> $A:0 </s>:1 $B:0 </s>:1", "numbers the segments")],
)
def test_a_tokeniser_whose_pairs_are_no_pairs_is_refused(pair, said):
    with pytest.raises(YijuError, match=said):
        template_of(tokenizer_of(pair, model_input_names=["input_ids", "token_type_ids", "attention_mask"]))


@pytest.mark.parametrize("missing", ["cls_token", "sep_token", "mask_token"])
def test_what_the_post_processor_writes_counts_whatever_the_config_names(tmp_path, missing):
    model, tokenizer = classifier(tmp_path)
    save_folder(model, tokenizer, [tmp_path / name for name in FOLDER_FILES])
    wanted = Explainer(model, tokenizer).predict(PAIRS)
    file = tmp_path / "tokenizer_config.json"
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | {missing: None}), "utf-8")
    explainer = Explainer.from_pretrained(tmp_path)
    assert [one.score for one in explainer.predict(PAIRS)] == pytest.approx([one.score for one in wanted], abs=1e-6)
    assert {2, 3} <= set(explainer.scorer.template.special_ids)
    reason = explainer.why_unsupported("integrated_gradients")
    assert (reason is not None and "no mask token" in reason) == (missing == "mask_token")
    explainer.explain(PAIRS[:1], "integrated_gradients", baseline="zero")


def test_an_encoder_without_borders_between_the_sentences_is_refused(tmp_path):
    model, _ = classifier(tmp_path)
    with pytest.raises(YijuError, match="puts no token before the first sentence"):
        Explainer(model, tokenizer_of("$A $B", "$A"))
