"""Opening a model folder: which family of pair models it holds is found out from its own files."""

from __future__ import annotations

from pathlib import Path

from yiju.models.fitting import tell_doubts
from yiju.models.folder import load_model, load_tokenizer
from yiju.models.module_files import read_modules
from yiju.models.scorer import Scorer
from yiju.models.scorers.classifier import classifier_of
from yiju.models.sentence_models import open_sentence_model
from yiju.models.stock import adapt


def open_scorer(folder: str | Path, device: str = "cpu") -> Scorer:
    """The model of a folder on a device, ready to judge: every weight of it is read from the folder.

    Raises YijuError, naming place and remedy, for a folder that holds no pair model, or one of which anything is
    missing.
    """
    modules = read_modules(Path(folder))
    found = None if modules is None else open_sentence_model(Path(folder), modules, device)
    if found is not None:
        return found
    # transformers wraps `Module.to`, which loses its type.
    model = load_model(folder, "classifier", whole=True).to(device)  # type: ignore[arg-type]
    tokenizer = load_tokenizer(folder)
    adapt(model, tokenizer)
    tell_doubts(model, tokenizer)
    return classifier_of(model, tokenizer)
