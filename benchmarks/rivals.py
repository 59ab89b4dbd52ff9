"""Other ways to explain sentence pairs: the published one, and by Captum, LIME and SHAP, as a user would do it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import lcqmc
import numpy as np
import torch
from torch import Tensor
from transformers import BertForSequenceClassification, PreTrainedTokenizerBase

BATCH = 8
Pair = tuple[str, str]
Explain = Callable[[BertForSequenceClassification, PreTrainedTokenizerBase, Sequence[Pair]], None]


def published(
    model: BertForSequenceClassification, tokenizer: PreTrainedTokenizerBase, pairs: Sequence[Pair], steps: int = 1
) -> None:
    """Batches of 8 padded to 64, one forward and backward pass a step; without the Trainer around it."""
    for first in range(0, len(pairs), BATCH):
        inputs = encoded(tokenizer, pairs[first : first + BATCH], padding="max_length", max_length=lcqmc.MAX_LENGTH)
        with torch.no_grad():
            x = model.bert.embeddings(inputs["input_ids"], inputs["token_type_ids"])
            labels = model(**inputs).logits.argmax(-1)
        gradient = torch.zeros_like(x)
        for step in range(1, steps + 1):
            leaf = (x * step / steps).requires_grad_(True)
            handle = model.bert.embeddings.register_forward_hook(lambda *_, leaf=leaf: leaf)
            chosen = model(**inputs).logits.log_softmax(-1).gather(1, labels[:, None]).sum()
            handle.remove()
            model.zero_grad()
            chosen.backward()
            gradient += leaf.grad
        (gradient / steps * x).norm(dim=-1)


def captum_gradient(
    model: BertForSequenceClassification,
    tokenizer: PreTrainedTokenizerBase,
    pairs: Sequence[Pair],
    padding: bool | str = True,
) -> None:
    """LayerGradientXActivation, batches of 8 padded to their longest pair, or all alike."""
    from captum.attr import LayerGradientXActivation

    method = LayerGradientXActivation(partial(log_probabilities, model), model.bert.embeddings)
    for first in range(0, len(pairs), BATCH):
        ids, others, labels = captum_inputs(model, encoded(tokenizer, pairs[first : first + BATCH], padding=padding))
        method.attribute(ids, target=labels, additional_forward_args=others).norm(dim=-1)


def captum_integrated(
    model: BertForSequenceClassification,
    tokenizer: PreTrainedTokenizerBase,
    pairs: Sequence[Pair],
    steps: int,
    padding: bool | str = True,
) -> None:
    """LayerIntegratedGradients from [MASK], batches of 8 padded to their longest pair, or all alike."""
    from captum.attr import LayerIntegratedGradients

    method = LayerIntegratedGradients(partial(log_probabilities, model), model.bert.embeddings)
    for first in range(0, len(pairs), BATCH):
        ids, others, labels = captum_inputs(model, encoded(tokenizer, pairs[first : first + BATCH], padding=padding))
        special = torch.isin(
            ids, torch.tensor([tokenizer.cls_token_id, tokenizer.sep_token_id, tokenizer.pad_token_id])
        )
        baselines = torch.where(special, ids, tokenizer.mask_token_id)
        method.attribute(ids, baselines, labels, others, n_steps=steps).sum(-1)


def captum_occlusion(
    model: BertForSequenceClassification, tokenizer: PreTrainedTokenizerBase, pairs: Sequence[Pair]
) -> None:
    """FeatureAblation by [MASK], pair by pair, 32 variants at a time."""
    from captum.attr import FeatureAblation

    method = FeatureAblation(partial(log_probabilities, model))
    for pair in pairs:
        ids, others, labels = captum_inputs(model, encoded(tokenizer, [pair]))
        with torch.no_grad():
            method.attribute(ids, tokenizer.mask_token_id, labels, others, perturbations_per_eval=32)


def lime_package(
    model: BertForSequenceClassification, tokenizer: PreTrainedTokenizerBase, pairs: Sequence[Pair], samples: int
) -> None:
    """LimeTextExplainer over the characters of both sentences, [MASK] for those taken away."""
    from lime.lime_text import LimeTextExplainer

    for q, t in pairs:
        # One character of a private area stands for [MASK], as lime changes a plain text.
        explainer = LimeTextExplainer(
            bow=False, mask_string="\ue000", split_expression=list, char_level=False, random_state=1
        )
        border = len(q)

        def judge(texts: Sequence[str], border: int = border) -> np.ndarray:
            masked = [text.replace("\ue000", "[MASK]") for text in texts]
            places = [sum(len("[MASK]") if c == "\ue000" else 1 for c in text[:border]) for text in texts]
            return probabilities(
                model, tokenizer, [(m[:place], m[place:]) for m, place in zip(masked, places, strict=True)]
            )

        explainer.explain_instance(q + t, judge, labels=(1,), num_features=len(q) + len(t), num_samples=samples)


def shap_package(
    model: BertForSequenceClassification, tokenizer: PreTrainedTokenizerBase, pairs: Sequence[Pair], samples: int
) -> None:
    """KernelExplainer over the tokens of a pair, [MASK] for those taken away."""
    import shap

    for pair in pairs:
        inputs = encoded(tokenizer, [pair])
        ids = inputs["input_ids"][0]
        own = (~torch.isin(ids, torch.tensor([tokenizer.cls_token_id, tokenizer.sep_token_id]))).nonzero().squeeze(1)

        def judge(kept: np.ndarray, inputs: dict = inputs, ids: Tensor = ids, own: Tensor = own) -> np.ndarray:
            found = []
            for part in np.array_split(kept, -(-len(kept) // 64)):
                changed = ids.repeat(len(part), 1)
                changed[:, own] = torch.where(torch.from_numpy(part) > 0, ids[own], tokenizer.mask_token_id)
                others = [inputs[name].expand(len(part), -1) for name in ("attention_mask", "token_type_ids")]
                with torch.no_grad():
                    found.append(log_probabilities(model, changed, *others)[:, 1].numpy())
            return np.concatenate(found)

        explainer = shap.KernelExplainer(judge, np.zeros((1, len(own))))
        explainer.shap_values(np.ones((1, len(own))), nsamples=samples, silent=True)


def encoded(tokenizer: PreTrainedTokenizerBase, pairs: Sequence[Pair], **padding: object) -> dict[str, Tensor]:
    q, t = zip(*pairs, strict=True)
    found = tokenizer(
        list(q), list(t), truncation=True, return_tensors="pt", **{"max_length": lcqmc.MAX_LENGTH} | padding
    )
    return {name: found[name] for name in ("input_ids", "attention_mask", "token_type_ids")}


def log_probabilities(
    model: BertForSequenceClassification, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor
) -> Tensor:
    return model(input_ids, attention_mask, token_type_ids).logits.log_softmax(-1)


def captum_inputs(
    model: BertForSequenceClassification, inputs: dict[str, Tensor]
) -> tuple[Tensor, tuple[Tensor, Tensor], Tensor]:
    with torch.no_grad():
        labels = model(**inputs).logits.argmax(-1)
    return inputs["input_ids"], (inputs["attention_mask"], inputs["token_type_ids"]), labels


def probabilities(
    model: BertForSequenceClassification, tokenizer: PreTrainedTokenizerBase, pairs: Sequence[Pair]
) -> np.ndarray:
    """As a user would: batches of 64 in the order they come."""
    found = []
    for first in range(0, len(pairs), 64):
        with torch.no_grad():
            found.append(
                model(**encoded(tokenizer, pairs[first : first + 64], padding=True)).logits.softmax(-1).numpy()
            )
    return np.concatenate(found)
