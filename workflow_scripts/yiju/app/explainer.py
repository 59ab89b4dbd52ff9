"""The public face of the package: a model folder or a hub checkpoint that judges pairs and says what it judged by."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args, overload

import numpy as np
import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from yiju.base.arguments import check_choice, check_count, check_number, check_rows
from yiju.base.errors import YijuError
from yiju.base.types import Removal
from yiju.data.items import Span, characters, segment_spans
from yiju.explain.assembly import Scored, counterfactual_of, cuts_of, leading_distinct_of, matrix_of, side_of, sides_of
from yiju.explain.attribution import score_pairs, why_unsupported
from yiju.explain.compute import Matrix, chosen_method, matrices_of, rationales_of, scored
from yiju.explain.counterfactual import removal_curves, smallest_deletions
from yiju.explain.ensemble import Ensemble, Reading
from yiju.explain.explanation import METHOD, Counterfactual, Explanation, Judgement
from yiju.explain.orders import Order, orders_of
from yiju.explain.rationales.selection import rank
from yiju.explain.strength import EFFECT
from yiju.explain.subject import Subject
from yiju.job.devices import computing_device
from yiju.models.calibration.apply import decide, difference, probability
from yiju.models.fitting import tell_doubts
from yiju.models.folder import load_model, load_tokenizer
from yiju.models.given_pairs import (
    NO_TOKENS,
    Pair,
    beside,
    checked,
    chunks,
    is_frame,
    is_pair,
    rows_of,
    why_no_pair,
    why_no_sentence,
)
from yiju.models.inference import predict_logits
from yiju.models.label_order import in_order
from yiju.models.model_facts import About, read_about
from yiju.models.named import IN_PYTHON, find_model
from yiju.models.stock import adapt, check_classifier
from yiju.models.tokens import encode
from yiju.models.unknown_characters import unknown_counts, unknown_in
from yiju.models.views import Views

if TYPE_CHECKING:
    import pandas as pd

MATRICES = (None, *get_args(Matrix))
# Pairs that are tokenised and explained at a time, whatever the number that is given.
CHUNK = 1024
# transformers sets the default type and the initialisation of all torch while it loads a model.
LOADING = threading.Lock()


class Explainer:
    """A classifier of two labels with its tokeniser.

    margin: what logit 1 must exceed logit 0 by for label 1; batch_tokens: padded tokens of one pass, which bounds the
    memory of a call; seed: random seed of methods that sample; average_orders: whether the mean of the logits of (q, t)
    and of (t, q) decides, and is explained. Margin and average_orders are, unless given, those that the model's config
    names (`decision_margin`, `average_orders`), else 0 and False. Raises YijuError for a model or tokeniser of a kind
    that it cannot explain.

    Any number of threads may call one explainer, or several explainers of one model, at the same time: each call
    computes on a view of the model (`yiju.models.views`) that shares its weights, and neither the model nor the
    tokeniser that is given is changed. A stream is for one thread. `about` is what a model folder says of itself, None
    where it does not (`yiju.models.model_facts`).
    """

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        margin: float | None = None,
        batch_tokens: int = 2048,
        seed: int = 111,
        average_orders: bool | None = None,
    ) -> None:
        check_classifier(model, tokenizer)
        model = in_order(model)
        margin = getattr(model.config, "decision_margin", 0.0) if margin is None else margin
        average_orders = getattr(model.config, "average_orders", False) if average_orders is None else average_orders
        check_number("margin", margin)
        check_choice("average_orders", average_orders, (True, False))
        check_count("batch_tokens", batch_tokens, 1)
        check_count("seed", seed, 0, 2**32 - 1)
        self.model, self.tokenizer = model, tokenizer
        self.margin, self.average_orders = margin, average_orders
        self.about: About | None = None
        self._batch_tokens, self._seed = batch_tokens, seed
        # A caller may set padding or truncation on the one that is given, while another thread computes.
        self._tokenizer = copy.deepcopy(tokenizer)
        self._views = Views(model, self._adapt)
        with self._views.taken():
            encode(self._tokenizer, [])
        tell_doubts(model, tokenizer)

    @classmethod
    def from_pretrained(
        cls, name: str | Path, revision: str | None = None, device: str = "auto", **options: Any
    ) -> Explainer:
        """Load a model folder, or a checkpoint of the hub (owner/name) at the commit `revision`.

        device: auto (a GPU where there is one), cpu, cuda, cuda:1 ...; options: of the constructor. Raises
        YijuError for a folder that is no classifier of two labels, and for a device that is not there.
        """
        on = computing_device(device)
        folder = find_model(name, revision, IN_PYTHON)
        with LOADING, random_state_kept():
            model, tokenizer = load_model(folder, "classifier", whole=True), load_tokenizer(folder)
        try:
            # transformers wraps `Module.to`, which loses its type.
            found = cls(model.to(on), tokenizer, **options)  # type: ignore[arg-type]
        except YijuError as error:
            raise YijuError(f"{name}: {error}") from None
        found.about = read_about(folder)
        return found

    @property
    def threshold(self) -> float:
        """The probability of label 1 above which a pair is judged similar."""
        return float(probability(np.array(self.margin)))

    @property
    def default_method(self) -> dict[str, Any]:
        """What explains where nobody names a method: its name as `method`, with all options."""
        measured = self.about.explanation if self.about else None
        chosen = dict(measured.method) if measured else {"method": METHOD}
        return chosen_method(chosen.pop("method"), chosen)

    def why_unsupported(self, method: str) -> str | None:
        """Why a method does not fit the model, as a sentence without a full stop; None where it fits."""
        return why_unsupported(chosen_method(method, {})["method"], self.model)

    @overload
    def predict(self, pairs: Pair) -> Judgement: ...

    @overload
    def predict(self, pairs: pd.DataFrame) -> pd.DataFrame: ...

    @overload
    def predict(self, pairs: Iterable[Pair]) -> list[Judgement]: ...

    def predict(self, pairs: Pair | Iterable[Pair] | pd.DataFrame) -> Judgement | list[Judgement] | pd.DataFrame:
        """Judge one pair of sentences, given as a tuple (q, t), or many, in their order.

        A table of pandas with columns q and t comes back with label, probability, truncated and unknown added; where it
        has a column of such a name, all of them begin with `yiju_`. Raises YijuError for a pair with a sentence that
        holds nothing to judge.
        """
        if is_pair(pairs):
            return self.predict([pairs])[0]
        if is_frame(pairs):
            return beside(pairs, [one.to_dict() for one in self.predict(rows_of(pairs))], Judgement.kinds())
        return [
            one for first, chunk in chunks(cast("Iterable[Pair]", pairs), CHUNK) for one in self._judge(chunk, first)
        ]

    @overload
    def explain(
        self,
        pairs: Pair,
        method: str | None = None,
        matrix: Matrix | None = None,
        ratio: float | None = None,
        **options: Any,
    ) -> Explanation: ...

    @overload
    def explain(
        self,
        pairs: pd.DataFrame,
        method: str | None = None,
        matrix: Matrix | None = None,
        ratio: float | None = None,
        **options: Any,
    ) -> pd.DataFrame: ...

    @overload
    def explain(
        self,
        pairs: Iterable[Pair],
        method: str | None = None,
        matrix: Matrix | None = None,
        ratio: float | None = None,
        **options: Any,
    ) -> list[Explanation]: ...

    def explain(
        self,
        pairs: Pair | Iterable[Pair] | pd.DataFrame,
        method: str | None = None,
        matrix: Matrix | None = None,
        ratio: float | None = None,
        **options: Any,
    ) -> Explanation | list[Explanation] | pd.DataFrame:
        """Judge one pair, given as a tuple (q, t), or many in their order, and say what each judgement rests on.

        What the arguments mean: `stream`.
        A table of pandas with columns q and t comes back with the keys of `Explanation.to_dict` added, all of them
        beginning with `yiju_` where it has a column of such a name.
        """
        if is_pair(pairs):
            return next(self.stream([pairs], method, matrix, ratio, **options))
        if is_frame(pairs):
            found = self.stream(rows_of(pairs), method, matrix, ratio, **options)
            return beside(pairs, [one.to_dict() for one in found], Explanation.kinds())
        return list(self.stream(cast("Iterable[Pair]", pairs), method, matrix, ratio, **options))

    def stream(
        self,
        pairs: Iterable[Pair],
        method: str | None = None,
        matrix: Matrix | None = None,
        ratio: float | None = None,
        **options: Any,
    ) -> Iterator[Explanation]:
        """Explain pairs one after another, as many as there may be, 1,024 of them held at a time.

        method: a name of `yiju.explain.methods.METHODS`, options its own (`baseline`, `steps`, `samples` ...), else the
        one that the model's run measured best on dev (`about`), and occlusion by deletion where nobody measured; what
        is explained is the label that is decided. matrix: how the two sides act together, by occlusion of two at a
        time, by gradients (approximately and faster), or by Shapley interactions of all segments, which are estimated
        from samples for all but the shortest pairs. ratio: share of each side's segments that is the rationale, of
        those with a score above 0; without it the rationale is the smallest set of them that alone, all others deleted,
        keeps the judgement (`yiju.explain.rationales.sufficient`). Where both orders decide, methods that take segments
        away explain the judgement of both together, other methods give the mean of the scores of each order.
        """
        chosen = self._method(method, options)
        check_choice("matrix", matrix, MATRICES)
        if ratio is not None:
            check_number("ratio", ratio, above=0, most=1)
        for first, chunk in chunks(pairs, CHUNK):
            yield from self._explain(chunk, first, chosen, matrix, ratio)

    def curves(self, explained: Sequence[Explanation], removal: Removal = "mask") -> list[list[float]]:
        """p(label) of each pair without its k most important segments of both sides, k = 0, 1, ... all that were read.

        explained: by this explainer, the label being the one explained there; removal: [MASK] in their place, or
        nothing. A faithful explanation's curve falls early.
        """
        explained = _explained(explained)
        check_choice("removal", removal, get_args(Removal))
        if not explained:
            return []
        labels = np.array([one.label for one in explained], dtype=np.int64)
        rankings = [rank([part.score for side in one.sides for part in side.segments]) for one in explained]
        with self.before([(one.q, one.t) for one in explained]) as ensemble:
            return [curve.tolist() for curve in removal_curves(ensemble, labels, rankings, removal)]

    def counterfactuals(self, pairs: Iterable[Pair], removal: Removal = "mask", limit: int = 8) -> list[Counterfactual]:
        """The fewest segments of each pair, at most `limit`, without which it is judged otherwise.

        Up to three segments what is found is exact, beyond that an upper bound (beam search).
        """
        check_choice("removal", removal, get_args(Removal))
        check_count("limit", limit, 0)
        chosen = list(checked(pairs))
        if not chosen:
            return []
        with self.before(chosen) as ensemble:
            found = smallest_deletions(ensemble, self.margin, removal, limit)
            firsts = ensemble.first.firsts.tolist()
        return [counterfactual_of(*one) for one in zip(found, firsts, strict=True)]

    @contextmanager
    def computing(self) -> Iterator[Subject]:
        """The model for one computation: a view of it that nobody else has for the length of the block."""
        with self._views.taken() as view:
            yield Subject.of(view, self._tokenizer, self._batch_tokens, self._seed)

    @contextmanager
    def before(self, pairs: Iterable[Pair]) -> Iterator[Ensemble]:
        """Pairs before the model, as functions need them that take segments away (`yiju.explain.ensemble`).

        The segments are those of `explain`. For the length of the block the model computes as when it judges. Raises
        YijuError where there are no pairs.
        """
        chosen = list(checked(pairs))
        if not chosen:
            raise YijuError("pairs is empty; give at least one pair")
        orders = self._orders(chosen, 0, spans=True)
        with self.computing() as subject:
            ensemble = Ensemble([[Reading.of(subject, one) for one in orders]])
            with ensemble.evaluating():
                yield ensemble

    def refusals(self, pairs: Iterable[Pair]) -> list[str | None]:
        """For each pair why `predict` and `explain` would refuse it ("q is empty; ..."), or None."""
        rows = list(pairs)
        odd = list(map(why_no_pair, rows))
        texts = [("", "") if no else tuple(pair) for pair, no in zip(rows, odd, strict=True)]
        q, t = (self._refusals([pair[side] for pair in texts]) for side in (0, 1))
        each = zip(odd, q, t, strict=True)
        return [no or (f"q {one}" if one else f"t {other}" if other else None) for no, one, other in each]

    def _method(self, method: str | None, options: dict[str, Any]) -> dict[str, Any]:
        if method is not None or not options:
            return self.default_method if method is None else chosen_method(method, options)
        try:
            return chosen_method(METHOD, options)
        except YijuError as error:
            untold = f"options without a method are those of {METHOD}; name the method whose option it is"
            raise YijuError(f"{error}; {untold}") from None

    def _refusals(self, texts: Sequence[str]) -> list[str | None]:
        problems = [why_no_sentence(text) for text in texts]
        sentences = ["" if problem else text for text, problem in zip(texts, problems, strict=True)]
        lengths = encode(self._tokenizer, sentences).lengths.tolist()
        return [problem or (None if length else NO_TOKENS) for problem, length in zip(problems, lengths, strict=True)]

    def _adapt(self, view: PreTrainedModel) -> None:
        self.max_length = adapt(view, self._tokenizer)

    def _judge(self, chunk: Sequence[Pair], first: int) -> Iterator[Judgement]:
        orders = self._orders(chunk, first, spans=False)
        with self.computing() as subject:
            each = [predict_logits(subject.model, one.pairs, subject.budget) for one in orders]
        logits = np.mean(each, axis=0)
        sides = zip(zip(*chunk, strict=True), (orders[0].q, orders[0].t), strict=True)
        unknown = np.sum([unknown_counts(self._tokenizer, texts, spelt) for texts, spelt in sides], axis=0)
        facts = (*self._decided(logits), orders[0].pairs.truncated, unknown)
        for (q, t), *known in zip(chunk, *(column.tolist() for column in facts), strict=True):
            yield Judgement(q, t, *known)

    def _explain(
        self, chunk: Sequence[Pair], first: int, method: dict, matrix: Matrix | None, ratio: float | None
    ) -> Iterator[Explanation]:
        orders = self._orders(chunk, first, spans=True)
        with self.computing() as subject:
            ensemble = Ensemble([[Reading.of(subject, one) for one in orders]])
            logits, found = scored(ensemble, method, self.margin)
            labels, chances = self._decided(logits)
            wanted = labels.astype(np.int64)
            effects = found if method == EFFECT else score_pairs(ensemble, wanted, EFFECT, bar=False)
            rationales = rationales_of(ensemble, labels, found.values[0], self.margin, ratio)
            matrices = matrices_of(ensemble, wanted, matrix)
        spelt = zip(zip(*chunk, strict=True), (orders[0].q, orders[0].t), strict=True)
        unknown = list(zip(*(unknown_in(self._tokenizer, *side) for side in spelt), strict=True))
        for row, texts in enumerate(chunk):
            chosen, alone, kept = rationales[row]
            known = zip(
                orders[0].segments[row],
                unknown[row],
                cuts_of(orders, row, texts),
                sides_of(ensemble, row, found, effects.values[0], chosen),
                strict=True,
            )
            q, t = (
                side_of(text, Scored(spans=spans, unknown=odd, cut_at=cut, **facts))
                for text, (spans, odd, cut, facts) in zip(texts, known, strict=True)
            )
            yield Explanation(
                *texts,
                label=int(labels[row]),
                probability=float(chances[row]),
                truncated=bool(orders[0].pairs.truncated[row]),
                unknown=int(sum(side.sum() for side in unknown[row])),
                method=method,
                sides=(q, t),
                gap=None if found.gap is None else float(found.gap[row]),
                **matrix_of(matrices[row] if matrix else None),
                alone=alone,
                kept=kept,
                apart=leading_distinct_of(found, ensemble.own(row)),
                about=self.about,
            )

    def _decided(self, logits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return decide(logits, self.margin), probability(difference(logits))

    def _orders(self, chunk: Sequence[Pair], first: int, spans: bool) -> list[Order]:
        """The pairs as the model reads them. Raises YijuError for a side of which the tokeniser leaves nothing."""
        q, t = zip(*chunk, strict=True)
        segments = [(_spans(one), _spans(other)) for one, other in chunk] if spans else None
        found = orders_of(self._tokenizer, q, t, self.max_length, self.average_orders, segments)
        for side, texts, spelt in (("q", q, found[0].q), ("t", t, found[0].t)):
            for row in np.flatnonzero(spelt.lengths == 0).tolist():
                raise YijuError(f"pair {first + row}: {side} {texts[row]!r} {NO_TOKENS}")
        return found


def _spans(text: str) -> list[Span]:
    return segment_spans(text, characters(text))


@contextmanager
def random_state_kept() -> Iterator[None]:
    """Leave torch's random numbers as they were: loading a model seeds them."""
    with torch.random.fork_rng(range(torch.cuda.device_count()) if torch.cuda.is_initialized() else []):
        yield


def _explained(found: Any) -> list[Explanation]:
    if isinstance(found, Explanation):
        raise YijuError("explained is one Explanation; give a list of them: [explanation]")
    check_rows("explained", found, "a list of what `explain` gives")
    found = list(found)
    for number, one in enumerate(found):
        if not isinstance(one, Explanation):
            raise YijuError(f"explained {number}: this is no Explanation, which `explain` and `stream` give")
    return found
