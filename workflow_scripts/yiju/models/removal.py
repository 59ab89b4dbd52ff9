"""Pairs with some of their tokens taken away: what occlusion, LIME, SHAP and all tests of faithfulness look at."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from yiju.base.errors import YijuError
from yiju.base.types import Removal
from yiju.models.tokens import TokenizedPairs

NO_MASK = (
    'the model\'s tokeniser has no mask token; delete what is taken away (removal="delete"), take another baseline '
    '(baseline="pad" or "zero"), or name a token with mask_token'
)


@dataclass(frozen=True)
class Replacement:
    """Puts a token drawn at random into the place of each token that is taken away.

    pool: int32 [tokens], from which tokens are drawn, each as often as it is there; seed: of the draws. The tokens that
    are drawn for a sentence depend on the two sentences of its pair and on the seed only: they are the same whatever is
    taken away, whichever pairs stand beside it, and in either order of the two sentences. This is the marginal
    distribution of Lundberg 2017: the drawn tokens know nothing of the tokens beside them.
    """

    pool: np.ndarray
    seed: int

    def tokens(self, pairs: TokenizedPairs) -> np.ndarray:
        """What stands in the place of each token if it is taken away, int32, flat as `pairs.ids`."""
        found = pairs.ids.copy()
        firsts, seconds = pairs.first_starts, pairs.second_starts
        for row in range(len(pairs)):
            places = tuple(
                slice(start, start + max(0, count))
                for start, count in ((firsts[row], pairs.first[row]), (seconds[row], pairs.second[row]))
            )
            seeds = [zlib.crc32(pairs.ids[place].astype("<i4").tobytes()) for place in places]
            for number, place in enumerate(places):
                # Two equal sentences get different tokens.
                seed = [self.seed, seeds[number], seeds[1 - number], number if seeds[0] == seeds[1] else 0]
                count = place.stop - place.start
                found[place] = self.pool[np.random.default_rng(seed).integers(0, len(self.pool), count)]
        return found


# One way of taking tokens away.
Change = Removal | Replacement
# What figures are measured by: a way, or several draws, of which the mean is taken.
Operator = Removal | Sequence[Replacement]


def changes_of(operator: Operator) -> Sequence[Change]:
    """The ways of taking tokens away that the mean is taken over."""
    return [operator] if isinstance(operator, str) else operator


def replacements(
    pairs: TokenizedPairs, special_ids: Sequence[int], mask_id: int | None, draws: int, seed: int
) -> list[Replacement]:
    """Draws from the texts' tokens of all pairs that are not special; from [MASK] alone where there are none.

    Where the tokeniser has no mask token either, from padding alone.
    """
    texts = pairs.ids[ordinary(pairs)]
    own = texts[~np.isin(texts, special_ids)]
    blank = pairs.template.pad_id if mask_id is None else mask_id
    pool = own if len(own) else np.array([blank], dtype=pairs.ids.dtype)
    return [Replacement(pool, seed + draw) for draw in range(draws)]


def keep_tokens(
    pairs: TokenizedPairs, rows: np.ndarray, kept: np.ndarray, removal: Change, mask_id: int | None
) -> TokenizedPairs:
    """Variants of pairs in which only some tokens are left.

    rows: int64 [variants], the pair that each is a variant of; kept: bool, one a token of the variants' pairs, one
    after another (`pairs.select(rows).ids` has them in this order); what it says of the template's tokens is not asked:
    they stay. removal: put [MASK] in a token's place, or what a `Replacement` draws, or delete it; a side that is
    emptied by deletion keeps one [MASK], where the tokeniser has one, and the last token of a text leaves what it may
    hold of a prompt (`Template.ends`). Sides (segment ids) and markers follow from the tokens that are left. Raises
    YijuError where [MASK] is asked for and the tokeniser has none.
    """
    whole = pairs.select(rows)
    kept = kept | ~ordinary(whole)
    if removal == "mask":
        if mask_id is None:
            raise YijuError(NO_MASK)
        return replace(whole, ids=np.where(kept, whole.ids, mask_id).astype(whole.ids.dtype))
    if isinstance(removal, Replacement):
        drawn = replace(pairs, ids=removal.tokens(pairs)).select(rows).ids
        return replace(whole, ids=np.where(kept, whole.ids, drawn))
    ids, kept = whole.ids.copy(), kept.copy()
    counts = []
    sides = ((whole.first_starts, whole.first), (whole.second_starts, whole.second))
    for (begin, length), end in zip(sides, pairs.template.ends, strict=True):
        if end is not None:
            last = (begin + length - 1)[length > 0]
            gone = last[~kept[last]]
            ids[gone], kept[gone] = end, True
        left = _count(kept, begin, begin + length)
        if mask_id is not None:
            emptied = (left == 0) & (length > 0)
            ids[begin[emptied]], kept[begin[emptied]] = mask_id, True
            left = left + emptied
        counts.append(left)
    starts = np.concatenate([[0], np.cumsum(counts[0] + counts[1] + pairs.template.around)])
    return replace(whole, ids=ids[kept], starts=starts, first=counts[0], second=counts[1])


def ordinary(pairs: TokenizedPairs) -> np.ndarray:
    """Which tokens are the sentences' own, bool, one a token of `pairs.ids`: not those of the template."""
    own = np.ones(len(pairs.ids), dtype=bool)
    template = pairs.template
    ends = (pairs.starts[:-1], pairs.first_starts + pairs.first, pairs.starts[1:] - len(template.after))
    for begin, constant in zip(ends, (template.before, template.between, template.after), strict=True):
        for place in range(len(constant)):
            own[begin + place] = False
    return own


def _count(kept: np.ndarray, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
    before = np.concatenate([[0], np.cumsum(kept)])
    return before[end] - before[begin]
