"""The public face of the package: a model folder or a hub checkpoint that judges pairs and says what it judged by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import polars as pl
import torch
from pydantic import ValidationError
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from yiju.arguments import check_choice, check_count, check_number, check_rows
from yiju.attribution.attribute import judges, score_pairs
from yiju.attribution.counterfactual import Deletion, removal_curves, smallest_deletions
from yiju.attribution.interaction import joint_occlusion, occluded_gradients, share_matrix
from yiju.attribution.subject import Scores, Subject, evaluating
from yiju.attribution.units import segment_units
from yiju.encoder.folder import load_model, load_tokenizer
from yiju.encoder.start import download
from yiju.encoder.stock import adapt
from yiju.errors import YijuError
from yiju.explanation import METHOD, Counterfactual, Explanation, Judgement, Segment, Side
from yiju.kinds import Removal
from yiju.predict import predict_logits
from yiju.rationale.alignment import Span, share_scores
from yiju.rationale.items import characters, segment_spans
from yiju.rationale.selection import RATIO, rank, select
from yiju.scores import decide, difference, probability
from yiju.settings.explain import OPTIONS
from yiju.tokens import Sentences, Sequences, encode, pair_up

if TYPE_CHECKING:
    import pandas as pd

Pair = tuple[str, str]
Matrix = Literal["gradients", "occlusion"]
MATRICES = (None, *get_args(Matrix))
# Pairs that are tokenised and explained at a time, whatever the number that is given.
CHUNK = 1024


class Explainer:
    """A classifier of two labels with its tokeniser.

    margin: what logit 1 must exceed logit 0 by for label 1; batch_tokens: padded tokens of one pass, which bounds the
    memory; seed: of methods that draw. Raises YijuError for a model or tokeniser of a kind that it cannot explain.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        margin: float = 0.0,
        batch_tokens: int = 2048,
        seed: int = 111,
    ) -> None:
        check_number("margin", margin)
        check_count("batch_tokens", batch_tokens, 1)
        check_count("seed", seed, 0, 2**32 - 1)
        self.tokenizer, self.margin = tokenizer, margin
        self.max_length = adapt(model, tokenizer)
        self.subject = Subject.of(model.eval(), tokenizer, batch_tokens, seed)

    @classmethod
    def from_pretrained(
        cls, name: str | Path, revision: str | None = None, device: str = "auto", **options: Any
    ) -> Explainer:
        """Load a model folder, or a checkpoint of the hub (owner/name) at the commit `revision`.

        The margin is the one that the model's config names (`decision_margin`), else 0. options: of the constructor.
        Raises YijuError for a folder that is no classifier of two labels.
        """
        if not isinstance(name, str | Path) or not isinstance(revision, str | None):
            raise YijuError(
                f"name {name!r} and revision {revision!r} must be texts; name a model folder, or owner/name"
            )
        folder = Path(name)
        if not _is_folder(folder) and revision is None:
            raise YijuError(
                f"{name}: no such folder; for a checkpoint of the hub give its commit too: "
                'from_pretrained("owner/name", revision="<40 hexadecimal digits>")'
            )
        folder = folder if _is_folder(folder) else download(str(name), str(revision))
        on = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
        model, tokenizer = load_model(folder, "classifier", whole=True), load_tokenizer(folder)
        known = {"margin": float(getattr(model.config, "decision_margin", 0.0))}
        try:
            return cls(model.to(on), tokenizer, **known | options)
        except YijuError as error:
            raise YijuError(f"{name}: {error}") from None

    def predict(self, pairs: Iterable[Pair] | pd.DataFrame) -> list[Judgement] | pd.DataFrame:
        """Judge pairs of sentences, in their order.

        A table of pandas with columns q and t comes back with label, probability and truncated added; where it has a
        column of such a name, they are yiju_label, yiju_probability and yiju_truncated.
        """
        if _is_frame(pairs):
            found = self.predict(_rows(pairs))
            return _beside(pairs, [_without_pair(one.to_dict()) for one in found])
        return [one for chunk in _chunks(pairs) for one in self._judge(chunk)]

    def explain(
        self,
        pairs: Iterable[Pair] | pd.DataFrame,
        method: str = METHOD,
        matrix: Matrix | None = None,
        ratio: float = RATIO,
        **options: Any,
    ) -> list[Explanation] | pd.DataFrame:
        """Judge pairs and say what each judgement rests on, in their order; see `stream`.

        A table of pandas with columns q and t comes back with the keys of `Explanation.to_dict` added, all of them
        beginning with yiju_ where it has a column of such a name.
        """
        if _is_frame(pairs):
            found = self.stream(_rows(pairs), method, matrix, ratio, **options)
            return _beside(pairs, [_without_pair(one.to_dict()) for one in found])
        return list(self.stream(pairs, method, matrix, ratio, **options))

    def stream(
        self,
        pairs: Iterable[Pair],
        method: str = METHOD,
        matrix: Matrix | None = None,
        ratio: float = RATIO,
        **options: Any,
    ) -> Iterator[Explanation]:
        """Explain pairs one after another, as many as there may be, 1,024 of them held at a time.

        method: a name of `yiju.attribution.METHODS`, options its own (`baseline`, `steps`, `samples` ...); what is
        explained is the label that is decided. matrix: how the two sides act together, by gradients or, exact and
        slower, by occlusion of two at a time. ratio: share of each side's segments that is the rationale.
        """
        chosen = chosen_method(method, options)
        check_choice("matrix", matrix, MATRICES)
        check_number("ratio", ratio, above=0, most=1)
        for chunk in _chunks(pairs):
            yield from self._explain(chunk, chosen, matrix, ratio)

    def curves(self, explained: Sequence[Explanation], removal: Removal = "mask") -> list[list[float]]:
        """p(label) of each pair without its k most important segments of both sides, k = 0, 1, ... all.

        explained: by this explainer, the label being the one explained there; removal: [MASK] in their place, or
        nothing. A faithful explanation's curve falls early.
        """
        explained = _explained(explained)
        check_choice("removal", removal, get_args(Removal))
        if not explained:
            return []
        pairs, units, _ = self._segmented([(one.q, one.t) for one in explained])
        labels = np.array([one.label for one in explained], dtype=np.int64)
        rankings = [rank([part.score for side in one.sides for part in side.segments]) for one in explained]
        with evaluating(self.subject.model):
            found = removal_curves(self.subject, pairs, labels, units, rankings, removal)
        return [curve.tolist() for curve in found]

    def counterfactuals(self, pairs: Iterable[Pair], removal: Removal = "mask", limit: int = 8) -> list[Counterfactual]:
        """The fewest segments of each pair, at most `limit`, without which it is judged otherwise.

        Up to three segments what is found is exact, beyond that an upper bound (beam search).
        """
        check_choice("removal", removal, get_args(Removal))
        check_count("limit", limit, 0)
        chosen = list(_checked(pairs))
        if not chosen:
            return []
        sequences, units, firsts = self._segmented(chosen)
        with evaluating(self.subject.model):
            found = smallest_deletions(self.subject, sequences, units, self.margin, removal, limit)
        return [_counterfactual(one, first) for one, first in zip(found, firsts, strict=True)]

    def _segmented(self, chunk: Sequence[Pair]) -> tuple[Sequences, list[np.ndarray], list[int]]:
        """The pairs, the tokens of their segments, q's first, and how many segments q has."""
        q, t, pairs = self._encoded(chunk, spans=True)
        columns = {"q": [one for one, _ in chunk], "t": [other for _, other in chunk]}
        items = pl.DataFrame(columns).with_columns(q_segments=None, t_segments=None)
        return pairs, segment_units(items, q, t, pairs), [len(characters(one)) for one, _ in chunk]

    def _judge(self, chunk: Sequence[Pair]) -> Iterator[Judgement]:
        _, _, pairs = self._encoded(chunk, spans=False)
        logits = predict_logits(self.subject.model, pairs, self.subject.budget)
        facts = (column.tolist() for column in self._decided(logits))
        for (q, t), label, chance, cut in zip(chunk, *facts, pairs.truncated.tolist(), strict=True):
            yield Judgement(q, t, label, chance, cut)

    def _explain(
        self, chunk: Sequence[Pair], method: dict, matrix: Matrix | None, ratio: float
    ) -> Iterator[Explanation]:
        q, t, pairs = self._encoded(chunk, spans=True)
        logits, found = self._scored(pairs, method)
        labels, chances = self._decided(logits)
        matrices = self._matrices(pairs, labels, matrix)
        for row, texts in enumerate(chunk):
            own = found.values[pairs.starts[row] : pairs.starts[row + 1]]
            first, second = int(pairs.first[row]), int(pairs.second[row])
            spans = q.span_list(row, first), t.span_list(row, second)
            scores = own[1 : 1 + first], own[2 + first : 2 + first + second]
            sides = tuple(_side(*facts, ratio) for facts in zip(texts, spans, scores, strict=True))
            yield Explanation(
                *texts,
                label=int(labels[row]),
                probability=float(chances[row]),
                truncated=bool(pairs.truncated[row]),
                method=method,
                sides=sides,
                gap=None if found.gap is None else float(found.gap[row]),
                matrix=None if matrices is None else _shared(matrices[row], spans, sides),
            )

    def _scored(self, pairs: Sequences, method: dict) -> tuple[np.ndarray, Scores]:
        """Logits of the pairs, and scores for the labels that the margin makes of them."""
        if not judges(method["method"]):
            logits = predict_logits(self.subject.model, pairs, self.subject.budget)
            labels = decide(logits, self.margin).astype(np.int64)
            return logits, score_pairs(self.subject, pairs, labels, method, bar=False)
        found = score_pairs(self.subject, pairs, None, method, bar=False)
        logits = found.logits
        if logits is None:
            logits = predict_logits(self.subject.model, pairs, self.subject.budget)
        # Between the larger logit and the margin lie few pairs: these again, for the other label.
        labels = decide(logits, self.margin).astype(np.int64)
        for row in np.flatnonzero(labels != logits.argmax(1)):
            again = score_pairs(self.subject, pairs.select(np.array([row])), labels[[row]], method, bar=False)
            found.values[pairs.starts[row] : pairs.starts[row + 1]] = again.values
        return logits, found

    def _decided(self, logits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return decide(logits, self.margin), probability(difference(logits))

    def _matrices(self, pairs: Sequences, labels: np.ndarray, matrix: Matrix | None) -> list[np.ndarray] | None:
        if matrix is None:
            return None
        if matrix == "gradients":
            return occluded_gradients(self.subject, pairs, labels.astype(np.int64))
        return joint_occlusion(self.subject, pairs, labels.astype(np.int64), "mask")

    def _encoded(self, chunk: Sequence[Pair], spans: bool) -> tuple[Sentences, Sentences, Sequences]:
        q, t = (encode(self.tokenizer, list(side), spans) for side in zip(*chunk, strict=True))
        return q, t, pair_up(self.tokenizer, q, t, self.max_length)


def chosen_method(method: str, options: dict[str, Any]) -> dict[str, Any]:
    """A method's name as `method`, with all its options. Raises YijuError for an unknown name, option or value."""
    if not isinstance(method, str) or method not in OPTIONS:
        raise YijuError(f"no method {method!r}; there are {', '.join(OPTIONS)}")
    try:
        return {"method": method} | OPTIONS[method].model_validate(options).model_dump()
    except ValidationError as error:
        problem = error.errors()[0]
        allowed = ", ".join(OPTIONS[method].model_fields) or "none"
        raise YijuError(
            f"{method}, option {'.'.join(map(str, problem['loc']))}: {problem['msg']}; its options: {allowed}"
        ) from None


def _counterfactual(found: Deletion, first: int) -> Counterfactual:
    removed = found.removed or ()
    q, t = (tuple(i for i in removed if i < first), tuple(i - first for i in removed if i >= first))
    return Counterfactual(found.label, q, t, found.removed is not None, found.probability, found.exact)


def _side(text: str, tokens: Sequence[Span], scores: np.ndarray, ratio: float) -> Side:
    spans = segment_spans(text, characters(text))
    by_segment = share_scores(tokens, scores, spans)
    ranks = {index: place for place, index in enumerate(select(by_segment, "ratio", ratio), 1)}
    segments = tuple(
        Segment(text[start:end], start, end, float(by_segment[index]), ranks.get(index))
        for index, (start, end) in enumerate(spans)
    )
    by_character = share_scores(tokens, scores, [(place, place + 1) for place in range(len(text))])
    return Side(text, tuple(by_character.tolist()), segments)


def _shared(
    matrix: np.ndarray, tokens: tuple[Sequence[Span], Sequence[Span]], sides: Sequence[Side]
) -> tuple[tuple[float, ...], ...]:
    spans = [[(one.start, one.end) for one in side.segments] for side in sides]
    return tuple(map(tuple, share_matrix(matrix, *tokens, *spans).tolist()))


def _chunks(pairs: Iterable[Pair]) -> Iterator[list[Pair]]:
    checked = _checked(pairs)
    while chunk := list(islice(checked, CHUNK)):
        yield chunk


def _checked(pairs: Iterable[Pair]) -> Iterator[Pair]:
    """The pairs one by one. Raises YijuError, naming the number of the pair, for anything but two texts."""
    check_rows("pairs", pairs)
    for number, pair in enumerate(pairs):
        texts = tuple(pair) if isinstance(pair, Sequence) and not isinstance(pair, str) else ()
        if len(texts) != 2 or not all(isinstance(text, str) for text in texts):
            raise YijuError(f"pair {number}: {pair!r} is not a pair of two texts (q, t)")
        yield texts


def _explained(found: Any) -> list[Explanation]:
    check_rows("explained", found)
    found = list(found)
    for number, one in enumerate(found):
        if not isinstance(one, Explanation):
            raise YijuError(f"explained {number}: this is no Explanation, which `explain` and `stream` give")
    return found


def _is_folder(path: Path) -> bool:
    """`Path.is_dir`, which fails at a NUL in the path and at half a character."""
    try:
        return path.is_dir()
    except ValueError:
        return False


def _is_frame(pairs: Any) -> bool:
    return hasattr(pairs, "columns") and hasattr(pairs, "itertuples")


def _rows(table: pd.DataFrame) -> Iterator[Pair]:
    names = list(table.columns)
    if repeated := [name for name in "qt" if names.count(name) > 1]:
        raise YijuError(f"the table has several columns {repeated[0]!r}; rename all but one of them")
    missing = [name for name in "qt" if name not in names]
    if missing:
        raise YijuError(f"the table has no column {missing[0]!r}; its sentences must be in columns q and t")
    return zip(table["q"], table["t"], strict=True)


def _without_pair(facts: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if key not in ("q", "t")}


def _beside(table: pd.DataFrame, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """The table with columns added. Where it has one of their names, all of them begin with `yiju_`."""
    import pandas as pd

    added = {key: [row[key] for row in rows] for key in rows[0]} if rows else {}
    if not added.keys().isdisjoint(table.columns):
        added = {f"yiju_{key}": values for key, values in added.items()}
    if taken := [key for key in added if key in table.columns]:
        raise YijuError(f"the table has a column {taken[0]!r} already, which would be overwritten; rename or drop it")
    columns = {key: pd.Series(values, index=table.index, dtype=None) for key, values in added.items()}
    return table.assign(**columns)
