"""Weights that do not fit a model: which, why probably, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from transformers import PreTrainedModel

from yiju.models.folder_files import CONFIG
from yiju.models.weight_names import BASES, dispensable, encoder_prefixes, replaceable
from yiju.models.weights import shown

# Which key of the config says how large a weight is: (part of its name, dimension).
SIZES = {
    ("word_embeddings.weight", 0): "vocab_size",
    ("position_embeddings.weight", 0): "max_position_embeddings",
    ("token_type_embeddings.weight", 0): "type_vocab_size",
    ("intermediate.dense.weight", 0): "intermediate_size",
    ("word_embeddings.weight", 1): "hidden_size",
}


@dataclass(frozen=True)
class Mismatch:
    """What a file lacks, what it holds that nobody knows, and the shapes (there, wanted) that differ."""

    missing: list[str]
    unexpected: list[str]
    wrong: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]]

    def __bool__(self) -> bool:
        return bool(self.missing or self.unexpected or self.wrong)

    def explained(self, model: PreTrainedModel, held: Iterable[str]) -> str:
        """One sentence: the first few names, the likely cause and the remedy. held: names in the file."""
        if self._headless(model.base_model_prefix):
            return f"a checkpoint without {', '.join(self.missing)}; fine-tune it first"
        facts = [f"lacks {shown(self.missing, 2)}"] * bool(self.missing)
        facts += [f"holds {shown(self.unexpected, 2)}, unknown to a {type(model).__name__}"] * bool(self.unexpected)
        facts += [f"holds {self._shapes()}"] * bool(self.wrong)
        return (
            f"a checkpoint that does not fit its {CONFIG}: it {' and '.join(facts)}; {self._cause(model, list(held))}"
        )

    def _headless(self, base: str) -> bool:
        """Whether nothing but the head, or the pooler before it, is missing."""
        return not self.unexpected and not self.wrong and all(replaceable(name, base) for name in self.missing)

    def _shapes(self) -> str:
        return shown(
            [f"{name} {list(there)} instead of {list(wanted)}" for name, (there, wanted) in self.wrong.items()]
        )

    def _cause(self, model: PreTrainedModel, held: list[str]) -> str:
        base, kind = model.base_model_prefix, model.config.model_type
        if begin := self._prefix(held):
            return f"some of its names begin with {begin} and the others do not: take it off the names"
        before = encoder_prefixes(held)
        if before and before[0] not in ("", f"{base}."):
            last = before[0].split(".")[-2]
            if last in BASES and last != base:
                return (
                    f"its weights are those of a {last}, so model_type {kind} in {CONFIG} looks wrong: set it to {last}"
                )
            return f"its names begin with {before[0]}, a prefix that yiju does not know: take it off the names"
        if self.wrong:
            return self._sizes(kind)
        if not before:
            return f"no encoder of the kind {kind} is in the file: take {CONFIG} and weights from one checkpoint"
        if self.missing:
            return f"part of the encoder was never saved, or {CONFIG} (model_type {kind}) is another model's"
        return f"take what is foreign out of the file, give it its name in transformers, or correct {CONFIG}"

    def _prefix(self, held: Iterable[str]) -> str:
        """What stands before some of the names, without which they are names that are missing; nothing where not."""
        held = [name for name in held if not dispensable(name)]
        prefixes = dict.fromkeys(name[: name.index(".") + 1] for name in self.unexpected if "." in name)
        begins = [one for one in prefixes if not all(name.startswith(one) for name in held)]
        return next((one for one in begins if any(f"{one}{name}" in self.unexpected for name in self.missing)), "")

    def _sizes(self, kind: str) -> str:
        """The keys of the config that name another size than the file has."""
        keys = {
            key
            for name, (there, wanted) in self.wrong.items()
            for (part, axis), key in SIZES.items()
            if re.search(rf"(^|\.){re.escape(part)}$", name) and len(there) > axis and there[axis] != wanted[axis]
        }
        what = ", ".join(sorted(keys)) or f"model_type {kind} or a size"
        return f"{what} in {CONFIG} is another model's: correct it, or take {CONFIG} and weights from one checkpoint"
