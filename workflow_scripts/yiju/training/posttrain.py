"""Post-training: the masked language model goes on learning on the run's own sentences."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import torch
from accelerate import PartialState
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from yiju import tables
from yiju.encoder.folder import load_model, load_tokenizer, save_folder
from yiju.errors import YijuError
from yiju.provenance import copy_file
from yiju.tokens import Sequences, by_length, encode, pair_up
from yiju.training.loop import Machine, Micro, Plan, fit
from yiju.training.masking import mask_tokens
from yiju.training.precision import autocast_dtype

log = logging.getLogger(__name__)
# Sentences set aside to see how well unseen ones are guessed.
HELD_OUT, HELD_OUT_SHARE = 2000, 0.01


class MaskedLoss(nn.Module):
    """The language model with its loss: summed cross-entropy of the chosen positions, the only ones given logits."""

    def __init__(self, language_model: PreTrainedModel) -> None:
        super().__init__()
        self.language_model = language_model

    def forward(self, chosen: Tensor, targets: Tensor, **inputs: Tensor) -> Tensor:
        hidden = self.language_model.base_model(**inputs).last_hidden_state
        # By flat position: the gradient of a boolean mask is many times slower on the CPU.
        logits = self.language_model.cls(hidden.flatten(0, 1).index_select(0, chosen))
        return functional.cross_entropy(logits.float(), targets, reduction="sum")


class MaskedTask:
    """Sentences with dynamic masking; the best weights are those that guess held-out tokens best."""

    name = "post-training"

    def __init__(
        self,
        language_model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        sentences: Sequences,
        held_out: Sequences,
        mask_share: float,
        seed: int,
        machine: Machine,
        precision: str,
    ) -> None:
        self.model = MaskedLoss(language_model)
        self.embedding = language_model.get_input_embeddings().weight
        self.lengths, self.sentences, self.held_out = sentences.lengths, sentences, held_out
        self.mask_share, self.mask_id, self.vocabulary = mask_share, tokenizer.mask_token_id, len(tokenizer)
        self.special_ids = torch.tensor(tokenizer.all_special_ids)
        self.seed, self.machine, self.dtype = seed, machine, autocast_dtype(precision, machine.device)

    def micro_batches(self, rows: np.ndarray, budget: int, seed: int) -> list[Micro]:
        return self._masked(self.sentences, rows, budget, seed)

    def evaluate(self) -> dict[str, float]:
        """Negated loss on the held-out sentences, masked the same way every time, and its perplexity."""
        micros = self._masked(self.held_out, np.arange(len(self.held_out)), self.machine.batch_tokens, self.seed)
        device = self.embedding.device
        autocast = torch.autocast(device.type, self.dtype) if self.dtype else nullcontext()
        total = 0.0
        with torch.inference_mode(), autocast:
            for micro in micros:
                total += self.model(**{key: value.to(device) for key, value in micro.inputs.items()}).item()
        loss = total / sum(micro.terms for micro in micros)
        return {"log_likelihood": -loss, "perplexity": float(np.exp(loss))}

    def _masked(self, sentences: Sequences, rows: np.ndarray, budget: int, seed: int) -> list[Micro]:
        generator = torch.Generator().manual_seed(seed)
        micros = []
        for part in by_length(sentences.lengths[rows], budget):
            batch = sentences.batch(rows[part])
            maskable = ~torch.isin(batch.input_ids, self.special_ids)
            ids, chosen = mask_tokens(
                batch.input_ids, maskable, self.mask_share, self.mask_id, self.vocabulary, generator
            )
            places = {"chosen": chosen.flatten().nonzero().squeeze(1), "targets": batch.input_ids[chosen]}
            inputs = batch.inputs() | {"input_ids": ids} | places
            if len(inputs["targets"]):
                micros.append(Micro(inputs, len(inputs["targets"])))
        return micros


def posttrain_encoder(
    texts: str,
    model: str,
    settings: dict,
    weights: Sequence[str],
    steps: str,
    work: str,
    device: str,
    threads: int,
    batch_tokens: int,
) -> None:
    """Post-train the encoder in folder `model` on the TEXTS table and write its new folder and steps.

    settings: the `posttrain` section with seed, precision, save_every and max_length; weights: files of the new folder.
    """
    machine = Machine(device, threads, batch_tokens)
    torch.set_num_threads(threads)
    sentences = tables.read(texts, tables.TEXTS)["text"].to_list()
    if len(sentences) < 2:
        raise YijuError("posttrain.corpora: fewer than two sentences to learn from")
    tokenizer = load_tokenizer(model)
    language_model = load_model(model, "masked_lm", settings["seed"])
    held_out, learnt = _set_aside(len(sentences), settings["seed"])
    encoded = [
        pair_up(tokenizer, encode(tokenizer, [sentences[index] for index in part]), None, settings["max_length"])
        for part in (learnt, held_out)
    ]
    log.info("%d sentences to learn from, %d held out", *map(len, encoded))
    arguments = (*encoded, settings["mask_share"], settings["seed"], machine, settings["precision"])
    best = fit(MaskedTask(language_model, tokenizer, *arguments), Plan.of(settings), machine, Path(work))
    log.info("held-out perplexity at its best %.2f, after update %d", np.exp(-best.value), best.update)
    if PartialState().is_main_process:
        save_folder(language_model, tokenizer, weights)
        copy_file(Path(work) / "steps.jsonl", steps)


def _set_aside(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers of the held-out sentences and of the others, each in order."""
    size = min(HELD_OUT, max(1, int(count * HELD_OUT_SHARE)))
    order = np.random.default_rng(seed).permutation(count)
    return np.sort(order[:size]), np.sort(order[size:])
