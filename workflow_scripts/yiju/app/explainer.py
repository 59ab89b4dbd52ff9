"""The public face of the package: a model folder or a hub checkpoint that judges pairs and says what it judged by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args, overload

import numpy as np

from yiju.app.evidence_source import EvidenceSource
from yiju.app.explaining import Wanted, decided, explained, judged, mean_outputs
from yiju.base.arguments import check_choice, check_count, check_number, check_rows
from yiju.base.errors import YijuError
from yiju.base.types import Measure, Removal, Units
from yiju.config.chosen_method import chosen_method
from yiju.data.segmentation import Span
from yiju.explain.assembly import counterfactual_of
from yiju.explain.attribution import why_unsupported
from yiju.explain.compute import Matrix, why_no_matrix
from yiju.explain.counterfactual import removal_curves, smallest_deletions
from yiju.explain.division import Division, bounded
from yiju.explain.ensemble import Ensemble, Reading
from yiju.explain.explanation import METHOD, Counterfactual, Explanation, Judgement
from yiju.explain.orders import Order, orders_of
from yiju.explain.rationales.selection import rank
from yiju.explain.segments import Segments
from yiju.explain.subject import Subject
from yiju.explain.unit_names import brief
from yiju.job.devices import computing_device
from yiju.models.calibrated import calibration_for
from yiju.models.calibration.score_fit import ScoreFit
from yiju.models.calibration.stored import StoredCalibration
from yiju.models.decision import UNDECIDED, Asked, Decision, class_of
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
from yiju.models.model_facts import About, read_about
from yiju.models.named import IN_PYTHON, find_model
from yiju.models.prompt import Wording
from yiju.models.scorer import Scorer, with_mask
from yiju.models.scorers.function import Score, function_of
from yiju.models.scorers.onnx_graph import is_graph, open_graph

if TYPE_CHECKING:
    import pandas as pd
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from yiju.models.views import Views

MEASURES = (None, *get_args(Measure))
MATRICES = (None, *get_args(Matrix))
# Pairs that are tokenised and explained at a time, whatever the number that is given.
CHUNK = 1024
NO_PAIRS = "pairs is empty; give at least one pair"


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
    where it does not (`yiju.models.model_facts`); `evidence` is where its training pairs are found, None of a model
    that was not opened from a folder.
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
        scorer = model if isinstance(model, Scorer) else _given(model, tokenizer)
        config = scorer.own_config
        if margin is None:
            margin = getattr(config, "decision_margin", None if scorer.single else 0.0)
        average_orders = getattr(config, "average_orders", False) if average_orders is None else average_orders
        if margin is not None:
            check_number("margin", margin)
        check_choice("average_orders", average_orders, (True, False))
        check_count("batch_tokens", batch_tokens, 1)
        check_count("seed", seed, 0, 2**32 - 1)
        self.scorer = scorer if mask_token is None else with_mask(scorer, mask_token)
        self.model, self.tokenizer = scorer.model if isinstance(model, Scorer) else _in_order(model), tokenizer
        self.margin, self.average_orders = margin, average_orders
        self.about: About | None = None
        self.calibration: StoredCalibration | None = None
        self.evidence: EvidenceSource | None = None
        self._batch_tokens, self._seed = batch_tokens, seed
        self._views = None if self.model is None else _views_of(self.model, scorer)

    @classmethod
    def from_pretrained(
        cls,
        name: str | Path,
        revision: str | None = None,
        device: str = "auto",
        calibration: str | Path | bool = True,
        template: str | None = None,
        answers: tuple[str, str] | str | None = None,
        instruction: str | None = None,
        **options: Any,
    ) -> Explainer:
        """Load a model folder, or a checkpoint of the hub (owner/name) at the commit `revision`.

        Which kind of pair model it is, is found out from its files (`yiju.models.opening`). device: auto (a GPU where
        there is one), cpu, cuda, cuda:1 ...; calibration: a file of `yiju calibrate`, True for the one in the folder,
        where there is one, or False for none; options: of the constructor. What the files of a reranker may leave open:
        template: the prompt, a text with {q} and {t} and, if need be, {instruction} in it; answers: those of a language
        model, ("no", "yes"), or "yes" alone; instruction: in the place of the folder's own. Raises YijuError for a
        folder that holds no pair model, and for a device that is not there.
        """
        folder = find_model(name, revision, IN_PYTHON)
        return cls.opened(folder, name, device, calibration, Wording(template, answers, instruction), **options)

    @classmethod
    def opened(
        cls,
        folder: Path,
        name: str | Path,
        device: str,
        calibration: str | Path | bool,
        wording: Wording,
        **options: Any,
    ) -> Explainer:
        """Load a model folder. name: what messages call it; wording: what the caller says of its prompt, and how
        messages call that; the others: see `from_pretrained`."""
        graph = is_graph(folder)
        if not graph:
            computing_device(device)
        try:
            scorer = open_graph(folder, device, wording) if graph else _opened(folder, device, wording)
            stored = calibration_for(scorer, folder, calibration)
            found = cls(scorer, scorer.tokenizer, **options)._calibrated(stored, options.get("margin"))
        except YijuError as error:
            raise YijuError(str(error) if str(error).startswith(str(folder)) else f"{name}: {error}") from None
        found.about = read_about(folder)
        found.evidence = EvidenceSource(folder, lambda place: _opened(place, device, wording))
        return found

    @classmethod
    def of(
        cls,
        score: Score,
        batch_pairs: int = 64,
        mask_token: str | None = None,
        calibration: str | Path | None = None,
        **options: Any,
    ) -> Explainer:
        """Explain any function of a list of pairs (q, t) that gives one number for each, in order.

        An HTTP service, a model of another library, a rule: nobody looks into it, so that the methods that take
        segments away fit it and no others. batch_pairs: how many pairs the function is given at a time; mask_token: the
        character that is put in the place of one that is masked, None where characters are only deleted; calibration:
        a file of `yiju calibrate` of its scores; options: of the constructor (margin, seed, average_orders). The
        function is asked for the same pair once a call.
        """
        check_count("batch_pairs", batch_pairs, 1)
        scorer = function_of(score, batch_pairs, mask_token)
        stored = calibration_for(scorer, None, calibration or False)
        return cls(scorer, **options)._calibrated(stored, options.get("margin"))

    def __repr__(self) -> str:
        name = f" {self.about.name}" if self.about else ""
        classes = "one number a pair" if self.scorer.single else f"classes {', '.join(map(brief, self.scorer.classes))}"
        decides = "" if self.margin is not None else ", decides nothing"
        return f"<Explainer{name}: {self.scorer.family}, {classes}{decides}, reads {self.max_length:,} tokens>"

    @property
    def decision(self) -> Decision:
        """What the outputs of the model decide."""
        return Decision(self.scorer.classes, self.scorer.single, self.margin, self._fit)

    @property
    def max_length(self) -> int:
        """How many tokens the model reads, of a pair or, where the texts are inputs of their own, of either."""
        return self.scorer.max_length

    @property
    def activation(self) -> torch.nn.Module | None:
        """What makes of a reranker's score, its logit, what CrossEncoder.predict of sentence-transformers returns.

        It is the one that the model's folder names, sigmoid where it names none; None of other models.
        """
        return getattr(self.scorer, "activation", None)

    @property
    def threshold(self) -> float | None:
        """The probability of label 1 above which a pair is judged similar; None where the model gives no such one."""
        return self.decision.threshold

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

        A table of pandas with columns q and t comes back with label, probability, truncated, unknown, score, label_name
        and undecided added; where it has a column of such a name, all of them begin with `yiju_`. Raises YijuError for
        a pair with a sentence that holds nothing to judge.
        """
        if is_pair(pairs):
            return self.predict([pairs])[0]
        if is_frame(pairs):
            return beside(pairs, [one.to_dict() for one in self.predict(rows_of(pairs))], Judgement.kinds())
        return [
            one for first, chunk in chunks(cast("Iterable[Pair]", pairs), CHUNK) for one in self._judge(chunk, first)
        ]

    def outputs(self, pairs: Iterable[Pair]) -> tuple[np.ndarray, np.ndarray]:
        """What the model gives for pairs, float64 [pairs, classes], and which are longer than it reads, bool [pairs].

        Logits by class or, of a model that gives one number, 0 and that number. Raises YijuError for what is no pair.
        """
        chosen = list(checked(pairs))
        if not chosen:
            raise YijuError(NO_PAIRS)
        orders = self._orders(chosen, 0)
        with self.computing() as subject:
            return mean_outputs(subject, orders), orders[0].pairs.truncated

    @overload
    def explain(
        self,
        pairs: Pair,
        method: str | None = None,
        matrix: Matrix | None = None,
        ratio: float | None = None,
        target: str | int | None = None,
        contrast: str | int | None = None,
        units: Units = "characters",
        segments: Iterable[Any] | None = None,
        words: Sequence[str] | None = None,
        evidence: int | None = None,
        measure: Measure | None = None,
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
        units: Units = "characters",
        segments: Iterable[Any] | None = None,
        words: Sequence[str] | None = None,
        evidence: int | None = None,
        measure: Measure | None = None,
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
        units: Units = "characters",
        segments: Iterable[Any] | None = None,
        words: Sequence[str] | None = None,
        evidence: int | None = None,
        measure: Measure | None = None,
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
        units: Units = "characters",
        segments: Iterable[Any] | None = None,
        words: Sequence[str] | None = None,
        evidence: int | None = None,
        measure: Measure | None = None,
        **options: Any,
    ) -> Explanation | list[Explanation] | pd.DataFrame:
        """Judge one pair, given as a tuple (q, t), or many in their order, and say what each judgement rests on.

        What the arguments mean: `stream`.
        A table of pandas with columns q and t comes back with the keys of `Explanation.to_dict` added, all of them
        beginning with `yiju_` where it has a column of such a name.
        """
        if is_pair(pairs):
            own = None if segments is None else [segments]
            alone = (method, matrix, ratio, target, contrast, units, own, words, evidence, measure)
            return next(self.stream([pairs], *alone, **options))
        rows = rows_of(pairs) if is_frame(pairs) else cast("Iterable[Pair]", pairs)
        asked = (method, matrix, ratio, target, contrast, units, segments, words, evidence, measure)
        found = self.stream(rows, *asked, **options)
        if is_frame(pairs):
            return beside(pairs, [one.to_dict() for one in found], Explanation.kinds())
        return list(found)

    def stream(
        self,
        pairs: Iterable[Pair],
        method: str | None = None,
        matrix: Matrix | None = None,
        ratio: float | None = None,
        target: str | int | None = None,
        contrast: str | int | None = None,
        units: Units = "characters",
        segments: Iterable[Any] | None = None,
        words: Sequence[str] | None = None,
        evidence: int | None = None,
        measure: Measure | None = None,
        **options: Any,
    ) -> Iterator[Explanation]:
        """Explain pairs one after another, as many as there may be, 1,024 of them held at a time.

        method: a name of `yiju.explain.methods.METHODS`, options its own (`baseline`, `steps`, `samples` ...), else the
        one that the model's run measured best on dev (`about`), and occlusion by deletion where nobody measured; what
        is explained is the score: log p(label) of a classifier, of the label that is decided or of the class `target`
        (by name or number), or its logit less that of the class `contrast`; the number itself of a model that gives
        one. matrix: how the two sides act together, by occlusion of two at a time, by gradients (approximately and
        faster), or by Shapley interactions of all segments, which are estimated from samples for all but the shortest
        pairs; "jacobians" is for bi-encoders, and "maxsim", what they score by, for late-interaction models. ratio:
        share of each side's segments that is the rationale, of those with a score above 0; without it the rationale is
        the smallest set of them that alone, all others deleted, keeps the judgement
        (`yiju.explain.rationales.sufficient`) or, where nothing is decided or another class than the decided one is
        explained, the best three tenths of each side. Where both orders decide, methods that take segments away explain
        the judgement of both together, other methods give the mean of the scores of each order.

        units: what is given a score: characters (Latin words and numbers whole), tokens, words (jieba's or, with
        `words`, those of a list), or sentences, for long texts. segments: instead of units, of each pair those of q and
        those of t, in order, as texts that spell the text or as (start, end) in characters; of a single pair given to
        `explain`, those of q and those of t.

        evidence: so many training pairs that speak for each judgement, and against it, are added to its explanation, by
        `measure`: similarity, representer or tracin (`yiju.explain.evidence.measures`). It needs the index beside the
        model, which `yiju index` makes.
        """
        chosen = self._method(method, options)
        check_choice("matrix", matrix, MATRICES)
        if reason := why_no_matrix(matrix, self.scorer):
            raise YijuError(reason)
        source = self._evidence(evidence, measure)
        if ratio is not None:
            check_number("ratio", ratio, above=0, most=1)
        asked, division, count = self._asked(target, contrast), self._division(units, segments, words), 0
        wanted = Wanted(chosen, matrix, ratio, asked, division.units, self.about)
        for first, chunk in chunks(pairs, CHUNK):
            divided, count = division.divide(chunk, first), first + len(chunk)
            for rows in bounded(chunk, divided):
                orders = self._orders(chunk[rows], first + rows.start, divided[rows])
                with self.computing(asked.contrast) as subject:
                    found = list(explained(subject, self.decision, chunk[rows], orders, wanted))
                    if source is not None and evidence is not None:
                        found = source.added(subject, found, [one.pairs for one in orders], evidence, measure)
                yield from found
        division.finish(count)

    def curves(self, explained: Sequence[Explanation], removal: Removal | None = None) -> list[list[float]]:
        """p(label) of each pair without its k most important segments of both sides, k = 0, 1, ... all that were read.

        Of a model that gives one number, and of a difference of two classes, it is that number. explained: by this
        explainer, the class being the one explained there, and the same contrast in all of them; removal: [MASK] in
        their place, or nothing. A faithful explanation's curve falls early.
        """
        given = _explained(explained)
        removal = self._removal(removal)
        if not given:
            return []
        labels = np.array([self._class(one.target) for one in given], dtype=np.int64)
        contrasts = {one.contrast for one in given}
        if len(contrasts) > 1:
            raise YijuError("explained holds explanations with different contrasts; give those of one at a time")
        (contrast,) = contrasts
        rankings = [rank([part.score for side in one.sides for part in side.segments]) for one in given]
        against = None if contrast is None else self.scorer.classes.index(contrast)
        segments = [[[(part.start, part.end) for part in side.segments] for side in one.sides] for one in given]
        with self.before([(one.q, one.t) for one in given], against, segments=segments) as ensemble:
            return [curve.tolist() for curve in removal_curves(ensemble, labels, rankings, removal)]

    def counterfactuals(
        self,
        pairs: Iterable[Pair],
        removal: Removal | None = None,
        limit: int = 8,
        units: Units = "characters",
        segments: Iterable[Any] | None = None,
        words: Sequence[str] | None = None,
    ) -> list[Counterfactual]:
        """The fewest segments of each pair, at most `limit`, without which it is judged otherwise.

        Up to three segments what is found is exact, beyond that an upper bound (beam search). units, segments, words:
        as in `stream`.
        """
        removal = self._removal(removal)
        check_count("limit", limit, 0)
        if self.margin is None:
            raise YijuError(f"{UNDECIDED}; so there is no judgement that could turn")
        chosen = list(checked(pairs))
        if not chosen:
            return []
        with self.before(chosen, None, units, segments, words) as ensemble:
            found = smallest_deletions(ensemble, self.margin, removal, limit)
            firsts = ensemble.first.firsts.tolist()
        turned, chances, _ = decided(self.decision, np.stack([one.outputs for one in found]))
        return [counterfactual_of(*one, removal) for one in zip(found, firsts, chances, turned, strict=True)]

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
    def before(
        self,
        pairs: Iterable[Pair],
        contrast: int | None = None,
        units: Units = "characters",
        segments: Iterable[Any] | None = None,
        words: Sequence[str] | None = None,
    ) -> Iterator[Ensemble]:
        """Pairs before the model, as functions need them that take segments away (`yiju.explain.ensemble`).

        contrast: the class that the score is a difference to; units, segments, words: as in `stream`. For the length of
        the block the model computes as when it judges. Raises YijuError where there are no pairs.
        """
        chosen = list(checked(pairs))
        if not chosen:
            raise YijuError(NO_PAIRS)
        division = self._division(units, segments, words)
        orders = self._orders(chosen, 0, division.divide(chosen))
        division.finish(len(chosen))
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

    def _evidence(self, evidence: int | None, measure: Measure | None) -> EvidenceSource | None:
        """Where training pairs are looked for, if they are. Raises YijuError where they cannot be."""
        check_choice("measure", measure, MEASURES)
        if evidence is None:
            if measure is not None:
                raise YijuError("measure says how training pairs are looked for; give evidence, how many, too")
            return None
        check_count("evidence", evidence, 1)
        if self.evidence is None:
            raise YijuError(
                "evidence is looked for in the index beside a model folder; open the model with from_pretrained"
            )
        self.evidence.index()
        return self.evidence

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

    @property
    def _fit(self) -> ScoreFit | None:
        """What calibration says of the outputs. Those of two labels are divided by the temperature already."""
        if self.calibration is None:
            return None
        return self.calibration.fit if self.scorer.single else self.calibration.fit.in_log_odds()

    def _calibrated(self, stored: StoredCalibration | None, margin: float | None) -> Explainer:
        """This explainer with a calibration, whose threshold decides unless a margin is given."""
        self.calibration = stored
        if self._fit is not None and margin is None:
            self.margin = self._fit.threshold
        return self

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

    def _judge(self, chunk: Sequence[Pair], first: int) -> list[Judgement]:
        orders = self._orders(chunk, first)
        with self.computing() as subject:
            return list(judged(subject, self.decision, chunk, orders))

    def _division(self, units: Units, segments: Iterable[Any] | None, words: Sequence[str] | None) -> Division:
        return Division(self._token_spans, units, segments, words)

    def _token_spans(self, texts: Sequence[str], side: int) -> list[list[Span]]:
        """Where the tokens of texts lie, in characters, as q (0) or as t (1) of a pair."""
        spelt = self.scorer.encode(texts, side, spans=True)
        return [spelt.span_list(row, count) for row, count in enumerate(spelt.lengths.tolist())]

    def _orders(self, chunk: Sequence[Pair], first: int, segments: Sequence[Segments] | None = None) -> list[Order]:
        """The pairs as the model reads them. Raises YijuError for a side of which the tokeniser leaves nothing.

        segments: of each pair, where anything is to be attributed to them.
        """
        q, t = zip(*chunk, strict=True)
        found = orders_of(self.scorer, q, t, self.average_orders, segments)
        for side, texts, spelt in (("q", q, found[0].q), ("t", t, found[0].t)):
            for row in np.flatnonzero(spelt.lengths == 0).tolist():
                raise YijuError(f"pair {first + row}: {side} {texts[row]!r} {NO_TOKENS}")
        return found


def _given(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase | None) -> Scorer:
    from yiju.models.opening import given_classifier

    return given_classifier(model, tokenizer)


def _in_order(model: PreTrainedModel) -> PreTrainedModel:
    from yiju.models.label_order import in_order

    return in_order(model)


def _views_of(model: Any, scorer: Scorer) -> Views:
    from yiju.models.views import Views

    return Views(model, scorer.prepare)


def _opened(folder: Path, device: str, wording: Wording) -> Scorer:
    """A folder that torch computes: only here is torch loaded, as graphs do without it."""
    on = computing_device(device)
    from yiju.models.opening import loading, open_scorer

    with loading():
        return open_scorer(folder, on, wording)


def _explained(found: Any) -> list[Explanation]:
    if isinstance(found, Explanation):
        raise YijuError("explained is one Explanation; give a list of them: [explanation]")
    check_rows("explained", found, "a list of what `explain` gives")
    found = list(found)
    for number, one in enumerate(found):
        if not isinstance(one, Explanation):
            raise YijuError(f"explained {number}: this is no Explanation, which `explain` and `stream` give")
    return found
