"""Names of weights: those of a file, brought to the ones that transformers gives to a model's today."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from yiju.base.errors import YijuError

# Every encoder of this kind has this table, whatever stands before its name.
ANCHOR = re.compile(r"^(.*?)embeddings\.word_embeddings\.weight$")
# What DataParallel, torch.compile, Lightning and people's own modules put before the names of the model they hold.
WRAPPERS = ("module", "model", "_orig_mod", "_forward_module", "net", "network", "backbone", "encoder", "transformer")
# What transformers puts before an encoder's names, by its kind.
BASES = (
    *("bert", "roberta", "electra", "albert", "ernie", "distilbert", "deberta", "convbert", "nezha", "roformer"),
    *("mpnet", "camembert", "xlm-roberta", "mobilebert", "squeezebert", "rembert", "layoutlm"),
)
LAYER = re.compile(r"(?:^|\.)layer\.(\d+)\.")
# What a file may hold beside the model that is wanted: heads of other tasks, tables of numbers in order, and what an
# optimizer remembers.
HEADS = re.compile(
    r"^(?:cls|head|decoder|lm_head|lm_predictions|mask_predictions|predictions|generator_predictions|generator_lm_head|score|"
    r"discriminator_predictions|sop_classifier|classifier|pre_classifier|qa_outputs|vocab_(?:transform|layer_norm|"
    r"projector)|seq_relationship|pooler|\w+\.pooler)\."
)
OTHERS = re.compile(
    r"(?:^|\.)(?:position_ids|token_type_ids)$|^(?:optimizer|optimizer_states?|lr_scheduler|scheduler|ema_decay)(?:\.|$)"
    r"|(?:^|[./_])(?:global_step|adam_[mv]|exp_avg|exp_avg_sq|bad_steps|good_steps|loss_scale)(?:[./]|$)"
)


def current_names(names: Iterable[str], expected: Iterable[str], base: str) -> dict[str, str]:
    """The name that each name in a file has in the model: old names of LayerNorm and known wrappers' prefixes go.

    expected: the model's names; base: what stands before those of its encoder, as `bert`. A name that belongs nowhere
    stays as it is. Raises YijuError where two names become one, or the file holds several encoders.
    """
    names, expected = list(names), set(expected)
    wrapper = wrapper_of(names, base)
    found: dict[str, str] = {}
    for name in names:
        new = _modern(name.removeprefix(wrapper))
        others = (f"{base}.{new}", new.removeprefix(f"{base}."))
        new = new if new in expected else next((other for other in others if other in expected), new)
        if new in found.values():
            raise YijuError(f"{name} and another tensor are both {new}; keep one of them in the file")
        found[name] = new
    return found


def wrapper_of(names: Iterable[str], base: str) -> str:
    """What a program that held the model put before all of its names, as `module.`; nothing where there is no such."""
    before = encoder_prefixes(names)
    if len(before) > 1:
        raise YijuError(f"holds several encoders, under {', '.join(before)}; keep one of them in the file")
    if not before or before[0] in ("", f"{base}."):
        return ""
    outer = before[0].removesuffix(f"{base}.")
    # The encoder's own name once more is a wrapper; where it does not follow, the weights may be of another kind.
    known = (*WRAPPERS, base) if outer != before[0] else WRAPPERS
    return outer if all(part in known for part in outer.split(".")[:-1]) else ""


def encoder_prefixes(names: Iterable[str]) -> list[str]:
    """What stands before the names of every encoder in a file; `bert.` of a plain BERT's."""
    return sorted({found[1] for name in names if (found := ANCHOR.match(_modern(name)))})


def depth(names: Iterable[str]) -> int:
    """How many layers the names count; 0 where they count none."""
    return max((int(found[1]) + 1 for name in names if (found := LAYER.search(name))), default=0)


def replaceable(name: str, base: str) -> bool:
    """Whether a model's weight is of its head or pooler, which may be drawn at random, and not of its encoder."""
    return not name.startswith(f"{base}.") or name.startswith(f"{base}.pooler.")


def dispensable(name: str) -> bool:
    """Whether a name in a file, unknown to the model, is of a known head of another task, or no weight at all."""
    return bool(HEADS.match(name) or OTHERS.search(name))


def tied(groups: Iterable[set[str]], there: Mapping) -> set[str]:
    """Names that the file need not hold, for it holds another name of the same weight. groups: names of one weight."""
    return {name for group in groups if group & there.keys() for name in group}


def _modern(name: str) -> str:
    if "LayerNorm" not in name:
        return name
    return re.sub(r"\.beta$", ".bias", re.sub(r"\.gamma$", ".weight", name))
