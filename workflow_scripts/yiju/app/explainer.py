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
from yiju.explain.compute import Chosen, Matrix, chosen_method, matrices_of, rationales_of, scored
from yiju.explain.counterfactual import removal_curves, smallest_deletions
from yiju.explain.ensemble import Ensemble, Reading
from yiju.explain.explanation import METHOD, Counterfactual, Explanation, Judgement
from yiju.explain.orders import Order, orders_of
from yiju.explain.rationales.selection import rank
from yiju.explain.strength import EFFECT
from yiju.explain.subject import Subject
from yiju.job.devices import computing_device
from yiju.models.calibration.apply import probability
from yiju.models.decision import UNDECIDED, Asked, Decision, class_of
from yiju.models.fitting import tell_doubts
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
from yiju.models.label_order import in_order
from yiju.models.model_facts import About, read_about
from yiju.models.named import IN_PYTHON, find_model
from yiju.models.opening import open_scorer
from yiju.models.scorer import Scorer, with_mask
from yiju.models.scorers.classifier import Classifier, classifier_of
from yiju.models.scorers.function import Score, function_of
from yiju.models.stock import adapt, check_classifier
from yiju.models.tokens import encode
from yiju.models.views import Views, view_of

if TYPE_CHECKING:
    import pandas as pd

MATRICES = (None, *get_args(Matrix))
# Pairs that are tokenised and explained at a time, whatever the number that is given.
CHUNK = 1024
# The share of each side's segments that is the rationale where nothing is decided.
SHARE = 0.3
# transformers sets the default type and the initialisation of all torch while it loads a model.
LOADING = threading.Lock()


