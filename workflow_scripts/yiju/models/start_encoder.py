"""The encoder that a run starts from: built from scratch, a user's folder, or a hub checkpoint at a pinned commit."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
from transformers import MODEL_FOR_MASKED_LM_MAPPING, PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

from yiju.base.errors import YijuError
from yiju.models import module_files
from yiju.models.build import build_model, build_tokenizer
from yiju.models.checkpoint import DRAWN, read_config, shape_of
from yiju.models.colbert_folder import METADATA
from yiju.models.fitting import check_vocabulary, positions, tell_doubts
from yiju.models.folder import load_model, load_tokenizer, save_folder
from yiju.models.folder_files import CONFIG, TOKENIZER_SOURCES
from yiju.models.inspect import inspect_model
from yiju.models.match_marker import SEGMENT_IDS, declare
from yiju.models.stock import check_borders, has_sides
from yiju.models.suited import require_suited
from yiju.models.vocabulary_file import read_vocabulary
from yiju.models.weights import PATTERNS

log = logging.getLogger(__name__)


def start_encoder(
    settings: dict, vocabulary: str | None, outputs: Sequence[str], techniques: Sequence[str] = ()
) -> None:
    """Write the run's first model folder.

    settings: the `encoder` section with `marks_matches` resolved, `seed`, and the `head` that is trained next, with its
    `outputs` where it has not two, so that a checkpoint keeps what it has of it. What the checkpoint lacks is left out:
    every training draws that anew from its own seed, so that the seeds of a run differ in it. vocabulary: the learnt
    vocab.txt, for a model from scratch; outputs: the folder's files; techniques: sections of `finetune` that are
    switched on and do not go with every encoder. Raises YijuError, before anything is trained or written, for a
    checkpoint that does not do.
    """
    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    if settings["source"] == "scratch":
        assert vocabulary is not None, "a model from scratch has a vocabulary that was learnt for it"
        tokens = read_vocabulary(vocabulary)
        shape, marks = settings["scratch"], settings["marks_matches"]
        model = build_model(shape, len(tokens), settings["max_length"], marks, settings["seed"])
        tokenizer = build_tokenizer(tokens, settings["max_length"])
    else:
        model, tokenizer = _opened(settings)
        _check(model, settings)
        check_borders(model, tokenizer, f"encoder.name: {settings['name']}: ")
        if settings["head"] == "masked_lm":
            _require_mask(tokenizer)
        tell_doubts(model, tokenizer)
        require_suited(shape_of(model.config, "classifier", {}, Path(settings["name"])), tokenizer, techniques)
        if settings["marks_matches"]:
            _widen_segments(model)
    save_folder(model, tokenizer, outputs, getattr(model, DRAWN, ()))
    log.info("%s encoder: %.1f million weights", settings["source"], model.num_parameters() / 1e6)


def download(name: str, revision: str) -> Path:
    """Fetch a hub checkpoint at a pinned commit into the hub's own cache; offline, what lies there serves."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    wanted = [CONFIG, METADATA, *PATTERNS, *TOKENIZER_SOURCES, *module_files.PATTERNS]
    try:
        return Path(snapshot_download(name, revision=revision, allow_patterns=wanted))
    except (HfHubHTTPError, OSError, ValueError) as error:
        told = " ".join(str(error).split())
        raise YijuError(
            f"{name} at {revision[:8]} cannot be fetched ({told}); without a network, place the checkpoint in a "
            "folder and name that folder"
        ) from error


def _opened(settings: dict) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """The checkpoint that the configuration names, its weights read from a pickle where there are no safetensors."""
    folder = _fetch(settings)
    with _placed("encoder.name"):
        inspect_model(folder)
        config = read_config(folder)
    if settings["head"] == "masked_lm":
        _require_language_model(config)
    with _placed("encoder.name"):
        model = load_model(folder, settings["head"], settings["seed"], pickled=True, outputs=settings.get("outputs", 2))
        tokenizer = load_tokenizer(folder)
    with _placed(f"encoder.name: {folder}"):
        check_vocabulary(model, tokenizer)
    if model.config.pad_token_id is None:
        # A decoder finds the last token of a text by it.
        model.config.pad_token_id = tokenizer.pad_token_id
    return model, tokenizer


@contextmanager
def _placed(place: str) -> Iterator[None]:
    """Let an error of the block begin with the place that it is about."""
    try:
        yield
    except YijuError as error:
        raise YijuError(f"{place}: {error}") from None


def _fetch(settings: dict) -> Path:
    if settings["source"] == "hub":
        try:
            return download(settings["name"], settings["revision"])
        except YijuError as error:
            raise YijuError(f"encoder.name: {error} in encoder.name, with encoder.source: folder") from None
    folder = Path(settings["name"])
    if not folder.is_dir():
        raise YijuError(f"encoder.name: {folder}: no such folder")
    return folder


def _require_language_model(config: PreTrainedConfig) -> None:
    if type(config) not in MODEL_FOR_MASKED_LM_MAPPING:
        raise YijuError(
            f"posttrain.enabled: a {config.model_type} model guesses no masked tokens, by which post-training learns; "
            "set it to false, or choose an encoder such as BERT in encoder.name"
        )


def _require_mask(tokenizer: PreTrainedTokenizerBase) -> None:
    if tokenizer.mask_token_id is None:
        raise YijuError(
            "posttrain.enabled: the tokeniser has no mask_token, which post-training puts in the place of tokens; name "
            "it in tokenizer_config.json, or set posttrain.enabled to false"
        )


def _check(model: PreTrainedModel, settings: dict) -> None:
    if model.config.is_encoder_decoder:
        raise YijuError(
            f"encoder.name: a {model.config.model_type} model, of encoder and decoder; take a model that reads both "
            "sentences in one encoder, such as BERT"
        )
    if settings["marks_matches"] and not has_sides(model):
        raise YijuError(
            f"encoder.match_marker: this {model.config.model_type} model has no segment ids, which bear the marks; set "
            "it to false, or choose a BERT in encoder.name"
        )
    longest = positions(model)
    if settings["max_length"] > longest:
        raise YijuError(f"encoder.max_length: this checkpoint reads at most {longest} tokens")


def _widen_segments(model: PreTrainedModel) -> None:
    """Give a checkpoint segment ids for marked tokens, which start as copies of those for unmarked ones."""
    if getattr(model.config, "match_marker", False):
        return
    embeddings = model.base_model.get_submodule("embeddings")
    sides = embeddings.get_parameter("token_type_embeddings.weight").data[:2]
    embeddings.token_type_embeddings = torch.nn.Embedding.from_pretrained(sides.repeat(2, 1), freeze=False)
    model.config.type_vocab_size = SEGMENT_IDS
    declare(model.config)
