"""The public face of the package: a model folder or a hub checkpoint that judges pairs and says what it judged by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast, get_args, overload

import numpy as np
from typing_extensions import override

from yiju.app.evidence_source import EvidenceSource
from yiju.app.explaining import Wanted, decided, explained
from yiju.app.pair_judge import NO_PAIRS, PairJudge, open_folder
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
from yiju.explain.explanation import METHOD, Counterfactual, Explanation
from yiju.explain.rationales.selection import rank
from yiju.models.decision import UNDECIDED, Asked, class_of
from yiju.models.given_pairs import (
    Pair,
    beside,
    checked,
    is_frame,
    is_pair,
    rows_of,
)
from yiju.models.prompt import Wording

if TYPE_CHECKING:
    import pandas as pd


MEASURES = (None, *get_args(Measure))
MATRICES = (None, *get_args(Matrix))


class Explainer(PairJudge):
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

    evidence: EvidenceSource | None = None

    @classmethod
    @override
    def opened(
        cls,
        folder: Path,
        name: str | Path,
        device: str,
        calibration: str | Path | bool,
        wording: Wording,
        **options: Any,
    ) -> Self:
        """As of `PairJudge`, with the training pairs of the folder's index as evidence."""
        found = super().opened(folder, name, device, calibration, wording, **options)
        found.evidence = EvidenceSource(folder, lambda place: open_folder(place, device, wording))
        return found

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
            return beside(pairs, [one.to_dict() for one in found], self._columns(Explanation))
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
        for first, chunk in self._chunks(pairs):
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
        turned, chances, *_ = decided(self.decision, np.stack([one.outputs for one in found]))
        return [counterfactual_of(*one, removal) for one in zip(found, firsts, chances, turned, strict=True)]

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
        asked = Asked(*(None if one is None else class_of(self.scorer, one) for one in (target, contrast)))
        if asked.contrast is not None and asked.target == asked.contrast:
            name = self.scorer.classes[asked.contrast]
            raise YijuError(
                f"target and contrast are both the class {name!r}, and the difference of a class to itself is always "
                "0; name another class as the contrast, or leave the contrast out"
            )
        return asked

    def _division(self, units: Units, segments: Iterable[Any] | None, words: Sequence[str] | None) -> Division:
        return Division(self._token_spans, units, segments, words)

    def _token_spans(self, texts: Sequence[str], side: int) -> list[list[Span]]:
        """Where the tokens of texts lie, in characters, as q (0) or as t (1) of a pair."""
        spelt = self.scorer.encode(texts, side, spans=True)
        return [spelt.span_list(row, count) for row, count in enumerate(spelt.lengths.tolist())]


def _explained(found: Any) -> list[Explanation]:
    if isinstance(found, Explanation):
        raise YijuError("explained is one Explanation; give a list of them: [explanation]")
    check_rows("explained", found, "a list of what `explain` gives")
    found = list(found)
    for number, one in enumerate(found):
        if not isinstance(one, Explanation):
            raise YijuError(f"explained {number}: this is no Explanation, which `explain` and `stream` give")
    return found
