"""Post-training: the masked language model goes on learning on the run's own texts."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import cast

import numpy as np
import polars as pl
import torch
from accelerate import PartialState
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.base.files import copy_file
from yiju.data.word_segmentation import Cut
from yiju.models.folder import load_model, load_tokenizer, save_folder
from yiju.models.template import template_of
from yiju.models.tokenized_texts import CHUNK, TokenizedTexts
from yiju.models.tokens import TokenizedPairs, by_length, encode, pair_up
from yiju.training.batches import Update
from yiju.training.dynamics import Dynamics
from yiju.training.fast_bert import logits_of_chosen, optimise
from yiju.training.known import require_known
from yiju.training.layer_memory import checkpoint_layers
from yiju.training.loop import Machine, MicroBatch, Plan, fit
from yiju.training.masked_tokens import DRAWS, mask_tokens, uniform
from yiju.training.packing import pack
from yiju.training.precision import autocast_dtype
from yiju.training.words import cut_of, encode_words, split_ids

log = logging.getLogger(__name__)
# Texts set aside to see how well unseen ones are guessed.
HELD_OUT, HELD_OUT_SHARE = 2000, 0.01


class MaskedLoss(nn.Module):
    """The language model with its loss: summed cross-entropy of the chosen positions, the only ones given logits."""

    def __init__(self, language_model: PreTrainedModel) -> None:
        super().__init__()
        self.language_model = language_model
        self.logits = logits_of_chosen(language_model)

    def forward(self, chosen: Tensor, targets: Tensor, **inputs: Tensor) -> tuple[Tensor, Tensor]:
        """The summed loss, and how many targets were guessed right.

        chosen: [guesses], flat positions in [batch, tokens]; targets: [guesses], the tokens that stood there.
        """
        logits = self.logits(chosen, **inputs)
        logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
        # A target that no token exceeds is right: the maximum takes a tenth of the time of its place.
        right = (logits.detach().gather(1, targets[:, None]).squeeze(1) == logits.detach().amax(-1)).sum()
        return functional.cross_entropy(logits, targets, reduction="sum"), right


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
        """Masked micro-batches of the rows in which anything is hidden; the others have no loss and are not computed.

        All rows are masked together before they are cut, so that nothing drawn depends on the budget.
        """
        batch = sentences.batch(rows)
        ids, continues = split_ids(batch.input_ids)
        maskable = ~torch.isin(ids, self.special_ids)
        draws = torch.from_numpy(uniform(seed, rows, ids.shape[1], DRAWS))
        options = (self.mask_share, self.mask_id, self.vocabulary, at_least_one)
        changed, chosen = mask_tokens(ids, maskable, continues, draws, *options)
        whole = batch.inputs() | {"input_ids": changed}
        hidden = chosen.any(1).nonzero().squeeze(1).numpy()
        # Of these rows alone: there may be millions.
        lengths = (sentences.starts[rows + 1] - sentences.starts[rows])[hidden]
        micros = []
        for order in by_length(lengths, budget):
            part, tokens = hidden[order], int(lengths[order[0]])
            guessed = chosen[part, :tokens]
            inputs = {name: value[part, :tokens] for name, value in whole.items()}
            inputs["chosen"] = guessed.flatten().nonzero().squeeze(1)
            inputs["targets"] = ids[part, :tokens][guessed]
            micros.append(MicroBatch(inputs, len(inputs["targets"])))
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


def read_texts(
    path: str | Path, tokenizer: PreTrainedTokenizerBase, settings: dict
) -> tuple[TokenizedPairs, TokenizedPairs, str]:
    """What is learnt from, what is held out, and what a row of the former is called.

    settings: `masking`, `dictionary`, `packing`, `max_length` and `seed`, as in the `posttrain` section. The held-out
    texts are the same for every masking, and stand alone with packing too, so that perplexities can be compared.
    """
    aside, paired = _set_aside(path, settings["seed"])
    if len(aside) < 2:
        raise YijuError("posttrain.corpora: fewer than two texts to learn from")
    cut = cut_of(settings["dictionary"]) if settings["masking"] == "words" else None
    learnt, held_out = (
        _guessable(_assemble(tokenizer, _rows(path, chosen), cut, settings, packing), tokenizer.all_special_ids)
        for chosen, packing in ((~aside, settings["packing"]), (aside, False))
    )
    if not len(learnt) or not len(held_out):
        raise YijuError(f"{path}: its {len(aside)} texts are unknown to the vocabulary, and leave nothing to guess")
    return learnt, held_out, "blocks" if settings["packing"] else "pairs" if paired else "sentences"


def _set_aside(path: str | Path, seed: int) -> tuple[np.ndarray, bool]:
    """Which rows of TEXTS are held out, bool [rows], and whether they are pairs.

    Pairs whose sentences are in no other pair are held out first: others have been seen in part.
    """
    second = tables.read(path, tables.TEXTS, ["second"])["second"]
    rows, paired = len(second), not second.null_count()
    order = np.random.default_rng(seed).permutation(rows)
    if paired:
        sentences = tables.read(path, tables.TEXTS, ["text", "second"])
        repeated = pl.concat([sentences["text"], sentences["second"]]).is_duplicated().to_numpy()
        seen = repeated[:rows] | repeated[rows:]
        order = order[np.argsort(seen[order], kind="stable")]
    aside = np.zeros(rows, dtype=bool)
    aside[order[: min(HELD_OUT, max(1, int(rows * HELD_OUT_SHARE)))]] = True
    return aside, paired


def _rows(path: str | Path, chosen: np.ndarray) -> Iterator[pl.DataFrame]:
    """The chosen rows of TEXTS, in order; in parts, as texts take far more room than their tokens."""
    first, seen = 0, 0
    for part in tables.parts(path, tables.TEXTS):
        rows = part.filter(chosen[first : first + part.height])
        first, seen = first + part.height, seen + rows.height
        if rows.height:
            yield rows
            log.info("%d of %d texts read", seen, chosen.sum())


def _assemble(
    tokenizer: PreTrainedTokenizerBase, parts: Iterable[pl.DataFrame], cut: Cut | None, settings: dict, packing: bool
) -> TokenizedPairs:
    """Rows of TEXTS as inputs of the model, their words marked where there is a `cut`."""
    length = settings["max_length"]
    if packing:
        sentences = TokenizedTexts.joined([_encode(tokenizer, part["text"], cut) for part in parts])
        return pack(tokenizer, sentences, length, settings["seed"])
    sequences = TokenizedPairs.joined([_side_by_side(tokenizer, part, cut, length) for part in parts])
    if sequences.truncated.any():
        log.info("%d of %d texts are too long and lose their end", sequences.truncated.sum(), len(sequences))
    return sequences


def _side_by_side(
    tokenizer: PreTrainedTokenizerBase, part: pl.DataFrame, cut: Cut | None, length: int
) -> TokenizedPairs:
    second = None if part["second"].null_count() else _encode(tokenizer, part["second"], cut)
    return pair_up(template_of(tokenizer), _encode(tokenizer, part["text"], cut), second, length)


def _encode(tokenizer: PreTrainedTokenizerBase, texts: pl.Series, cut: Cut | None) -> TokenizedTexts:
    return encode(tokenizer, texts.to_list()) if cut is None else encode_words(tokenizer, texts.to_list(), cut)


def _guessable(sequences: TokenizedPairs, special_ids: list[int]) -> TokenizedPairs:
    """The rows that hold anything to guess: not unknown characters alone."""
    kept = np.empty(len(sequences), dtype=bool)
    for first in range(0, len(sequences), CHUNK):
        starts = sequences.starts[first : first + CHUNK + 1]
        ids, _ = split_ids(torch.from_numpy(sequences.ids[starts[0] : starts[-1]]))
        known = ~np.isin(ids.numpy(), special_ids)
        kept[first : first + CHUNK] = np.logical_or.reduceat(known, starts[:-1] - starts[0])
    if kept.all():
        return sequences
    log.info("%d of %d rows left out: nothing in them to guess", len(kept) - kept.sum(), len(kept))
    return sequences.select(np.flatnonzero(kept))
