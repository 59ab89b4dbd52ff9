"""What explanation methods say of the drawn pairs, how long they take, and what they say of a model of chance."""

from __future__ import annotations

from pathlib import Path

import torch

from yiju.attribution.subject import Subject
from yiju.encoder.build import redraw
from yiju.encoder.folder import load_model, load_tokenizer
from yiju.judge import attribute_set, explain_set, seconds_of
from yiju.provenance import write_json


def attribute_study(work: str, seconds: str, **arguments: object) -> None:
    """Do what `attribute_set` does with the other arguments, and write how many seconds the method took."""
    attribute_set(work=work, **arguments)
    write_json(seconds, round(seconds_of(Path(work)), 3))


def attribute_randomised(
    items: str,
    scores: str,
    model: str,
    settings: dict,
    out: str,
    facts: str,
    work: str,
    device: str,
    threads: int,
    batch_tokens: int,
) -> None:
    """Do what `attribute_set` does with all weights of the model drawn anew (Adebayo 2018); the labels stay."""
    torch.set_num_threads(threads)
    tokenizer, classifier = load_tokenizer(model), load_model(model, "classifier")
    redraw(classifier, settings["seed"])
    subject = Subject.of(classifier.to(device).eval(), tokenizer, batch_tokens, settings["seed"])
    explain_set(subject, tokenizer, items, scores, settings, out, facts, Path(work))
