"""What an answer costs, known before it is computed, so that no request holds the model for long."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import Any

from torch import nn

from yiju.config.method import get_method
from yiju.explain.interaction import STRONGEST
from yiju.explain.rationales.sufficient import ALL, CANDIDATES, GROWTH, LARGEST, WIDTH

# Floating-point operations of one answer: ten seconds or so on two cores, whatever the model.
MOST = 1e12
# Of a search for deletions beyond that of one segment, which nobody asked for by name: less than a second.
SEARCH = 5e10
# Deletions of up to so many segments are looked for: those are exact.
DELETIONS = 3
# Tokens of a pair that are nobody's: [CLS] and two [SEP].
SPECIAL = 3
# The beam that `yiju.explain.counterfactual` enlarges from the third segment on.
BEAM = 8


@dataclass(frozen=True)
class Effort:
    """Cost of answers for one model.

    token: operations of one token's forward pass, two a weight outside the embeddings, and none of a function that
    nobody looks into; longest: tokens it reads; around: tokens of a pair that are not its texts'.
    """

    token: float
    longest: int
    around: int = SPECIAL

    @classmethod
    def of(cls, model: nn.Module | None, longest: int, orders: int = 1, around: int = SPECIAL) -> Effort:
        """orders: in how many orders of its sides a pair is judged."""
        weights = 0 if model is None else _count(model) - sum(map(_count, _tables(model)))
        return cls(2.0 * orders * weights, longest, around)

    def length(self, q: str, t: str) -> int:
        """Tokens of a pair, at most: one a character, and those of the template."""
        return min(len(q) + len(t) + self.around, self.longest)

    def judgement(self, length: int) -> float:
        """One forward pass of a pair of `length` tokens."""
        return length * self.token

    def method(self, chosen: dict[str, Any], length: int) -> float:
        """Operations of an attribution method with its options, at most, on a pair of `length` tokens."""
        return get_method(chosen["method"]).passes(chosen, length) * length * self.token

    def effects(self, length: int) -> float:
        """What the absence of each segment changes, which colours every explanation."""
        return length * length * self.token

    def rationale(self, length: int) -> float:
        """The search for the smallest rationale, at most: short sets, those of the beam, beginnings of the ranking."""
        sets = comb(2 * CANDIDATES, ALL) * (ALL + SPECIAL)
        beams = (LARGEST - ALL) * WIDTH * length * (LARGEST + SPECIAL)
        beginnings = length * GROWTH / (GROWTH - 1)
        return (sets + beams + beginnings) * self.token

    def curve(self, length: int) -> float:
        return length * length * self.token

    def matrix(self, length: int) -> float:
        """Joint occlusion: the pair without each segment, and without each two across the sides, at most 20 of each."""
        return (1 + length + min(length / 2, STRONGEST) ** 2) * length * self.token

    def deletions(self, length: int) -> int:
        """Segments of the largest deletion that can be looked for; 0: not even of one."""
        tried = (length, length * (length - 1) // 2, BEAM * length)
        costs = [sum(tried[:size]) * length * self.token for size in range(1, DELETIONS + 1)]
        return max(int(costs[0] <= MOST), sum(cost <= SEARCH for cost in costs))


def _count(module: nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters())


def _tables(model: nn.Module) -> list[nn.Module]:
    """Tables of embeddings, of which a token takes one row and computes nothing."""
    return [one for one in model.modules() if isinstance(one, nn.Embedding)]
