"""Attributions of several files beside each other, on the pairs that all of them explain as the model judges them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from yiju.app.explainer import Explainer
from yiju.base.errors import YijuError
from yiju.explain.external.attributions import Attributions, Spans
from yiju.models.given_pairs import Pair

Methods = dict[str, dict[Pair, Spans]]


@dataclass(frozen=True)
class Refused:
    """A pair of which another label was explained than the one that the model decides. message: with its place."""

    method: str
    pair: Pair
    message: str


def together(files: Mapping[Path, Attributions], taken: Sequence[str]) -> Methods:
    """The methods of all files by name. taken: names that others have; the name of the file is put behind such a one.

    Raises YijuError where two have the same name all the same.
    """
    found: Methods = {}
    for path, own in files.items():
        for method, pairs in own.methods.items():
            name = method if method not in (*taken, *found) else f"{method} ({path.name})"
            if name in (*taken, *found):
                raise YijuError(f"{path}: the method {name} is there twice; name one of the two files otherwise")
            found[name] = pairs
    return found


def disagreeing(explainer: Explainer, methods: Methods) -> list[Refused]:
    """The pairs of which another label was explained than the one that the model decides."""
    told = list(dict.fromkeys(pair for own in methods.values() for pair, one in own.items() if one.label is not None))
    found = zip(told, explainer.predict(told), strict=True)
    judged = {pair: one.label for pair, one in found if one.label is not None}
    return list(_disagreeing(methods, judged, explainer.scorer.classes))


def _disagreeing(methods: Methods, judged: Mapping[Pair, int], names: Sequence[str]) -> Iterator[Refused]:
    for name, own in methods.items():
        for pair, one in own.items():
            if one.label not in (None, judged.get(pair)):
                explained, decided = names[one.label], names[judged[pair]]
                told = f"{name} explains “{explained}”, but the model judges “{decided}”; the pair is left out"
                yield Refused(name, pair, f"{one.place}: {told}")


def explained_by_all(pairs: Sequence[Pair], methods: Methods, refused: Sequence[Refused]) -> list[Pair]:
    """The distinct pairs that every method explains, but for those that are refused, in their order."""
    out = {one.pair for one in refused}
    return [pair for pair in dict.fromkeys(pairs) if pair not in out and all(pair in own for own in methods.values())]
