"""The suite: items of a user's sentences and of the project's frames, so many a category, drawn by a seed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from importlib import import_module
from itertools import islice

from yiju.data.behaviour import frames
from yiju.data.behaviour.categories import CATEGORIES, Category
from yiju.data.behaviour.minimal_pairs import Change, Item, number

# Rows of the user's table that are looked at, in an order that the seed draws, and tries of each frame.
ROWS, ATTEMPTS = 20_000, 200
# Items of a category where nobody says how many.
PER_CATEGORY = 200
# Categories that a library makes: its name, and what is imported and installed.
NEEDED = {"traditional": ("OpenCC", "opencc"), "misspelling": ("pypinyin", "pypinyin")}
Pair = tuple[str, str]


def build(
    pairs: Sequence[Pair], seed: int, per_category: int, categories: Iterable[str] = tuple(CATEGORIES)
) -> list[Item]:
    """At most so many items of each category: half from the pairs, and half from the frames where both have enough.

    No two items of a category are the same pair; where rules contradict each other on one, neither is kept. A category
    whose library is not installed has none; see `missing`.
    """
    order = sorted(range(len(pairs)), key=lambda row: (number(seed, *pairs[row]), row))[:ROWS]
    found = []
    for name in categories:
        if name in missing():
            continue
        own = _spread(_distinct(_of_pairs(name, pairs, order, seed)), per_category)
        made = _spread(_distinct(_of_frames(name, seed, per_category)), per_category)
        held = {_key(one.change) for one in own}
        made = [one for one in made if _key(one.change) not in held]
        least = min(len(made), per_category // 2)
        kept = own[: per_category - least]
        found += [*kept, *made[: per_category - len(kept)]]
    return found


def missing() -> dict[str, str]:
    """Categories that cannot be made here, and the remedy."""
    return {
        category: f"it needs {name}, which is not installed (pip install {module})"
        for category, (name, module) in NEEDED.items()
        if not _is_installed(module)
    }


def _is_installed(module: str) -> bool:
    try:
        import_module(module)
    except ModuleNotFoundError:
        return False
    return True


def changes(name: str, text: str, seed: int) -> Iterator[Change]:
    """What a category makes of one sentence; each change of it differs from it."""
    make = CATEGORIES[name].of_text
    for one in () if make is None else make(text, seed):
        if one.t != text and one.t.strip():
            yield one


def _of_pairs(name: str, pairs: Sequence[Pair], order: Sequence[int], seed: int) -> Iterator[Item]:
    category = CATEGORIES[name]
    for row in order:
        q, t = pairs[row]
        yield from (Item(name, row, t, one) for one in _of_pair(category, name, q, t, seed))


def _of_pair(category: Category, name: str, q: str, t: str, seed: int) -> Iterator[Change]:
    if category.of_pair is not None:
        yield from category.of_pair(q, t, seed)
    elif category.keeps and q != t:
        for one in changes(name, t, seed):
            if one.t != q:
                yield replace(one, q=q, before=(q, t))
    else:
        for text in dict.fromkeys((q, t)):
            yield from changes(name, text, seed)


def _of_frames(name: str, seed: int, wanted: int) -> Iterator[Item]:
    category = CATEGORIES[name]
    for one in frames.pairs_of(name, seed, ATTEMPTS):
        yield Item(name, -1, one.q, one)
    if category.of_pair is not None:
        # Of all frames, those that mean the same and those that do not.
        for frame in islice(_frame_pairs(seed), 40 * wanted):
            yield from (Item(name, -1, frame.t, one) for one in category.of_pair(frame.q, frame.t, seed))
    elif category.keeps:
        for text in islice(frames.sentences(seed, ATTEMPTS), 40 * wanted):
            yield from (Item(name, -1, text, one) for one in changes(name, text, seed))


def _frame_pairs(seed: int) -> Iterator[Change]:
    for attempt in range(ATTEMPTS):
        for frame in frames.frames():
            yield frame.filled(seed, attempt)


def _key(one: Change) -> tuple[str, ...]:
    """What makes two items the same: their sentences in either order, and the pair before."""
    return (*sorted((one.q, one.t)), *(one.before or ()))


def _distinct(items: Iterable[Item]) -> list[Item]:
    """Each pair once, in order, and none that another rule says the opposite of."""
    kept: dict[tuple[str, ...], Item] = {}
    effects: dict[tuple[str, ...], set[str]] = {}
    for one in items:
        pair = tuple(sorted((one.change.q, one.change.t)))
        effects.setdefault(pair, set()).add(one.change.effect)
        kept.setdefault(_key(one.change), one)
    return [one for one in kept.values() if len(effects[tuple(sorted((one.change.q, one.change.t)))]) == 1]


def _spread(items: Sequence[Item], most: int) -> list[Item]:
    """So many of the items, the rules in turns."""
    waiting: dict[str, list[Item]] = {}
    for one in items:
        waiting.setdefault(one.change.rule, []).append(one)
    each = [iter(own) for own in waiting.values()]
    found: list[Item] = []
    while each and len(found) < most:
        taken = [next(one, None) for one in each]
        each = [one for one, item in zip(each, taken, strict=True) if item is not None]
        found += [item for item in taken if item is not None]
    return found[:most]
