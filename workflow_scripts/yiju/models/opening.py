"""Opening a model folder: which family of pair models it holds is found out from its own files."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from yiju.base.errors import YijuError
from yiju.models.activation import activation_of
from yiju.models.colbert_folder import is_colbert, open_colbert
from yiju.models.fitting import tell_doubts
from yiju.models.folder import load_model, load_tokenizer
from yiju.models.folder_files import CONFIG
from yiju.models.inspect import TOKENIZER_CONFIG, read_json
from yiju.models.label_order import in_order
from yiju.models.module_files import MODULES, Modules, read_modules
from yiju.models.prompt import Wording
from yiju.models.prompting import reading, within
from yiju.models.scorer import Scorer
from yiju.models.scorers.classifier import Classifier, classifier_of
from yiju.models.scorers.decoder import answer_tokens, decoder_of
from yiju.models.sentence_models import open_sentence_model
from yiju.models.stock import adapt, check_classifier
from yiju.models.tokens import encode
from yiju.models.views import view_of

# transformers sets the default type and the initialisation of all torch while it loads a model.
LOADING = threading.Lock()
NO_ANSWERS = (
    "a language model, and no file says which of its tokens are the answers; name them, and the prompt where the "
    "folder has none for pairs: "
)


@dataclass(frozen=True)
class Opening:
    """A folder to be opened. modules: None of a plain folder of transformers; wording: what the caller says of it."""

    folder: Path
    modules: Modules | None
    wording: Wording
    device: str

    @property
    def body(self) -> Path:
        """Where config, weights and tokeniser of the transformer lie."""
        return self.folder if self.modules is None else self.modules.steps[0].folder

    @property
    def answers(self) -> bool:
        """Whether the folder holds a language model, of which nobody says that it is anything else."""
        if self.modules is not None:
            return self.modules.names == ("Transformer", "LogitScore")
        named = self.architectures
        return any("ForCausalLM" in one for one in named) if named else self.wording.answers is not None

    @property
    def library(self) -> dict[str, Any]:
        """What the folder says to sentence-transformers; nothing of a plain folder."""
        return {} if self.modules is None else self.modules.library

    @property
    def architectures(self) -> list[str]:
        """The classes of transformers that the config names."""
        told = read_json(self.body / CONFIG).get("architectures") if (self.body / CONFIG).is_file() else None
        return list(map(str, told)) if isinstance(told, list) else []

    def loaded(self, head: str) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
        """Model and tokeniser, every weight read from the folder, ready to take pairs."""
        # Not `model.to`: transformers wraps it, which loses its type.
        model = nn.Module.to(load_model(self.body, head, whole=True, pickled=True), self.device)
        tokenizer = load_tokenizer(self.body)
        padding = getattr(model.config, "pad_token_id", None)
        if not (self.body / TOKENIZER_CONFIG).is_file() and tokenizer.pad_token is None and isinstance(padding, int):
            # A tokenizer.json by itself does not name it.
            tokenizer.pad_token = tokenizer.convert_ids_to_tokens(padding)
        adapt(model, tokenizer)
        tell_doubts(model, tokenizer)
        return model, tokenizer


def open_scorer(folder: str | Path, device: str = "cpu", wording: Wording | None = None) -> Scorer:
    """The model of a folder on a device, ready to judge: every weight of it is read from the folder.

    wording: what the caller says of its prompt. Raises YijuError, naming place and remedy, for a folder that holds no
    pair model, or one of which anything is missing.
    """
    folder = Path(folder)
    found = Opening(folder, read_modules(folder), wording or Wording(), device)
    if found.modules is not None:
        alone = open_sentence_model(folder, found.modules, device)
    else:
        alone = open_colbert(folder, device) if is_colbert(folder) else None
    if alone is not None:
        if found.wording.given:
            raise YijuError(f"{folder}: a {alone.family} reads each text by itself; leave out {found.wording.names}")
        return alone
    opener = next((opener for fits, opener in FAMILIES if fits(found)), None)
    if opener is None:
        listed = ", ".join(found.modules.names if found.modules else ())
        raise YijuError(f"{folder / MODULES}: {listed}: not the modules of a pair model that yiju knows")
    return opener(found)


def open_classifier(found: Opening) -> Scorer:
    """A model for sequence classification: a classifier, or a cross-encoder of one logit."""
    if found.wording.answers is not None:
        name = found.wording.names.answers
        raise YijuError(f"{found.body}: {name} belong to a language model, and this is a classifier; leave them out")
    model, tokenizer = found.loaded("classifier")
    template = reading(tokenizer, found.modules, found.wording, False, found.body)
    return within(classifier_of(model, tokenizer, template, found.library), found.modules, found.body)


def open_decoder(found: Opening) -> Scorer:
    """A causal language model that answers."""
    step = None if found.modules is None else found.modules.step("LogitScore")
    if step is None and found.wording.answers is None:
        raise YijuError(f"{found.body}: {NO_ANSWERS}{found.wording.names.example}")
    model, tokenizer = found.loaded("causal_lm")
    template = reading(tokenizer, found.modules, found.wording, True, found.body)
    answers: tuple[Any, Any]
    if found.wording.answers is not None:
        answers = answer_tokens(tokenizer, found.wording.answers)
    elif step is not None:
        answers = step.config.get("true_token_id"), step.config.get("false_token_id")
    scorer = within(decoder_of(model, tokenizer, template, *answers), found.modules, found.body)
    return replace(scorer, activation=activation_of(model.config, found.library))


# A family's sign, and what opens a folder of it; the first sign that is there counts.
FAMILIES: tuple[tuple[Callable[[Opening], bool], Callable[[Opening], Scorer]], ...] = (
    (lambda found: found.answers, open_decoder),
    (lambda found: found.modules is None or found.modules.names == ("Transformer",), open_classifier),
)


@contextmanager
def loading() -> Iterator[None]:
    """For the length of the block no other thread loads a model; torch's random numbers are left as they were."""
    with LOADING, torch.random.fork_rng(range(torch.cuda.device_count()) if torch.cuda.is_initialized() else []):
        yield


def given_classifier(model: PreTrainedModel, given: PreTrainedTokenizerBase | None) -> Classifier:
    """The scorer of a model and a tokeniser that a caller gives; neither of them is changed."""
    tokenizer = check_classifier(model, given)
    # A caller may set padding or truncation on the one that is given, while another thread computes.
    own, view = copy.deepcopy(tokenizer), view_of(in_order(model))
    adapt(view, own)
    encode(own, [])
    tell_doubts(model, tokenizer)
    return classifier_of(view, own)
