"""Labelled pairs that counting cannot tell apart: a question, a similar and a dissimilar partner of equal overlap."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rapidfuzz.distance import LCSseq

from tools.sample.domain import Domain
from tools.sample.grammar import Question, draw_meaning, draw_other, evidence, pick, render

CANDIDATES = 30  # partners of each label to choose from: more match the overlap better, and take longer
BOTH = 0.3  # share of first questions that keep both partners, so that rows can be grouped by first sentence


@dataclass(frozen=True)
class Pair:
    """Two questions; similar iff their meanings are equal."""

    q: Question
    t: Question

    @property
    def label(self) -> int:
        return int(not self.q.meaning.differs_in(self.t.meaning))

    @property
    def texts(self) -> tuple[str, str]:
        return self.q.text, self.t.text

    @property
    def key(self) -> tuple[str, ...]:
        """The same for both orders of the pair."""
        return tuple(sorted(self.texts))

    @property
    def gold(self) -> tuple[list[int], list[int]]:
        return evidence(self.q, self.t)


def draw_pairs(rng: random.Random, domains: Sequence[Domain], count: int, seen: set[tuple[str, ...]]) -> list[Pair]:
    """`count` pairs that are not in `seen`, in either order; `seen` grows by them."""
    pairs: list[Pair] = []
    while len(pairs) < count:
        similar, different = draw_twins(rng, pick(rng, domains))
        both = rng.random() < BOTH
        first = pick(rng, (similar, different))
        for pair in (similar, different) if both else (first,):
            if pair.key not in seen and len(pairs) < count:
                seen.add(pair.key)
                pairs.append(pair)
    return pairs


def draw_twins(rng: random.Random, domain: Domain) -> tuple[Pair, Pair]:
    """A similar and a dissimilar pair with the same first question and nearly the same overlap.

    One of the two is drawn freely, the other is its nearest among the candidates; which leads alternates at random, so
    that the overlap of both labels spreads alike.
    """
    q = render(rng, draw_meaning(rng, domain))
    if rng.random() < 0.5:
        similar = draw_similar(rng, q)
        return similar, _nearest(similar, [draw_different(rng, q) for _ in range(CANDIDATES)])
    different = draw_different(rng, q)
    return _nearest(different, [draw_similar(rng, q) for _ in range(CANDIDATES)]), different


def draw_similar(rng: random.Random, q: Question) -> Pair:
    """The question and the same in other words."""
    t = render(rng, q.meaning)
    return Pair(q, t) if t.text != q.text else draw_similar(rng, q)


def draw_different(rng: random.Random, q: Question) -> Pair:
    """The question and one that asks something else."""
    return Pair(q, render(rng, draw_other(rng, q.meaning)))


def _nearest(leader: Pair, pairs: Sequence[Pair]) -> Pair:
    wanted = _overlap(*leader.texts)
    return min(pairs, key=lambda pair: sum(abs(a - b) for a, b in zip(wanted, _overlap(*pair.texts), strict=True)))


def _overlap(q: str, t: str) -> tuple[float, ...]:
    """What is matched: shared characters, shared bigrams, common subsequence, length of the partner."""
    total = len(q) + len(t)
    shared, bigrams = (LCSseq.similarity(a, b) for a, b in zip(_sorted_grams(q), _sorted_grams(t), strict=True))
    return 4 * shared / total, 4 * bigrams / total, 2 * LCSseq.similarity(q, t) / total, len(t) / 20


@lru_cache(maxsize=4)
def _sorted_grams(text: str) -> tuple[list[str], list[str]]:
    """Characters and bigrams, sorted: the longest common subsequence of two sorted lists is what they share."""
    return sorted(text), sorted(a + b for a, b in pairwise(text))
