"""What an answer costs, known before it is computed, so that no request holds the model for long."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import TYPE_CHECKING, Any, NamedTuple

from yiju.base.types import Units
from yiju.config.method import get_method
from yiju.data.units import unit_cutter
from yiju.explain.interaction import STRONGEST
from yiju.explain.rationales.sufficient import ALL, CANDIDATES, GROWTH, LARGEST, WIDTH

if TYPE_CHECKING:
    from torch import nn

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


class Size(NamedTuple):
    """Of a pair: its tokens, special ones included, its segments, and the tokens of the largest segment, at most."""

    tokens: int
    segments: int
    largest: int

    def of(self, segments: int) -> int:
        """Tokens of so many segments of the pair alone, at most."""
        return min(self.tokens, segments * self.largest + SPECIAL)


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

    def size(self, q: str, t: str, units: Units = "characters") -> Size:
        """How large a pair is at most: a token a character, and the template's; characters stand for tokens too."""
        tokens = min(len(q) + len(t) + self.around, self.longest)
        if units in ("characters", "tokens"):
            return Size(tokens, tokens, 1)
        cut = unit_cutter(units)
        spans = [*cut(q), *cut(t)]
        return Size(tokens, len(spans), max(end - start for start, end in spans))

    def judgement(self, size: Size) -> float:
        """One forward pass of a pair."""
        return size.tokens * self.token

    def method(self, chosen: dict[str, Any], size: Size) -> float:
        """Operations of an attribution method with its options, at most, on a pair of a size."""
        method = get_method(chosen["method"])
        return method.passes(chosen, size.segments if method.removes else size.tokens) * size.tokens * self.token

    def effects(self, size: Size) -> float:
        """What the absence of each segment changes, which colours every explanation."""
        return size.segments * size.tokens * self.token

    def rationale(self, size: Size) -> float:
        """The search for the smallest rationale, at most: short sets, those of the beam, beginnings of the ranking."""
        sets = comb(min(2 * CANDIDATES, size.segments), ALL) * size.of(ALL)
        beams = (LARGEST - ALL) * WIDTH * size.segments * size.of(LARGEST)
        beginnings = size.tokens * GROWTH / (GROWTH - 1)
        return (sets + beams + beginnings) * self.token

    def curve(self, size: Size) -> float:
        return size.segments * size.tokens * self.token

    def matrix(self, size: Size) -> float:
        """Joint occlusion: the pair without each segment, and without each two across the sides, at most 20 of each."""
        return (1 + size.segments + min(size.segments / 2, STRONGEST) ** 2) * size.tokens * self.token

    def deletions(self, size: Size) -> int:
        """Segments of the largest deletion that can be looked for; 0: not even of one."""
        count = size.segments
        tried = (count, count * (count - 1) // 2, BEAM * count)
        costs = [sum(tried[:most]) * size.tokens * self.token for most in range(1, DELETIONS + 1)]
        return max(int(costs[0] <= MOST), sum(cost <= SEARCH for cost in costs))


def _count(module: nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters())


def _tables(model: nn.Module) -> list[nn.Module]:
    """Tables of embeddings, of which a token takes one row and computes nothing."""
    # A server of an ONNX folder loads no torch.
    from torch import nn

    return [one for one in model.modules() if isinstance(one, nn.Embedding)]
