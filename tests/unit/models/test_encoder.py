"""Model folders and models from nothing."""

import json
import pickle

import polars as pl
import pytest
import torch
from toys import SENTENCES, SHAPE, classifier, model_folder

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.models import vocabulary
from yiju.models.build import build_model
from yiju.models.folder import load_model, load_tokenizer
from yiju.models.folder_files import FOLDER_FILES
from yiju.models.match_marker import mark_matches
from yiju.models.start_encoder import start_encoder
from yiju.models.vocabulary import learn_vocabulary, read_vocabulary, write_vocabulary

START = {"source": "folder", "name": None, "revision": None, "marks_matches": False, "max_length": 32}
START |= {"seed": 1, "head": "masked_lm"}


def test_a_vocabulary_begins_with_specials_and_does_not_depend_on_order():
    learnt = learn_vocabulary(SENTENCES, 500)
    assert learnt[:5] == ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    assert learnt == learn_vocabulary(SENTENCES[::-1], 500)
    assert len(learn_vocabulary(SENTENCES, 20)) == 20
    assert learn_vocabulary(["甲甲乙", "甲 vip vip"], 100)[5:] == ["甲", "##i", "##p", "v", "乙", "vip"]


def test_a_vocabulary_is_the_same_however_many_texts_are_read_at_a_time(monkeypatch):
    texts = [*SENTENCES, "ＶＩＰ vip!", "\u0301e\u3000x\x1cy", "a\nb", "é\u2028z", "", "甲-乙"]
    together = learn_vocabulary(texts, 500)
    monkeypatch.setattr(vocabulary, "BLOCK", 1)
    assert learn_vocabulary(texts, 500) == together


def test_a_vocabulary_file_may_hold_a_line_separator_as_a_token(tmp_path):
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "\u2028", "花"]
    (tmp_path / "vocab.txt").write_text("\n".join(tokens) + "\n", encoding="utf-8")
    assert read_vocabulary(tmp_path / "vocab.txt") == tokens


def test_a_file_that_is_no_vocabulary_is_refused(tmp_path):
    (tmp_path / "vocab.txt").write_text("花\n", encoding="utf-8")
    with pytest.raises(YijuError, match=r"vocab.txt: not a BERT vocabulary, \[PAD\]"):
        read_vocabulary(tmp_path / "vocab.txt")


def test_a_vocabulary_is_learnt_from_texts_and_from_the_pairs_in_the_folds_and_from_no_others(tmp_path):
    files = [str(tmp_path / name) for name in ("texts", "pairs", "folds", "vocab.txt")]
    texts = pl.DataFrame({"text": ["甲"], "second": ["乙"], "corpus": ["A"]}, schema=pl.Schema(tables.TEXTS))
    tables.write(texts, files[0], tables.TEXTS)
    known = {"corpus": "A", "split": "train", "file": "a", "line": 1, "label": 1, "q_sentence": 0, "t_sentence": 1}
    rows = [known | {"pair": 0, "q": "丙", "t": "丁"}, known | {"pair": 1, "q": "戊", "t": "己"}]
    tables.write(pl.DataFrame(rows, schema=pl.Schema(tables.MERGED)), files[1], tables.MERGED)
    tables.write(
        pl.DataFrame({"pair": [0], "group": [0], "fold": [-1]}, schema=pl.Schema(tables.FOLDS)), files[2], tables.FOLDS
    )

    write_vocabulary(*files[:3], None, 100, files[3])

    assert set(read_vocabulary(files[3])[5:]) == set("甲乙丙丁")


def test_the_same_seed_builds_the_same_model():
    first, second, other = (build_model(SHAPE, 50, 32, False, seed) for seed in (1, 1, 2))
    assert all(map(torch.equal, first.parameters(), second.parameters()))
    assert not all(map(torch.equal, first.parameters(), other.parameters()))


def test_a_folder_without_weights_is_refused_by_name(tmp_path):
    (model_folder(tmp_path) / "model.safetensors").unlink()
    with pytest.raises(YijuError, match=r"model\.safetensors missing"):
        load_model(tmp_path, "classifier")
    with pytest.raises(YijuError, match=r"encoder\.name: .* has no weights"):
        start_encoder(START | {"name": str(tmp_path)}, None, [])


def test_truncated_weights_are_refused(tmp_path):
    weights = model_folder(tmp_path) / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(YijuError, match="not a checkpoint"):
        load_model(tmp_path, "classifier")