class Explainer:
    """A pair model with its tokeniser: it judges pairs and says what each judgement rests on.

    model: of transformers for sequence classification, with its tokenizer, or a `yiju.models.scorer.Scorer`; margin:
    what logit 1 must exceed logit 0 by for label 1 or, of a model that gives one number, the number above which a pair
    is similar; batch_tokens: padded tokens of one pass, which bounds the memory of a call; seed: random seed of methods
    that sample; average_orders: whether the mean of the outputs of (q, t) and of (t, q) decides, and is explained;
    mask_token: a token of the vocabulary that is put in the place of one that is masked, for a tokeniser without one of
    its own. Margin and average_orders are, unless given, those that the model's config names (`decision_margin`,
    `average_orders`), else 0 and False; a model that gives one number has no margin, and so no labels, unless one is
    given or named. Raises YijuError for a model or tokeniser of a kind that it cannot explain.

    Any number of threads may call one explainer, or several explainers of one model, at the same time: each call
    computes on a view of the model (`yiju.models.views`) that shares its weights, and neither the model nor the
    tokeniser that is given is changed. A stream is for one thread. `about` is what a model folder says of itself, None
    where it does not (`yiju.models.model_facts`).
    """

    def __init__(
        self,
        model: PreTrainedModel | Scorer,
        tokenizer: PreTrainedTokenizerBase | None = None,
        margin: float | None = None,
        batch_tokens: int = 2048,
        seed: int = 111,
        average_orders: bool | None = None,
        mask_token: str | None = None,
    ) -> None:
        scorer = model if isinstance(model, Scorer) else _classifier(model, tokenizer)
        config = getattr(scorer.model, "config", None)
        if margin is None:
            margin = getattr(config, "decision_margin", None if scorer.single else 0.0)
        average_orders = getattr(config, "average_orders", False) if average_orders is None else average_orders
        if margin is not None:
            check_number("margin", margin)
        check_choice("average_orders", average_orders, (True, False))
        check_count("batch_tokens", batch_tokens, 1)
        check_count("seed", seed, 0, 2**32 - 1)
        self.scorer = scorer if mask_token is None else with_mask(scorer, mask_token)
        self.model, self.tokenizer = scorer.model if isinstance(model, Scorer) else in_order(model), tokenizer
        self.margin, self.average_orders = margin, average_orders
        self.about: About | None = None
        self._batch_tokens, self._seed = batch_tokens, seed
        self._views = None if self.model is None else Views(self.model, scorer.prepare)

    @classmethod
    def from_pretrained(
        cls, name: str | Path, revision: str | None = None, device: str = "auto", **options: Any
    ) -> Explainer:
        """Load a model folder, or a checkpoint of the hub (owner/name) at the commit `revision`.

        Which kind of pair model it is, is found out from its files (`yiju.models.opening`). device: auto (a GPU where
        there is one), cpu, cuda, cuda:1 ...; options: of the constructor. Raises YijuError for a folder that holds no
        pair model, and for a device that is not there.
        """
        on = computing_device(device)
        folder = find_model(name, revision, IN_PYTHON)
        try:
            with LOADING, random_state_kept():
                scorer = open_scorer(folder, on)
            found = cls(scorer, scorer.tokenizer, **options)
        except YijuError as error:
            raise YijuError(str(error) if str(error).startswith(str(folder)) else f"{name}: {error}") from None
        found.about = read_about(folder)
        return found

    @classmethod
    def of(cls, score: Score, batch_pairs: int = 64, mask_token: str | None = None, **options: Any) -> Explainer:
        """Explain any function of a list of pairs (q, t) that gives one number for each, in order.

        An HTTP service, a model of another library, a rule: nobody looks into it, so that the methods that take
        segments away fit it and no others. batch_pairs: how many pairs the function is given at a time; mask_token: the
        character that is put in the place of one that is masked, None where characters are only deleted; options: of
        the constructor (margin, seed, average_orders). The function is asked for the same pair once a call.
        """
        check_count("batch_pairs", batch_pairs, 1)
        return cls(function_of(score, batch_pairs, mask_token), **options)

    @property
    def decision(self) -> Decision:
        """What the outputs of the model decide."""
        return Decision(self.scorer.classes, self.scorer.single, self.margin)

    @property
    def max_length(self) -> int:
        """How many tokens the model reads, of a pair or, where the texts are inputs of their own, of either."""
        return self.scorer.max_length

    @property
    def threshold(self) -> float | None:
        """The probability of label 1 above which a pair is judged similar; None where a model has not two labels."""
        if self.margin is None or self.scorer.single or len(self.scorer.classes) > 2:
            return None
        return float(probability(np.array(self.margin)))

    @property
    def default_method(self) -> dict[str, Any]:
        """What explains where nobody names a method: its name as `method`, with all options."""
        measured = self.about.explanation if self.about else None
        chosen = dict(measured.method) if measured else {"method": METHOD}
        return chosen_method(chosen.pop("method"), chosen)

    def why_unsupported(self, method: str) -> str | None:
        """Why a method does not fit the model, as a sentence without a full stop; None where it fits."""
        return why_unsupported(chosen_method(method, {}), self.scorer)

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
        target: str | int | None = None,
        contrast: str | int | None = None,
        **options: Any,
    ) -> Explanation: ...

    @overload
    def explain(
        self,
        pairs: pd.DataFrame,
        method: str | None = None,
        matrix: Matrix | None = None,
        ratio: float | None = None,
        target: str | int | None = None,
        contrast: str | int | None = None,
        **options: Any,
    ) -> pd.DataFrame: ...

    @overload
    def explain(
        self,
        pairs: Iterable[Pair],
        method: str | None = None,
        matrix: Matrix | None = None,
        ratio: float | None = None,
        target: str | int | None = None,
        contrast: str | int | None = None,
        **options: Any,
    ) -> list[Explanation]: ...

    def explain(
        self,
        pairs: Pair | Iterable[Pair] | pd.DataFrame,
        method: str | None = None,
        matrix: Matrix | None = None,
        ratio: float | None = None,
        target: str | int | None = None,
        contrast: str | int | None = None,
        **options: Any,
    ) -> Explanation | list[Explanation] | pd.DataFrame:
        """Judge one pair, given as a tuple (q, t), or many in their order, and say what each judgement rests on.

        What the arguments mean: `stream`.
        A table of pandas with columns q and t comes back with the keys of `Explanation.to_dict` added, all of them
        beginning with `yiju_` where it has a column of such a name.
        """
        if is_pair(pairs):
            return next(self.stream([pairs], method, matrix, ratio, target, contrast, **options))
        if is_frame(pairs):
            found = self.stream(rows_of(pairs), method, matrix, ratio, target, contrast, **options)
            return beside(pairs, [one.to_dict() for one in found], Explanation.kinds())
        return list(self.stream(cast("Iterable[Pair]", pairs), method, matrix, ratio, target, contrast, **options))

    def stream(
        self,
        pairs: Iterable[Pair],
        method: str | None = None,
        matrix: Matrix | None = None,
        ratio: float | None = None,
        target: str | int | None = None,
        contrast: str | int | None = None,
        **options: Any,
    ) -> Iterator[Explanation]:
        """Explain pairs one after another, as many as there may be, 1,024 of them held at a time.

        method: a name of `yiju.explain.methods.METHODS`, options its own (`baseline`, `steps`, `samples` ...), else the
        one that the model's run measured best on dev (`about`), and occlusion by deletion where nobody measured; what
        is explained is the score: log p(label) of a classifier, of the label that is decided or of the class `target`
        (by name or number), or its logit less that of the class `contrast`; the number itself of a model that gives
        one. matrix: how the two sides act together, by occlusion of two at a time, by gradients (approximately and
        faster), or by Shapley interactions of all segments, which are estimated from samples for all but the shortest
        pairs. ratio: share of each side's segments that is the rationale, of those with a score above 0; without it the
        rationale is the smallest set of them that alone, all others deleted, keeps the judgement
        (`yiju.explain.rationales.sufficient`) or, where nothing is decided or another class than the decided one is
        explained, the best three tenths of each side. Where both orders decide, methods that take segments away explain
        the judgement of both together, other methods give the mean of the scores of each order.
        """
        chosen = self._method(method, options)
        check_choice("matrix", matrix, MATRICES)
        if ratio is not None:
            check_number("ratio", ratio, above=0, most=1)
        asked = self._asked(target, contrast)
        for first, chunk in chunks(pairs, CHUNK):
            yield from self._explain(chunk, first, chosen, matrix, ratio, asked)

    def curves(self, explained: Sequence[Explanation], removal: Removal | None = None) -> list[list[float]]:
        """p(label) of each pair without its k most important segments of both sides, k = 0, 1, ... all that were read.

        Of a model that gives one number, and of a difference of two classes, it is that number. explained: by this
        explainer, the class being the one explained there, and the same contrast in all of them; removal: [MASK] in
        their place, or nothing. A faithful explanation's curve falls early.
        """
        explained = _explained(explained)
        removal = self._removal(removal)
        if not explained:
            return []
        labels = np.array([self._class(one.target) for one in explained], dtype=np.int64)
        contrasts = {one.contrast for one in explained}
        if len(contrasts) > 1:
            raise YijuError("explained holds explanations with different contrasts; give those of one at a time")
        (contrast,) = contrasts
        rankings = [rank([part.score for side in one.sides for part in side.segments]) for one in explained]
        against = None if contrast is None else self.scorer.classes.index(contrast)
        with self.before([(one.q, one.t) for one in explained], against) as ensemble:
            return [curve.tolist() for curve in removal_curves(ensemble, labels, rankings, removal)]

    def counterfactuals(
        self, pairs: Iterable[Pair], removal: Removal | None = None, limit: int = 8
    ) -> list[Counterfactual]:
        """The fewest segments of each pair, at most `limit`, without which it is judged otherwise.

        Up to three segments what is found is exact, beyond that an upper bound (beam search).
        """
        removal = self._removal(removal)
        check_count("limit", limit, 0)
        if self.margin is None:
            raise YijuError(f"{UNDECIDED}; so there is no judgement that could turn")
        chosen = list(checked(pairs))
        if not chosen:
            return []
        with self.before(chosen) as ensemble:
            found = smallest_deletions(ensemble, self.margin, removal, limit)
            firsts = ensemble.first.firsts.tolist()
        labels = np.array([one.label for one in found])
        chances = self.decision.probabilities(np.stack([one.outputs for one in found]), labels)
        known = zip(found, firsts, [None] * len(found) if chances is None else chances.tolist(), strict=True)
        return [counterfactual_of(*one, removal) for one in known]

    @contextmanager
    def computing(self, contrast: int | None = None) -> Iterator[Subject]:
        """The model for one computation: a view of it that nobody else has for the length of the block.

        contrast: the class that the score is a difference to.
        """
        if self._views is None:
            yield Subject(self.scorer, self._batch_tokens, self._seed, contrast)
            return
        with self._views.taken() as view:
            yield Subject(self.scorer.view(view), self._batch_tokens, self._seed, contrast)

    @contextmanager
    def before(self, pairs: Iterable[Pair], contrast: int | None = None) -> Iterator[Ensemble]:
        """Pairs before the model, as functions need them that take segments away (`yiju.explain.ensemble`).

        contrast: the class that the score is a difference to. The segments are those of `explain`. For the length of
        the block the model computes as when it judges. Raises YijuError where there are no pairs.
        """
        chosen = list(checked(pairs))
        if not chosen:
            raise YijuError("pairs is empty; give at least one pair")
        orders = self._orders(chosen, 0, spans=True)
        with self.computing(contrast) as subject:
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
        lengths = self.scorer.encode(sentences, 0).lengths.tolist()
        return [problem or (None if length else NO_TOKENS) for problem, length in zip(problems, lengths, strict=True)]

    def _removal(self, removal: Removal | None) -> Removal:
        """How segments are taken away: as is asked, else under the mask token or, where there is none, by deletion."""
        check_choice("removal", removal, (None, *get_args(Removal)))
        return removal or ("delete" if self.scorer.template.mask_id is None else "mask")

    def _class(self, target: str | None) -> int:
        """The number of an explained class; 1 of a model that gives one number."""
        return 1 if target is None else self.scorer.classes.index(target)

    def _asked(self, target: str | int | None, contrast: str | int | None) -> Asked:
        """Which class is to be explained, and against which; the one that is decided where nobody names any."""
        if contrast is not None and target is None:
            raise YijuError("contrast names the class that target is held against; give target too")
        return Asked(*(None if one is None else class_of(self.scorer, one) for one in (target, contrast)))

    def _judge(self, chunk: Sequence[Pair], first: int) -> Iterator[Judgement]:
        orders = self._orders(chunk, first, spans=False)
        with self.computing() as subject:
            outputs = np.mean([subject.outputs(one.pairs) for one in orders], axis=0)
            scores = subject.score(outputs, self.decision.explained(outputs))
        sides = zip(zip(*chunk, strict=True), (orders[0].q, orders[0].t), strict=True)
        unknown = np.sum([self.scorer.unknown_counts(texts, spelt) for texts, spelt in sides], axis=0)
        facts = (orders[0].pairs.truncated, unknown, scores)
        known = zip(chunk, *self._decided(outputs), *(column.tolist() for column in facts), strict=True)
        for (q, t), label, chance, truncated, odd, score in known:
            yield Judgement(q, t, label, chance, truncated, odd, score=score, label_name=self._name(label))

    def _explain(
        self,
        chunk: Sequence[Pair],
        first: int,
        method: dict,
        matrix: Matrix | None,
        ratio: float | None,
        asked: Asked,
    ) -> Iterator[Explanation]:
        orders = self._orders(chunk, first, spans=True)
        with self.computing(asked.contrast) as subject:
            ensemble = Ensemble([[Reading.of(subject, one) for one in orders]])
            outputs, wanted, found = scored(ensemble, method, self.decision, asked.target)
            effects = found if method == EFFECT else score_pairs(ensemble, wanted, EFFECT, bar=False)
            rationales = self._rationales(ensemble, outputs, wanted, found.values[0], ratio)
            matrices = matrices_of(ensemble, wanted, matrix)
            scores = subject.score(outputs, wanted)
        labels, chances = self._decided(outputs)
        spelt = zip(zip(*chunk, strict=True), (orders[0].q, orders[0].t), strict=True)
        unknown = list(zip(*(self.scorer.unknown_in(*side) for side in spelt), strict=True))
        for row, texts in enumerate(chunk):
            chosen, alone, kept = rationales[row]
            known = zip(
                orders[0].segments[row],
                unknown[row],
                cuts_of(orders, row, texts),
                sides_of(ensemble, row, found, effects.values[0], chosen, self.scorer.unit),
                strict=True,
            )
            q, t = (
                side_of(text, Scored(spans=spans, unknown=odd, cut_at=cut, **facts))
                for text, (spans, odd, cut, facts) in zip(texts, known, strict=True)
            )
            yield Explanation(
                *texts,
                label=labels[row],
                probability=chances[row],
                truncated=bool(orders[0].pairs.truncated[row]),
                unknown=int(sum(side.sum() for side in unknown[row])),
                score=float(scores[row]),
                label_name=self._name(labels[row]),
                method=method,
                sides=(q, t),
                target=None if self.scorer.single else self.scorer.classes[wanted[row]],
                contrast=None if asked.contrast is None else self.scorer.classes[asked.contrast],
                gap=None if found.gap is None else float(found.gap[row]),
                **matrix_of(matrices[row] if matrix else None),
                alone=alone,
                kept=kept,
                apart=leading_distinct_of(found, ensemble.own(row)),
                about=self.about,
            )

    def _rationales(
        self,
        ensemble: Ensemble,
        outputs: np.ndarray,
        wanted: np.ndarray,
        values: np.ndarray,
        ratio: float | None,
    ) -> list[Chosen]:
        """See `rationales_of`; of a number, segments speak for its label that push it to the label's side."""
        labels = self.decision.labels(outputs)
        if labels is None or (not self.scorer.single and (labels != wanted).any()):
            return rationales_of(ensemble, wanted, values, self.decision, ratio or SHARE)
        signs = np.where(labels == 0, -1.0, 1.0) if self.scorer.single else np.ones(len(labels))
        return rationales_of(
            ensemble, labels, values * np.repeat(signs, np.diff(ensemble.bounds)), self.decision, ratio
        )

    def _decided(self, outputs: np.ndarray) -> tuple[list[int | None], list[float | None]]:
        labels = self.decision.labels(outputs)
        chances = self.decision.probabilities(outputs, labels)
        nothing = [None] * len(outputs)
        return (
            nothing if labels is None else labels.astype(int).tolist(),
            nothing if chances is None else chances.tolist(),
        )

    def _name(self, label: int | None) -> str | None:
        return None if label is None else self.scorer.classes[label]

    def _orders(self, chunk: Sequence[Pair], first: int, spans: bool) -> list[Order]:
        """The pairs as the model reads them. Raises YijuError for a side of which the tokeniser leaves nothing."""
        q, t = zip(*chunk, strict=True)
        segments = [(_spans(one), _spans(other)) for one, other in chunk] if spans else None
        found = orders_of(self.scorer, q, t, self.average_orders, segments)
        for side, texts, spelt in (("q", q, found[0].q), ("t", t, found[0].t)):
            for row in np.flatnonzero(spelt.lengths == 0).tolist():
                raise YijuError(f"pair {first + row}: {side} {texts[row]!r} {NO_TOKENS}")
        return found


def _classifier(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase | None) -> Classifier:
    """The scorer of a model and a tokeniser that a caller gives; neither of them is changed."""
    check_classifier(model, tokenizer)
    # A caller may set padding or truncation on the one that is given, while another thread computes.
    own, view = copy.deepcopy(tokenizer), view_of(in_order(model))
    adapt(view, own)
    encode(own, [])
    tell_doubts(model, tokenizer)
    return classifier_of(view, own)


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
