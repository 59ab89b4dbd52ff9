"""What a domain of questions is."""

from collections.abc import Mapping
from dataclasses import dataclass

from tools.sample.lexicon import Slot


@dataclass(frozen=True)
class Domain:
    """Typed slots, and the intents with the ways of asking for each: every combination of concepts makes sense.

    In a template `{slot}` is a slot and `[…]` the words that say what is asked (the intent); the rest only carries
    them. All templates of an intent ask the same, whatever fills the slots; templates of two intents never do.
    """

    name: str
    slots: Mapping[str, Slot]
    intents: Mapping[str, tuple[str, ...]]