def test_pickled_weights_become_safetensors_and_code_in_them_is_never_run(tmp_path):
    source, out = model_folder(tmp_path / "source"), tmp_path / "out"
    model = load_model(source, "masked_lm")
    torch.save(model.state_dict(), source / "pytorch_model.bin")
    (source / "model.safetensors").unlink()
    start_encoder(START | {"name": str(source)}, None, [out / name for name in FOLDER_FILES])
    assert all(map(torch.equal, model.parameters(), load_model(out, "masked_lm").parameters()))

    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "owned"), "w"))

    (source / "pytorch_model.bin").write_bytes(pickle.dumps(Evil()))
    with pytest.raises(YijuError, match="not a file of plain weights"):
        start_encoder(START | {"name": str(source)}, None, [out / name for name in FOLDER_FILES])
    assert not (tmp_path / "owned").exists()


def test_a_checkpoint_that_is_not_post_trained_keeps_its_pooler_and_classifier(tmp_path):
    source, out = tmp_path / "source", tmp_path / "out"
    model, _ = classifier(source)
    model.save_pretrained(source)
    start_encoder(START | {"name": str(source), "head": "classifier"}, None, [out / name for name in FOLDER_FILES])
    assert all(map(torch.equal, model.parameters(), load_model(out, "classifier", seed=99).parameters()))


def test_a_checkpoint_shorter_than_max_length_is_refused(tmp_path):
    folder = model_folder(tmp_path)
    with pytest.raises(YijuError, match="at most 32 tokens"):
        start_encoder(
            START | {"name": str(folder), "max_length": 64}, None, [tmp_path / "out" / n for n in FOLDER_FILES]
        )


def test_a_checkpoint_given_the_marker_judges_as_before_where_nothing_matches(tmp_path):
    source, out = model_folder(tmp_path / "source"), tmp_path / "out"
    settings = START | {"name": str(source), "marks_matches": True}
    start_encoder(settings, None, [out / name for name in FOLDER_FILES])
    assert json.loads((out / "config.json").read_text())["match_marker"] is True
    tokenizer = load_tokenizer(out)
    plain, marked = (load_model(folder, "masked_lm").eval() for folder in (source, out))
    inputs = tokenizer("怎么开通", "怎么更改", return_tensors="pt")
    # Sides 2 and 3 start as copies of 0 and 1, so that nothing that was learnt is lost.
    assert torch.allclose(plain(**inputs).logits, marked(**inputs).logits, atol=1e-6)


def test_markers_are_side_plus_two_where_the_token_is_on_both_sides():
    ids = torch.tensor([[2, 7, 8, 9, 3, 8, 1, 7, 3, 0]])
    sides = torch.tensor([[0, 0, 0, 0, 0, 1, 1, 1, 1, 0]])
    special = torch.tensor([0, 1, 2, 3, 4])
    assert mark_matches(ids, sides, special).tolist() == [[0, 2, 2, 0, 0, 3, 1, 3, 1, 0]]


def test_unknown_tokens_match_nothing():
    ids, sides = torch.tensor([[2, 1, 3, 1, 3]]), torch.tensor([[0, 0, 0, 1, 1]])
    assert mark_matches(ids, sides, torch.tensor([0, 1, 2, 3, 4])).tolist() == [[0, 0, 0, 1, 1]]


def test_a_marked_model_marks_every_input_anew(tmp_path):
    model, tokenizer = classifier(tmp_path, marker=True)
    seen = []
    model.base_model.embeddings.token_type_embeddings.register_forward_pre_hook(
        lambda module, args: seen.append(args[0])
    )
    inputs = tokenizer("花呗", "花钱", return_tensors="pt")
    model(**inputs)
    # [CLS] 花 呗 [SEP] 花 钱 [SEP]
    assert seen[-1].tolist() == [[0, 2, 0, 0, 3, 1, 1]]
    inputs["input_ids"][0, 4] = tokenizer.mask_token_id
    model(**inputs)
    assert seen[-1].tolist() == [[0, 0, 0, 0, 1, 1, 1]]


def test_an_unmarked_model_loads_the_same_in_transformers_alone(tmp_path):
    from transformers import AutoModelForSequenceClassification

    model, tokenizer = classifier(tmp_path)
    model.save_pretrained(tmp_path)
    stock = AutoModelForSequenceClassification.from_pretrained(tmp_path).eval()
    inputs = tokenizer(SENTENCES, SENTENCES[::-1], padding=True, return_tensors="pt")
    assert torch.equal(stock(**inputs).logits, load_model(tmp_path, "classifier").eval()(**inputs).logits)
