"""Explanations of Captum, SHAP, shapiq and inseq as rows of a table.

shapiq and inseq are not installed here: their objects and files are made as their documentation describes them.
"""

import base64
import gzip
import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from toys import SENTENCES, classifier

from yiju.base.errors import YijuError
from yiju.explain.external import from_captum, from_inseq, from_shap, from_shapiq, write_attributions
from yiju.explain.external.attributions import read_attributions

PAIRS = [(SENTENCES[0], SENTENCES[1]), (SENTENCES[5], SENTENCES[6])]


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    return classifier(tmp_path_factory.mktemp("model"))[1]


def encoded(tokenizer):
    q, t = zip(*PAIRS, strict=True)
    return tokenizer(list(q), list(t), padding=True, return_offsets_mapping=True, return_tensors="pt")


def spelt(rows):
    """What stands at each row's characters, with its score."""
    return [(row["side"], row[row["side"]][row["start"] : row["end"]], row["score"]) for row in rows]


def test_captum_s_tensors_lie_where_their_tokens_do(tokenizer):
    encoding = encoded(tokenizer)
    shape = encoding["input_ids"].shape
    values = torch.arange(shape.numel() * 2, dtype=torch.float32).reshape(*shape, 2).requires_grad_()
    rows = from_captum(values, encoding, PAIRS, [1, 0], "gradients")
    assert {row["method"] for row in rows} == {"gradients"}
    assert {(row["q"], row["label"]) for row in rows} == {(PAIRS[0][0], 1), (PAIRS[1][0], 0)}
    first = [(side, text) for side, text, _ in spelt(rows[:12])]
    assert first == [*(("q", one) for one in PAIRS[0][0]), *(("t", one) for one in PAIRS[0][1])]
    # The second token, after [CLS]: 2 + 3.
    assert rows[0]["score"] == 5.0
    two = from_captum(values.sum(-1), encoding, PAIRS)
    assert [row["score"] for row in two] == [row["score"] for row in rows]
    assert {row["label"] for row in two} == {None}


def test_tokens_on_the_same_characters_add_up():
    """As byte-level tokenizers have them: several tokens of one character."""

    class Encoding(dict):
        is_fast = True

        def sequence_ids(self, _row):
            return [None, 0, 0, 1, None]

    encoding = Encoding(offset_mapping=[[(0, 0), (0, 1), (0, 1), (0, 1), (0, 0)]])
    rows = from_captum(np.array([[9, 1, 2, 4, 9]]), encoding, [("甲", "乙")])
    assert spelt(rows) == [("q", "甲", 3.0), ("t", "乙", 4.0)]


def test_what_captum_s_tensors_do_not_fit_is_said(tokenizer):
    encoding = encoded(tokenizer)
    tokens = encoding["input_ids"].shape[1]
    with pytest.raises(YijuError, match=r"are of shape \[2, 3\]"):
        from_captum(torch.zeros(2, 3), encoding, PAIRS)
    with pytest.raises(YijuError, match="but 1 pairs are given"):
        from_captum(torch.zeros(2, tokens), encoding, PAIRS[:1])
    with pytest.raises(YijuError, match="but 1 labels are given"):
        from_captum(torch.zeros(2, tokens), encoding, PAIRS, [1])
    with pytest.raises(YijuError, match="return_offsets_mapping"):
        from_captum(torch.zeros(2, tokens), tokenizer(*PAIRS[0]), PAIRS)
    with pytest.raises(YijuError, match="no finite number"):
        from_captum(torch.full((2, tokens), torch.nan), encoding, PAIRS)


def explanation(values):
    texts = [["", *PAIRS[0][0], "[SEP]", *PAIRS[0][1], ""]]
    texts.append(["", "如", "何", "更", "改 ", "V", "I", "P ", "手机", "号", "[SEP]", *PAIRS[1][1], ""])
    return SimpleNamespace(values=values, data=tuple(np.array(one, dtype=object) for one in texts))


