"""Disturbed forms of a question pair, as in the competition's test sets: one small change to one of the sentences."""

import random
from collections.abc import Callable, Collection
from dataclasses import replace

from tools.sample.grammar import Question, draw_other, fitting_openers, pick, render, reworded
from tools.sample.sample_pairs import Pair

FLIPS = 0.25  # share of disturbed forms in which the decisive word changes, and with it the label
FINAL_MARKS = ("？", "?", "！", "~", "？？", "……", "。")


def disturb(rng: random.Random, pair: Pair, known: Collection[tuple[str, str]]) -> Pair:
    """A form of the pair, not among the known: other trimmings, words or order; at times another meaning."""
    keeping = (add_opener, replace_synonym, change_order, change_punctuation)
    change = flip if rng.random() < FLIPS else pick(rng, keeping)
    disturbed = on_either_side(rng, pair, change)
    q, t = disturbed.texts
    return disturb(rng, pair, known) if (q, t) in known or q == t else disturbed


def on_either_side(rng: random.Random, pair: Pair, change: Callable[[random.Random, Pair], Question]) -> Pair:
    """The pair with its second sentence changed, or its first: then the change sees the pair turned around."""
    if rng.random() < 0.5:
        return Pair(pair.q, change(rng, pair))
    return Pair(change(rng, Pair(pair.t, pair.q)), pair.t)


def flip(rng: random.Random, pair: Pair) -> Question:
    """Similar becomes dissimilar by another concept in t, the reverse by making t agree with q."""
    meaning = draw_other(rng, pair.t.meaning) if pair.label else pair.q.meaning
    return reworded(rng, pair.t, meaning)


def replace_synonym(rng: random.Random, pair: Pair) -> Question:
    """Other surfaces of the same concepts in t, the template kept."""
    return reworded(rng, pair.t, pair.t.meaning)


def change_order(rng: random.Random, pair: Pair) -> Question:
    """The same meaning of t by any template, without trimmings."""
    return render(rng, pair.t.meaning, opener=0.0, closer=0.0)


def add_opener(rng: random.Random, pair: Pair) -> Question:
    """Another opener before t."""
    bare = replace(pair.t, opener="")
    return replace(bare, opener=pick(rng, fitting_openers(bare.text)))


def change_punctuation(rng: random.Random, pair: Pair) -> Question:
    """Another final mark on t, its particle or plea left out."""
    return replace(pair.t, closer=pick(rng, FINAL_MARKS))
