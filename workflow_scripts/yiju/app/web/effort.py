"""What an answer costs, known before it is computed, so that no request holds the model for long."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import Any

from transformers import PreTrainedModel

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

    token: operations of one token's forward pass, two a weight outside the embeddings; longest: tokens it reads.
    """

    token: float
    longest: int

    @classmethod
    def of(cls, model: PreTrainedModel, longest: int, orders: int = 1) -> Effort:
        """orders: in how many orders of its sides a pair is judged."""
        embeddings = sum(weight.numel() for weight in model.get_input_embeddings().parameters())
        return cls(2.0 * orders * (model.num_parameters() - embeddings), longest)

    def length(self, q: str, t: str) -> int:
        """Tokens of a pair, at most: one a character, and three special ones."""
        return min(len(q) + len(t) + 3, self.longest)

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