def test_shap_s_tokens_are_found_in_both_sentences():
    values = [np.arange(15.0), np.arange(17.0)]
    rows = from_shap(explanation(values), PAIRS)
    assert spelt(rows[:12]) == [
        *(("q", one, 1.0 + place) for place, one in enumerate(PAIRS[0][0])),
        *(("t", one, 8.0 + place) for place, one in enumerate(PAIRS[0][1])),
    ]
    assert spelt(rows[12:])[3:8] == [("q", "改", 4), ("q", "V", 5), ("q", "I", 6), ("q", "P", 7), ("q", "手机", 8)]


def test_of_two_outputs_of_shap_that_of_the_label_is_taken():
    values = [np.stack([np.zeros(15), np.ones(15)], axis=1), np.stack([np.full(17, 3.0), np.full(17, 4.0)], axis=1)]
    rows = from_shap(explanation(values), PAIRS, [1, 0])
    assert {(row["label"], row["score"]) for row in rows} == {(1, 1.0), (0, 3.0)}
    with pytest.raises(YijuError, match="2 outputs; give labels"):
        from_shap(explanation(values), PAIRS)


def test_what_of_shap_does_not_fit_is_said():
    with pytest.raises(YijuError, match="no values and data"):
        from_shap([1, 2], PAIRS)
    with pytest.raises(YijuError, match="pair 0: data holds no token string for each of the 3 values"):
        from_shap(explanation([np.zeros(3), np.zeros(17)]), PAIRS)
    with pytest.raises(YijuError, match=r"where q .* is not found; explain a text"):
        from_shap(explanation([np.zeros(15), np.zeros(17)]), PAIRS[::-1])
    with pytest.raises(YijuError, match="is not found after q"):
        from_shap(explanation([np.zeros(15), np.zeros(17)]), [(PAIRS[0][1], PAIRS[0][0]), PAIRS[1]])


def test_a_token_beyond_a_sentence_gives_it_its_part():
    texts = SimpleNamespace(values=[[1.0, 6.0, 2.0]], data=[["甲", "乙。丙", "丁"]])
    assert spelt(from_shap(texts, [("甲乙", "丙丁")])) == [
        ("q", "甲", 1.0),
        ("q", "乙", 2.0),
        ("t", "丙", 2.0),
        ("t", "丁", 2.0),
    ]


def interactions(**changes):
    return SimpleNamespace(**{"dict_values": {(): 0.3, (0,): 0.5, (2,): -1.0, (0, 1): 7.0}, "n_players": 3} | changes)


def test_shapiq_s_first_order_is_taken():
    players = [("q", 0, 2), ("q", 2, 3), ("t", 0, 1)]
    rows = from_shapiq(interactions(), players, PAIRS[0], label=1)
    assert spelt(rows) == [("q", "怎么", 0.5), ("q", "开", 0.0), ("t", "花", -1.0)]
    assert {row["label"] for row in rows} == {1}
    with pytest.raises(YijuError, match="3 players, but 2 are given"):
        from_shapiq(interactions(), players[:2], PAIRS[0])
    with pytest.raises(YijuError, match=r"player 2: .* is no span"):
        from_shapiq(interactions(), [*players[:2], ("t", 3, 30)], PAIRS[0])
    with pytest.raises(YijuError, match="no dict_values and n_players"):
        from_shapiq({(0,): 1.0}, players, PAIRS[0])


def packed(values, how):
    values = np.asarray(values, dtype=np.float32)
    if how == "lists":
        return (
            [[None if np.isnan(one) else float(one) for one in row] for row in values] if values.ndim == 2 else values
        )
    data = values.tobytes()
    text = "b64:" + base64.b64encode(data).decode()
    if how == "compressed":
        text = "b64.gz:" + base64.b64encode(gzip.compress(data)).decode()
    return {"__ndarray__": text, "dtype": "float32", "shape": list(values.shape), "Corder": True}


