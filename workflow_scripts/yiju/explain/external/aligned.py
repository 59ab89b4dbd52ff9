"""Where the tokens of a text that holds both sentences lie in these, by their strings alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from yiju.base.errors import YijuError
from yiju.explain.external.attributions import Span
from yiju.models.given_pairs import Pair


def aligned(tokens: Sequence[str], scores: Sequence[float], pair: Pair, place: str) -> Iterator[Span]:
    """The characters of q and t that each token spells, with its score.

    The tokens together have to spell a text in which q stands, and t after it, white space apart; what stands around
    them belongs to no sentence. A token that reaches beyond a sentence gives it the part of its score that belongs to
    the characters inside. Raises YijuError, naming `place`, where the sentences are not found.
    """
    spelt = [(number, one) for number, token in enumerate(tokens) for one in token if not one.isspace()]
    text = "".join(one for _, one in spelt)
    sizes = [sum(not one.isspace() for one in token) for token in tokens]
    begin = 0
    for side, sentence in zip("qt", pair, strict=True):
        seen = [at for at, one in enumerate(sentence) if not one.isspace()]
        begin = text.find("".join(sentence[at] for at in seen), begin)
        if begin < 0:
            raise YijuError(
                f"{place}: the tokens spell {text[:80]!r}, where {side} ({sentence[:40]!r}) is not found"
                f"{' after q' if side == 't' else ''}; explain a text that holds both sentences as they are, q first"
            )
        owners = [number for number, _ in spelt[begin : begin + len(seen)]]
        for number in dict.fromkeys(owners):
            own = [at for at, owner in zip(seen, owners, strict=True) if owner == number]
            yield side, own[0], own[-1] + 1, float(scores[number]) * len(own) / sizes[number]
        begin += len(seen)
