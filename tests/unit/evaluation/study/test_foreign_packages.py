"""What the packages captum and shap give is read, and measured as what it is."""

import numpy as np
import pytest
import torch
from at_hand import package
from toys import SENTENCES, classifier

from yiju import Explainer
from yiju.explain.external import from_captum, from_shap
from yiju.explain.external.over_segments import over_segments

pytestmark = pytest.mark.slow
PAIRS = [(SENTENCES[0], SENTENCES[1]), (SENTENCES[6], SENTENCES[7]), (SENTENCES[5], SENTENCES[4])]


@pytest.fixture(scope="module")
def judge(tmp_path_factory):
    return classifier(tmp_path_factory.mktemp("model"))


def labels_of(judge):
    return [one.label for one in Explainer(*judge).predict(PAIRS)]


def spans(rows, pair):
    return [(row["side"], row["start"], row["end"], row["score"]) for row in rows if (row["q"], row["t"]) == pair]


def test_captum_s_gradients_are_ours_segment_by_segment(judge):
    attr, (model, tokenizer), labels = package("captum.attr"), judge, labels_of(judge)
    q, t = zip(*PAIRS, strict=True)
    encoding = tokenizer(list(q), list(t), padding=True, return_offsets_mapping=True, return_tensors="pt")

    def log_p(input_ids, attention_mask, token_type_ids):
        inputs = {"attention_mask": attention_mask, "token_type_ids": token_type_ids}
        return model(input_ids=input_ids, **inputs).logits.log_softmax(-1)

    layer = attr.LayerGradientXActivation(log_p, model.bert.embeddings)
    rest = (encoding["attention_mask"], encoding["token_type_ids"])
    found = layer.attribute(encoding["input_ids"], target=torch.tensor(labels), additional_forward_args=rest)
    rows = from_captum(found, encoding, PAIRS, labels)
    for pair, one in zip(PAIRS, Explainer(*judge).explain(PAIRS, "gradient_input"), strict=True):
        ours = [part.score for side in one.sides for part in side.segments]
        theirs = over_segments(pair, spans(rows, pair))
        assert len(set(np.round(theirs, 6))) > 3
        np.testing.assert_allclose(theirs, ours, atol=1e-4 * np.abs(ours).max())


def test_shap_s_explanation_of_texts_is_read_with_its_sum(judge):
    shap, (model, tokenizer), labels = package("shap"), judge, labels_of(judge)

    def log_p(texts):
        sides = [text.partition("[SEP]")[::2] for text in texts]
        encoded = [tokenizer(*both, return_tensors="pt") for both in sides]
        with torch.no_grad():
            return np.concatenate([model(**one).logits.log_softmax(-1).numpy() for one in encoded])

    explainer = shap.Explainer(log_p, shap.maskers.Text(tokenizer), silent=True)
    found = explainer([f"{q}[SEP]{t}" for q, t in PAIRS], max_evals=40)
    rows = from_shap(found, PAIRS, labels)
    for number, (pair, label) in enumerate(zip(PAIRS, labels, strict=True)):
        own = spans(rows, pair)
        tokens = [one for one in found.data[number] if one not in ("", "[SEP]")]
        assert ["".join(pair["qt".index(side)][start:end]) for side, start, end, _ in own] == [
            one.strip() for one in tokens
        ]
        outside = [place for place, one in enumerate(found.data[number]) if one in ("", "[SEP]")]
        total = found.values[number][:, label].sum() - found.values[number][outside, label].sum()
        assert over_segments(pair, own).sum() == pytest.approx(total, abs=1e-6)
    one_output = from_shap(found[..., 1], PAIRS)
    assert {row["label"] for row in one_output} == {None}
