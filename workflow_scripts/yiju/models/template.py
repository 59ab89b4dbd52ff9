"""How two texts become the input of a model: read off the tokeniser, never written by hand for a kind of model."""

from __future__ import annotations

from dataclasses import dataclass, field

from transformers import PreTrainedTokenizerBase

from yiju.base.errors import YijuError
from yiju.models.border import border

# What a tokeniser is asked for: two texts that share nothing, of more than one token in most vocabularies.
PROBES = ("甲乙", "丙")
OTHER_TOKENIZER = "take a checkpoint with a fast tokeniser (tokenizer.json) that writes pairs"


@dataclass(frozen=True)
class Template:
    """What stands around the tokens of two texts in the input of a model.

    before, between, after: ids of the tokens around those of q and of t; single: those before and after a text alone;
    pad_id; mask_id: of what is put in the place of a token that is masked, None where the tokeniser has none;
    special_ids: tokens that are no text; first_share: how many tokens of `between` belong to the input of q, which ends
    there; numbered: whether tokens after that get segment id 1 and not 0; leads, trails: what is put before and behind
    the text of q, and of t, before it is tokenised, where the model's tokens may reach across the border; cut_last:
    whether a pair that is too long is cut at the end of t until nothing of t is left, and not at its longer side; ends:
    the token of each trail, which stays where the last token of a text, that may hold it, is deleted; None for a trail
    that is not one token.
    """

    before: tuple[int, ...]
    between: tuple[int, ...]
    after: tuple[int, ...]
    pad_id: int
    mask_id: int | None
    special_ids: tuple[int, ...]
    single: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())
    first_share: int = 0
    numbered: bool = True
    leads: tuple[str, str] = ("", "")
    trails: tuple[str, str] = ("", "")
    cut_last: bool = False
    ends: tuple[int | None, int | None] = (None, None)

    @property
    def around(self) -> int:
        """How many tokens of a pair are not its texts'."""
        return len(self.before) + len(self.between) + len(self.after)

    def room(self, max_length: int) -> int:
        """How many tokens two texts may have together. max_length: what the model reads, the template's included."""
        return max_length - self.around


def separate_template_of(tokenizer: PreTrainedTokenizerBase, leads: tuple[str, str], place: str = "") -> Template:
    """The template of texts that are inputs of their own. leads: what is put before q and before t; see `template_of`.

    Its segment ids number the two inputs, which is for yiju and not for the model.
    """
    _check(tokenizer, place)
    with border(f"{place}{tokenizer.name_or_path or 'the tokeniser'}", "it fails on two characters", OTHER_TOKENIZER):
        alone = _probe(tokenizer, PROBES[0])
    own = alone.places(0)
    if not own or not _together(own):
        written = " ".join(map(str, tokenizer.convert_ids_to_tokens(alone.ids)))
        raise YijuError(f"{place}the tokeniser writes a text as {written[:200]}, not in one piece; {OTHER_TOKENIZER}")
    before, after = tuple(alone.ids[: own[0]]), tuple(alone.ids[own[-1] + 1 :])
    return Template(
        before=before,
        between=after + before,
        after=after,
        pad_id=tokenizer.pad_token_id,
        mask_id=tokenizer.mask_token_id,
        special_ids=tuple(dict.fromkeys([*tokenizer.all_special_ids, *before, *after])),
        single=(before, after),
        first_share=len(after),
        leads=leads,
    )


def _check(tokenizer: PreTrainedTokenizerBase, place: str) -> None:
    if not tokenizer.is_fast:
        raise YijuError(f"{place}a slow tokeniser, which knows no offsets; {OTHER_TOKENIZER}")
    if tokenizer.pad_token_id is None:
        raise YijuError(f"{place}the tokeniser has no pad_token; name it in tokenizer_config.json")


@dataclass(frozen=True)
class _Probe:
    """The pair of the probes as the tokeniser writes it: ids, whose each is (0 q, 1 t, None), and segment ids."""

    ids: list[int]
    owners: list[int | None]
    segments: list[int] = field(default_factory=list)

    def places(self, side: int) -> list[int]:
        return [place for place, owner in enumerate(self.owners) if owner == side]


def template_of(tokenizer: PreTrainedTokenizerBase, place: str = "") -> Template:
    """The template of a tokeniser's pairs: what its post-processor puts around them.

    place: what messages begin with. Not for a tokeniser that another thread uses: a call changes its padding. Raises
    YijuError, naming what would do, for a slow tokeniser and for one whose pairs are not a text, what follows, a text.
    """
    _check(tokenizer, place)
    with border(f"{place}{tokenizer.name_or_path or 'the tokeniser'}", "it fails on two characters", OTHER_TOKENIZER):
        pair, alone = _probe(tokenizer, *PROBES), _probe(tokenizer, PROBES[0])
    q, t, own = pair.places(0), pair.places(1), alone.places(0)
    orderly = q and t and own and [*q, *t] == sorted([*q, *t]) and _together(q) and _together(t) and _together(own)
    if not orderly:
        written = " ".join(map(str, tokenizer.convert_ids_to_tokens(pair.ids)))
        raise YijuError(f"{place}the tokeniser writes a pair as {written[:200]}, not one text and then the other")
    second = [place for place, number in enumerate(pair.segments) if number]
    if (second and second != list(range(second[0], len(pair.ids)))) or (second and not q[-1] < second[0] <= t[0]):
        raise YijuError(f"{place}the tokeniser numbers the segments of a pair {pair.segments}, not first 0 and then 1")
    return Template(
        before=tuple(pair.ids[: q[0]]),
        between=tuple(pair.ids[q[-1] + 1 : t[0]]),
        after=tuple(pair.ids[t[-1] + 1 :]),
        pad_id=tokenizer.pad_token_id,
        mask_id=tokenizer.mask_token_id,
        special_ids=tuple(dict.fromkeys([*tokenizer.all_special_ids, *_constants(pair)])),
        single=(tuple(alone.ids[: own[0]]), tuple(alone.ids[own[-1] + 1 :])),
        first_share=(second[0] - q[-1] - 1) if second else t[0] - q[-1] - 1,
        numbered=bool(second),
    )


def _probe(tokenizer: PreTrainedTokenizerBase, *texts: str) -> _Probe:
    found = tokenizer(*texts, return_token_type_ids=True)
    # transformers hands segment ids to a model only where the tokeniser says that the model takes them.
    told = "token_type_ids" in tokenizer.model_input_names
    ids = list(found["input_ids"])
    return _Probe(ids, found.sequence_ids(0), list(found["token_type_ids"]) if told else [0] * len(ids))


def _constants(pair: _Probe) -> list[int]:
    return [token for token, owner in zip(pair.ids, pair.owners, strict=True) if owner is None]


def _together(places: list[int]) -> bool:
    return places == list(range(places[0], places[-1] + 1))
