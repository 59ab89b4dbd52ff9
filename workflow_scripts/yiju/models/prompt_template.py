"""The template of a prompt: where the tokens of its constant text end, and those that may reach into a text begin."""

from __future__ import annotations

from collections.abc import Callable

from tokenizers import Encoding, Tokenizer
from transformers import PreTrainedTokenizerBase

from yiju.base.errors import YijuError
from yiju.models.border import border
from yiju.models.prompt import PROBES, Prompt
from yiju.models.template import OTHER_TOKENIZER, Template
from yiju.models.token_growth import plain_ids

Spelt = list[tuple[tuple[str, str], Encoding]]


def template_of_prompt(tokenizer: PreTrainedTokenizerBase, prompt: Prompt, place: str) -> Template:
    """How the tokens of two texts become those of the whole prompt, as the tokeniser would make them of it at once.

    The constant text next to q and t that tokens share with them is tokenised with them (`leads`, `trails`): as little
    as the tokeniser always cuts off. place: what messages begin with. Raises YijuError where there is no such cut, or
    where the parts have other tokens than the whole, tried on texts of every kind.
    """
    if not tokenizer.is_fast:
        raise YijuError(f"{place}: a slow tokeniser, which knows no offsets; {OTHER_TOKENIZER}")
    if tokenizer.pad_token_id is None:
        raise YijuError(f"{place}: the tokeniser has no pad_token; name it in tokenizer_config.json")
    backend = tokenizer.backend_tokenizer
    with border(place, "the tokeniser fails on a prompt", OTHER_TOKENIZER):
        parts, leads, trails = _divided(backend, prompt, place)
        before, between, after = (tuple(plain_ids(backend, part)) for part in parts)
        template = Template(
            before=before,
            between=between,
            after=after,
            pad_id=tokenizer.pad_token_id,
            mask_id=tokenizer.mask_token_id,
            special_ids=tuple(tokenizer.all_special_ids),
            numbered=False,
            cut_last=True,
            leads=leads,
            trails=trails,
            ends=(_single(backend, trails[0]), _single(backend, trails[1])),
        )
        _check(backend, prompt, template, place)
    return template


def _divided(
    backend: Tokenizer, prompt: Prompt, place: str
) -> tuple[tuple[str, str, str], tuple[str, str], tuple[str, str]]:
    """The constant text in three parts without what is tokenised with q and t, and this: leads and trails."""
    spelt = [(pair, backend.encode(prompt.whole(*pair), add_special_tokens=False)) for pair in PROBES]
    before, between, after = (len(text) for text in (prompt.before, prompt.between, prompt.after))
    first = _nearest(spelt, lambda q, t: (0, before), last=True)
    second = _nearest(spelt, lambda q, t: (before + len(q), between), last=False)
    third = _nearest(spelt, lambda q, t: (before + len(q), between), last=True)
    fourth = _nearest(spelt, lambda q, t: (before + len(q) + between + len(t), after), last=False)
    if first is None or second is None or third is None or fourth is None or second > third:
        raise YijuError(
            f"{place}: the tokeniser never cuts {prompt.between!r}, what stands between q and t in the prompt, so that "
            "their tokens cannot be told apart; take a prompt with a line break or a special token there"
        )
    parts = (prompt.before[:first], prompt.between[second:third], prompt.after[fourth:])
    return (
        parts,
        (prompt.before[first:], prompt.between[third:]),
        (prompt.between[:second], prompt.after[:fourth]),
    )


def _nearest(spelt: Spelt, where: Callable[[str, str], tuple[int, int]], last: bool) -> int | None:
    """The last or the first place in a part of the prompt where the tokens of no text reach across; None for none.

    where: of two texts, where the part begins, and its length. Where the tokeniser cuts a text before it makes tokens
    of the pieces, only these cuts count: that two tokens meet elsewhere may be by chance.
    """
    for by_piece in (True, False):
        common: set[int] | None = None
        for pair, encoding in spelt:
            begin, length = where(*pair)
            found = {place - begin for place in _cuts(encoding, by_piece) if 0 <= place - begin <= length}
            common = found if common is None else common & found
        if common:
            return max(common) if last else min(common)
    return None


def _cuts(encoding: Encoding, by_piece: bool) -> set[int]:
    """Where a text is cut, in characters: between pieces, or between tokens; its two ends are cuts."""
    offsets, pieces = encoding.offsets, encoding.word_ids
    inner = {
        offsets[index][0]
        for index in range(1, len(offsets))
        if offsets[index - 1][1] <= offsets[index][0] and (not by_piece or pieces[index] != pieces[index - 1])
    }
    return {0, max((end for _, end in offsets), default=0), *inner}


def _single(backend: Tokenizer, text: str) -> int | None:
    ids = plain_ids(backend, text)
    return ids[0] if len(ids) == 1 else None


def _check(backend: Tokenizer, prompt: Prompt, template: Template, place: str) -> None:
    for pair in PROBES:
        own = [
            plain_ids(backend, f"{template.leads[side]}{text}{template.trails[side]}") for side, text in enumerate(pair)
        ]
        parts = [*template.before, *own[0], *template.between, *own[1], *template.after]
        if parts != plain_ids(backend, prompt.whole(*pair)):
            raise YijuError(
                f"{place}: of the prompt with {pair[0]!r} and {pair[1]!r} in it the tokeniser makes other tokens than "
                "of its parts, so that nothing could be taken out of it; take another prompt, or another tokeniser"
            )
