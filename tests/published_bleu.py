"""BLEU-4 of one pair as the published system has it, written out: what the search over many pairs is compared with."""

import math
from collections import Counter
from collections.abc import Sequence

FLOOR = 1e-10


def bleu4(hypothesis: Sequence[str], reference: Sequence[str]) -> float:
    """BLEU-4 (Papineni 2002): of each length of n-grams the clipped share, plus a floor."""
    total = 0.0
    for n in range(1, 5):
        own, other = _grams(hypothesis, n), _grams(reference, n)
        possible = own.total()
        total += math.log(((own & other).total() / possible if possible else 0.0) + FLOOR) / 4
    longer = len(hypothesis) > len(reference)
    brevity = 1.0 if longer else math.exp(1 - len(reference) / (len(hypothesis) + FLOOR))
    return brevity * math.exp(total)


def _grams(tokens: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(tokens[start : start + n]) for start in range(len(tokens) - n + 1))