def saved(folder, tokens, values, how, side="target", compress=False):
    def made(name, facts):
        return facts if how == "lists" else {"__instance_type__": ["inseq.data", name], "attributes": facts}

    facts = {"source": None, "target": None, "source_attributions": None, "target_attributions": None}
    facts[side] = [made("TokenWithId", {"token": one, "id": 1}) for one in tokens]
    facts[f"{side}_attributions"] = packed(values, how)
    sequence = made("GranularFeatureAttributionSequenceOutput", facts)
    out = made(
        "FeatureAttributionOutput",
        {"sequence_attributions": [sequence], "info": {"attribution_method": "saliency"}, "step_attributions": None},
    )
    path = folder / "out.json"
    text = json.dumps(out).encode()
    path.write_bytes(gzip.compress(text) if compress else text)
    return path


PROMPT = ["▁", "句子一", "：", "怎么", "开通", "花呗", "▁句子二", "：花呗", "怎样", "开通", "？", "▁是"]


@pytest.mark.parametrize("how", ["lists", "plain", "compressed"])
@pytest.mark.parametrize("side", ["source", "target"])
def test_inseq_s_files_are_read(tmp_path, how, side):
    values = np.arange(len(PROMPT) * 2.0).reshape(-1, 2)
    values[-1] = np.nan
    path = saved(tmp_path, PROMPT, values, how, side, compress=how == "plain")
    rows = from_inseq(path, PAIRS[:1], [1])
    assert spelt(rows) == [
        ("q", "怎么", 6.0),
        ("q", "开通", 8.0),
        ("q", "花呗", 10.0),
        ("t", "花呗", pytest.approx(14.0 * 2 / 3)),
        ("t", "怎样", 16.0),
        ("t", "开通", 18.0),
    ]
    assert {row["method"] for row in rows} == {"saliency"}
    assert spelt(from_inseq(path, PAIRS[:1], step=1))[0] == ("q", "怎么", 7.0)


def test_what_of_inseq_s_files_does_not_fit_is_said(tmp_path):
    values = np.zeros((len(PROMPT), 2))
    with pytest.raises(YijuError, match="step 2, from 0"):
        from_inseq(saved(tmp_path, PROMPT, values, "plain"), PAIRS[:1], step=2)
    with pytest.raises(YijuError, match="do not fit 11 tokens"):
        from_inseq(saved(tmp_path, PROMPT[1:], values, "plain"), PAIRS[:1])
    with pytest.raises(YijuError, match="aggregate them before saving"):
        from_inseq(saved(tmp_path, PROMPT, values[..., None], "plain"), PAIRS[:1])
    with pytest.raises(YijuError, match="but 2 pairs are given"):
        from_inseq(saved(tmp_path, PROMPT, values, "plain"), PAIRS)
    path = saved(tmp_path, PROMPT, values, "plain")
    path.write_text(path.read_text(encoding="utf-8").replace('"float32"', '"object"'), encoding="utf-8")
    with pytest.raises(YijuError, match="cannot be read"):
        from_inseq(path, PAIRS[:1])
    for text in ("not JSON", "[]", '{"sequence_attributions": []}'):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(YijuError, match="give a file that"):
            from_inseq(path, PAIRS[:1])


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "parquet"])
def test_rows_are_written_as_a_table_that_is_read_again(tmp_path, kind):
    rows = from_shapiq(interactions(), [("q", 0, 2), ("q", 2, 3), ("t", 0, 1)], PAIRS[0], 1)
    path = tmp_path / f"table.{kind}"
    write_attributions(rows, path)
    found = read_attributions(path, PAIRS)
    assert not found.bad
    own = found.methods["shapiq"][PAIRS[0]]
    assert own.spans == [("q", 0, 2, 0.5), ("q", 2, 3, 0.0), ("t", 0, 1, -1.0)]
    assert own.label == 1
    with pytest.raises(YijuError, match="must end in"):
        write_attributions(rows, tmp_path / "table.xlsx")
