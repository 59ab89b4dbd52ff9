"""Post-training: the masked language model goes on learning on the run's own texts."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import cast

import numpy as np
import torch
from accelerate import PartialState
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from yiju.base import tables
from yiju.base.files import copy_file
from yiju.models.folder import load_model, load_tokenizer, save_folder
from yiju.models.tokens import TokenizedPairs
from yiju.training.batches import Update
from yiju.training.dynamics import Dynamics
from yiju.training.fast_bert import logits_of_chosen, optimise
from yiju.training.known import require_known
from yiju.training.layer_memory import checkpoint_layers
from yiju.training.loop import Machine, MicroBatch, Plan, fit
from yiju.training.masked_tokens import DRAWS, mask_tokens, uniform
from yiju.training.posttrain_texts import read_texts
from yiju.training.precision import autocast_dtype
from yiju.training.shapes import UNCOUNTED, Shapes
from yiju.training.words import split_ids

log = logging.getLogger(__name__)


class MaskedLoss(nn.Module):
    """The language model with its loss: summed cross-entropy of the chosen positions, the only ones given logits."""

    def __init__(self, language_model: PreTrainedModel) -> None:
        super().__init__()
        self.language_model = language_model
        self.logits = logits_of_chosen(language_model)

    def forward(self, chosen: Tensor, targets: Tensor, **inputs: Tensor) -> tuple[Tensor, Tensor]:
        """The summed loss, and how many targets were guessed right.

        chosen: [guesses], flat positions in [batch, tokens]; targets: [guesses], the tokens that stood there, or
        UNCOUNTED.
        """
        logits = self.logits(chosen, **inputs)
        logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
        # A target that no token exceeds is right: the maximum takes a tenth of the time of its place.
        told = logits.detach().gather(1, targets.clamp_min(0)[:, None]).squeeze(1)
        right = ((told == logits.detach().amax(-1)) & (targets != UNCOUNTED)).sum()
        return functional.cross_entropy(logits, targets, reduction="sum", ignore_index=UNCOUNTED), right


class MaskedTask:
    """Texts with dynamic masking; the best weights are those that guess held-out tokens best.

    sentences, held_out: ids as `encode_words` leaves them are masked word by word, others token by token.
    """

    name = "post-training"
    dynamics: Dynamics | None = None

    def __init__(
        self,
        language_model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        sentences: TokenizedPairs,
        held_out: TokenizedPairs,
        mask_share: float,
        seed: int,
        machine: Machine,
        precision: str,
        unit: str = "sentences",
    ) -> None:
        self.model = MaskedLoss(language_model)
        self.embedding = cast(nn.Parameter, language_model.get_input_embeddings().weight)
        self.sentences, self.held_out, self.unit = sentences, held_out, unit
        self.lengths, self.evaluated = sentences.lengths, int(held_out.lengths.sum())
        self.mask_share, self.mask_id, self.vocabulary = mask_share, tokenizer.mask_token_id, len(tokenizer)
        self.tokenizer, self.special_ids = tokenizer, torch.tensor(tokenizer.all_special_ids)
        self.seed, self.machine, self.dtype = seed, machine, autocast_dtype(precision, machine.device)
        self.shapes = Shapes.of(machine.device, self.dtype, sentences, held_out)
        optimise(language_model, machine.device, self.dtype)

    def micro_batches(
        self, rows: np.ndarray, budget: int, seed: int, _update: Update | None = None
    ) -> list[MicroBatch]:
        return self._masked(self.sentences, rows, budget, seed)

    def filler(self, row: int, seed: int) -> MicroBatch:
        (micro,) = self._masked(self.sentences, np.array([row]), 1, seed, at_least_one=True)
        return micro

    def describe(self, row: int) -> str:
        ids, _ = split_ids(self.sentences.batch(np.array([row])).input_ids[0])
        return f"{self.unit} {row}: {self.tokenizer.decode(ids)}"

    def evaluate(self) -> dict[str, float]:
        """Negated loss on the held-out texts, masked the same way every time, and its perplexity."""
        rows = np.arange(len(self.held_out))
        micros = self._masked(self.held_out, rows, self.machine.batch_tokens, self.seed, at_least_one=True)
        device = self.embedding.device
        autocast = torch.autocast(device.type, self.dtype) if self.dtype else nullcontext()
        total = 0.0
        with torch.inference_mode(), autocast:
            for micro in micros:
                loss, _ = self.model(**{key: value.to(device) for key, value in micro.inputs.items()})
                total += loss.item()
        loss = total / sum(micro.terms for micro in micros)
        return {"log_likelihood": -loss, "perplexity": float(np.exp(loss))}

    def _masked(
        self, sentences: TokenizedPairs, rows: np.ndarray, budget: int, seed: int, at_least_one: bool = False
    ) -> list[MicroBatch]:
        """Masked micro-batches of the rows in which anything is hidden; the others have no loss, and few are computed.

        All rows are masked together before they are cut, so that nothing drawn depends on the budget.
        """
        batch = self.shapes.batch(sentences, rows)
        ids, continues = split_ids(batch.input_ids)
        maskable = ~torch.isin(ids, self.special_ids)
        draws = torch.from_numpy(uniform(seed, rows, ids.shape[1], DRAWS))
        options = (self.mask_share, self.mask_id, self.vocabulary, at_least_one)
        changed, chosen = mask_tokens(ids, maskable, continues, draws, *options)
        whole = batch.inputs() | {"input_ids": changed}
        hidden = self.shapes.needed(chosen.any(1).numpy())
        # Of these rows alone: there may be millions.
        lengths = (sentences.starts[rows + 1] - sentences.starts[rows])[hidden]
        micros = []
        for order in self.shapes.cut(lengths, budget):
            part, tokens = hidden[order], self.shapes.width(int(lengths[order[0]]))
            guessed = chosen[part, :tokens]
            inputs = {name: value[part, :tokens] for name, value in whole.items()}
            guesses = guessed.flatten().nonzero().squeeze(1), ids[part, :tokens][guessed]
            inputs["chosen"], inputs["targets"] = self.shapes.guesses(*guesses)
            micros.append(MicroBatch(inputs, len(guesses[0])))
        return micros


def posttrain_encoder(
    texts: str, model: str, settings: dict, weights: Sequence[str], steps: str, work: str, machine: dict
) -> None:
    """Post-train the encoder in folder `model` on the TEXTS table and write its new folder and steps.

    settings: the `posttrain` section with the keys that all trainings share; weights: files of the new folder;
    machine: of `Machine`.
    """
    place = Machine(**machine)
    torch.set_num_threads(place.threads)
    tokenizer = load_tokenizer(model)
    require_known(tokenizer, texts, tables.TEXTS, ("text", "second"), "posttrain.corpora")
    language_model = load_model(model, "masked_lm", settings["seed"])
    checkpoint_layers(language_model, settings)
    learnt, held_out, unit = read_texts(texts, tokenizer, settings)
    log.info("%d %s to learn from, %d texts held out", len(learnt), unit, len(held_out))
    options = (settings["mask_share"], settings["seed"], place, settings["precision"], unit)
    task = MaskedTask(language_model, tokenizer, learnt, held_out, *options)
    best = fit(task, Plan.of(settings), place, Path(work))
    log.info("held-out perplexity at its best %.2f, after update %d", np.exp(-best.value), best.update)
    if PartialState().is_main_process:
        save_folder(language_model, tokenizer, weights)
        copy_file(Path(work) / "steps.jsonl", steps)
