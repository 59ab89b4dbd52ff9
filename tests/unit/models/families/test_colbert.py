"""Stanford's ColBERT checkpoints: markers, [MASK] as expansion, punctuation that does not count, MaxSim."""

import json
import string

import numpy as np
import pytest
import torch
from families import colbert
from families.texts import LONG_PAIRS, PAIRS
from safetensors.torch import load_file, save_file
from torch.nn import functional
from transformers import AutoConfig, AutoModel, AutoTokenizer

from yiju import Explainer
from yiju.base.errors import YijuError

CLOSE = {"rtol": 1e-6, "atol": 1e-5}
FORMS = {
    "usual": {},
    "attended": {"attend_to_mask_tokens": True},
    "punctuation": {"mask_punctuation": False},
    "short": {"query_maxlen": 8, "doc_maxlen": 10},
    "pickled": {"pickled": True},
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return {name: colbert.colbert(tmp_path_factory.mktemp(name), **told) for name, told in FORMS.items()}


@torch.no_grad()
def owners(folder, pairs):
    """MaxSim as the paper's code computes it: a full stop holds the marker's place, padding of a query is [MASK]."""
    told = json.loads((folder / "artifact.metadata").read_text(encoding="utf-8"))
    tokenizer = AutoTokenizer.from_pretrained(folder)
    pickled = (folder / "pytorch_model.bin").is_file()
    state = torch.load(folder / "pytorch_model.bin") if pickled else load_file(folder / "model.safetensors")
    model = AutoModel.from_config(AutoConfig.from_pretrained(folder)).eval()
    model.load_state_dict({name.removeprefix("bert."): one for name, one in state.items() if name != "linear.weight"})
    skipped = {tokenizer.encode(mark, add_special_tokens=False)[0] for mark in string.punctuation}

    def vectors(text, marker, length, query):
        found = tokenizer(
            [f". {text}"],
            padding="max_length" if query else False,
            truncation=True,
            max_length=length,
            return_tensors="pt",
        )
        ids, mask = found["input_ids"], found["attention_mask"]
        ids[:, 1] = tokenizer.convert_tokens_to_ids(marker)
        if query:
            ids[ids == tokenizer.pad_token_id] = tokenizer.mask_token_id
            if told["attend_to_mask_tokens"]:
                mask[ids == tokenizer.mask_token_id] = 1
        states = model(ids, attention_mask=mask)[0] @ state["linear.weight"].T
        counted = [query or not told["mask_punctuation"] or one not in skipped for one in ids[0].tolist()]
        return functional.normalize(states, dim=2)[0][torch.tensor(counted)].double()

    scores = []
    for q, t in pairs:
        query = vectors(q, told["query_token_id"], told["query_maxlen"], True)
        document = vectors(t, told["doc_token_id"], told["doc_maxlen"], False)
        scores.append(float((query @ document.T).max(1).values.sum()))
    return np.array(scores)


@pytest.mark.parametrize("form", FORMS)
def test_scores_are_the_owners(folders, form):
    explainer = Explainer.from_pretrained(folders[form], device="cpu")
    assert explainer.scorer.family == "late-interaction model"
    for pairs in (PAIRS, tuple((t, q) for q, t in PAIRS), LONG_PAIRS):
        judged = explainer.predict(pairs)
        np.testing.assert_allclose([one.score for one in judged], owners(folders[form], pairs), **CLOSE)
    assert all(one.truncated for one in judged)
    np.testing.assert_allclose(explainer.predict(PAIRS[1]).score, owners(folders[form], PAIRS[1:2])[0], **CLOSE)


def test_every_switch_of_the_metadata_changes_scores(folders):
    found = {form: tuple(np.round(owners(folder, PAIRS), 6)) for form, folder in folders.items()}
    assert found["usual"] == found["pickled"]
    assert len(set(found.values())) == len(found) - 1


def test_without_a_character_the_shortened_text_is_judged(folders):
    explainer = Explainer.from_pretrained(folders["usual"], device="cpu")
    q, t = "怎么开通花呗", "花呗如何开通"
    one, whole = explainer.explain((q, t), "occlusion"), owners(folders["usual"], [(q, t)])[0]
    for side in (0, 1):
        for part in one.sides[side].segments:
            texts = [q, t]
            texts[side] = texts[side][: part.start] + texts[side][part.end :]
            assert part.score == pytest.approx(whole - owners(folders["usual"], [tuple(texts)])[0], abs=1e-5)


def test_its_matrix_is_what_own_tokens_add(folders):
    explainer = Explainer.from_pretrained(folders["usual"], device="cpu")
    one = explainer.explain(PAIRS[0], matrix="maxsim")
    assert one.estimator == "maxsim"
    total = sum(cell for row in one.matrix for cell in row if cell is not None)
    # The rest is of [CLS], the marker, [SEP] and the [MASK] that fill the query up.
    assert abs(total) > 0 and total != pytest.approx(one.score)


def changed(folder, tmp_path, told=None, state=None, without=()):
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    values = json.loads((folder / "artifact.metadata").read_text(encoding="utf-8")) | (told or {})
    kept = {key: value for key, value in values.items() if key not in without}
    (tmp_path / "artifact.metadata").write_text(json.dumps(kept), encoding="utf-8")
    if state:
        weights = state(load_file(folder / "model.safetensors"))
        save_file(weights, tmp_path / "model.safetensors", {"format": "pt"})
    return tmp_path


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"without": ("query_maxlen",)}, "artifact.metadata: this is not what Stanford's ColBERT writes .query_maxlen"),
        ({"told": {"similarity": "l2"}}, "artifact.metadata: this is not what Stanford's ColBERT writes .similarity"),
        ({"told": {"interaction": "flipr"}}, "interaction: Input should be 'colbert'"),
        (
            {"told": {"query_token_id": "[unused7]"}},
            r"names the marker \[unused7\], which the vocabulary does not hold",
        ),
        ({"told": {"dim": 9}}, r"linear.weight has the shape \[8, 32\], and artifact.metadata says 9 numbers"),
        (
            {"state": lambda state: {k: v for k, v in state.items() if "linear" not in k}},
            "its weights hold no linear.w",
        ),
        ({"state": lambda state: state | {"more.weight": torch.ones(2)}}, "more.weight"),
    ],
)
def test_what_does_not_belong_together_is_refused(folders, tmp_path, options, said):
    with pytest.raises(YijuError, match=said):
        Explainer.from_pretrained(changed(folders["usual"], tmp_path, **options), device="cpu")


def test_it_takes_no_prompt(folders):
    with pytest.raises(YijuError, match="a late-interaction model reads each text by itself; leave out"):
        Explainer.from_pretrained(folders["usual"], device="cpu", template="{q} {t}")
