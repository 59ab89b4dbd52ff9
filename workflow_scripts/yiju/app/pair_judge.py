"""A pair model that judges: opened from a folder, the hub or a function, asked by any number of threads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast, overload

import numpy as np

from yiju.app.explaining import judged, mean_outputs
from yiju.base.arguments import check_choice, check_count, check_number
from yiju.base.errors import YijuError
from yiju.explain.explanation import Judgement
from yiju.explain.orders import Order, orders_of
from yiju.explain.segments import Segments
from yiju.explain.subject import Subject
from yiju.explain.unit_names import brief
from yiju.job.devices import computing_device
from yiju.models.calibrated import calibration_for
from yiju.models.calibration.class_fit import ClassFit
from yiju.models.calibration.score_fit import ScoreFit
from yiju.models.calibration.stored import Stored
from yiju.models.calibration.stored_classes import StoredClasses
from yiju.models.decision import Decision
from yiju.models.folder_files import is_graph
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
from yiju.models.scorers.onnx_graph import open_graph

if TYPE_CHECKING:
    import pandas as pd
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from yiju.models.views import Views

# Pairs that are tokenised and computed at a time, whatever the number that is given.
CHUNK = 1024
NO_PAIRS = "pairs is empty; give at least one pair"


class PairJudge:
    """A pair model with its tokeniser, opened from anywhere, that judges pairs.

    Its arguments, and what threads may do with it, are those of `yiju.app.explainer.Explainer`.
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
        # Of a model that was opened from one.
        self.folder: Path | None = None
        self.about: About | None = None
        self.calibration: Stored | None = None
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
    ) -> Self:
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
    ) -> Self:
        """Load a model folder. name: what messages call it; wording: what the caller says of its prompt, and how
        messages call that; the others: see `from_pretrained`."""
        graph = is_graph(folder)
        if not graph:
            computing_device(device)
        try:
            scorer = open_graph(folder, device, wording) if graph else open_folder(folder, device, wording)
            stored = calibration_for(scorer, folder, calibration)
            found = cls(scorer, scorer.tokenizer, **options)._calibrated(stored, options.get("margin"))
        except YijuError as error:
            raise YijuError(str(error) if str(error).startswith(str(folder)) else f"{name}: {error}") from None
        found.folder, found.about = folder, read_about(folder)
        return found

    @classmethod
    def of(
        cls,
        score: Score,
        batch_pairs: int = 64,
        mask_token: str | None = None,
        calibration: str | Path | None = None,
        **options: Any,
    ) -> Self:
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
        return (
            f"<{type(self).__name__}{name}: {self.scorer.family}, {classes}{decides}, reads {self.max_length:,} tokens>"
        )

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

    @overload
    def predict(self, pairs: Pair) -> Judgement: ...

    @overload
    def predict(self, pairs: pd.DataFrame) -> pd.DataFrame: ...

    @overload
    def predict(self, pairs: Iterable[Pair]) -> list[Judgement]: ...

    def predict(self, pairs: Pair | Iterable[Pair] | pd.DataFrame) -> Judgement | list[Judgement] | pd.DataFrame:
        """Judge one pair of sentences, given as a tuple (q, t), or many, in their order.

        A table of pandas with columns q and t comes back with label, probability, truncated, unknown, score,
        label_name and undecided added, and with possible where classes were calibrated; where it has a column of such a
        name, all of them begin with `yiju_`.
        Raises YijuError for a pair with a sentence that holds nothing to judge.
        """
        if is_pair(pairs):
            return self.predict([pairs])[0]
        if is_frame(pairs):
            return beside(pairs, [one.to_dict() for one in self.predict(rows_of(pairs))], self._columns(Judgement))
        return [
            one for first, chunk in self._chunks(cast("Iterable[Pair]", pairs)) for one in self._judge(chunk, first)
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

    def refusals(self, pairs: Iterable[Pair]) -> list[str | None]:
        """For each pair why `predict` and `explain` would refuse it ("q is empty; ..."), or None."""
        rows = list(pairs)
        odd = list(map(why_no_pair, rows))
        texts = [("", "") if no else tuple(pair) for pair, no in zip(rows, odd, strict=True)]
        q, t = (self._refusals([pair[side] for pair in texts]) for side in (0, 1))
        each = zip(odd, q, t, strict=True)
        return [no or (f"q {one}" if one else f"t {other}" if other else None) for no, one, other in each]

    def _refusals(self, texts: Sequence[str]) -> list[str | None]:
        problems = [why_no_sentence(text) for text in texts]
        sentences = ["" if problem else text for text, problem in zip(texts, problems, strict=True)]
        lengths = self.scorer.encode(sentences, 0).lengths.tolist()
        return [problem or (None if length else NO_TOKENS) for problem, length in zip(problems, lengths, strict=True)]

    def _columns(self, kind: type[Judgement]) -> dict[str, str]:
        """The columns that a table gets of judgements or explanations, and what pandas calls their types."""
        left_out = () if self.decision.gives_sets else ("possible",)
        return {name: one for name, one in kind.kinds().items() if name not in left_out}

    @property
    def _fit(self) -> ScoreFit | ClassFit | None:
        """What calibration says of the outputs. Logits of labels are divided by the temperature already."""
        if isinstance(self.calibration, StoredClasses):
            return self.calibration.fit.divided()
        if self.calibration is None:
            return None
        return self.calibration.fit if self.scorer.single else self.calibration.fit.in_log_odds()

    def _calibrated(self, stored: Stored | None, margin: float | None) -> Self:
        """This explainer with a calibration, whose threshold decides unless a margin is given."""
        self.calibration = stored
        fit = self._fit
        if isinstance(fit, ScoreFit) and margin is None:
            self.margin = fit.threshold
        return self

    def _judge(self, chunk: Sequence[Pair], first: int) -> list[Judgement]:
        orders = self._orders(chunk, first)
        with self.computing() as subject:
            return list(judged(subject, self.decision, chunk, orders))

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

    def _chunks(self, pairs: Iterable[Pair]) -> Iterator[tuple[int, list[Pair]]]:
        """Pairs that are tokenised and computed together, each time with the number of the first one."""
        return chunks(pairs, CHUNK)


def _given(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase | None) -> Scorer:
    from yiju.models.opening import given_classifier

    return given_classifier(model, tokenizer)


def _in_order(model: PreTrainedModel) -> PreTrainedModel:
    from yiju.models.label_order import in_order

    return in_order(model)


def _views_of(model: Any, scorer: Scorer) -> Views:
    from yiju.models.views import Views

    return Views(model, scorer.prepare)


def open_folder(folder: Path, device: str, wording: Wording) -> Scorer:
    """A folder that torch computes: only here is torch loaded, as graphs do without it."""
    on = computing_device(device)
    from yiju.models.opening import loading, open_scorer

    with loading():
        return open_scorer(folder, on, wording)
