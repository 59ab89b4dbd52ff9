"""What explanation methods say of the drawn pairs, how long they take, and what they say of a model of chance."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from yiju.encoder.build import redraw
from yiju.encoder.folder import load_tokenizer
from yiju.judge import attribute_set, explain_set, seconds_of, subject_of
from yiju.provenance import write_json


def attribute_study(work: str, seconds: str, **arguments: object) -> None:
    """Do what `attribute_set` does with the other arguments, and write how many seconds the method took."""
    attribute_set(work=work, **arguments)
    write_json(seconds, round(seconds_of(Path(work)), 3))


def attribute_randomised(
    items: str,
    scores: str,
    models: Sequence[str],
    calibration: str,
    settings: dict,
    out: str,
    facts: str,
    work: str,
    device: str,
    threads: int,
    batch_tokens: int,
) -> None:
    """Do what `attribute_set` does with all weights of the members drawn anew (Adebayo 2018); the labels stay."""
    torch.set_num_threads(threads)
    subjects = [subject_of(model, device, batch_tokens, settings["seed"]) for model in models]
    for number, subject in enumerate(subjects):
        redraw(subject.model, settings["seed"] + number)
    tokenizer = load_tokenizer(models[0])
    explain_set(subjects, tokenizer, items, scores, calibration, settings, out, facts, [], Path(work))
