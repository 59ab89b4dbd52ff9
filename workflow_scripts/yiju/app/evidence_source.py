"""Where the evidence of an opened model comes from: the index in its folder, read when it is first asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from yiju.base.types import DEFAULT_MEASURE, Measure
from yiju.explain.evidence.measures import ScoreTarget, score_target_of
from yiju.explain.evidence.training_evidence import evidence_for, representations_of
from yiju.explain.evidence.training_index import TrainingIndex, has_index, open_index
from yiju.explain.explanation import Explanation
from yiju.explain.subject import Subject
from yiju.models.scorer import Scorer
from yiju.models.tokens import TokenizedPairs


class EvidenceSource:
    """The index of a model folder. opened: opens a folder, for the earlier checkpoints that an index may name.

    Any number of threads may ask it.
    """

    def __init__(self, folder: Path, opened: Callable[[Path], Scorer]) -> None:
        self.folder, self._opened = folder, opened
        self._lock = threading.Lock()
        self._index: TrainingIndex | None = None
        self._opened_earlier: list[Scorer] | None = None

    @property
    def there(self) -> bool:
        """Whether the folder holds an index."""
        return has_index(self.folder)

    def index(self) -> TrainingIndex:
        """The index. Raises YijuError where there is none, or it is of other weights."""
        return self._read()

    def added(
        self,
        subject: Subject,
        explained: Sequence[Explanation],
        orders: Sequence[TokenizedPairs],
        count: int,
        measure: Measure | None,
    ) -> list[Explanation]:
        """Explanations with the training pairs for and against each judgement, `count` of each at most.

        subject: the model, with the contrast that is explained; orders: the pairs as it reads them, in each order that
        decides. Raises YijuError as `index` does, and for a model without a linear head.
        """
        # Not before it is asked for: it loads torch, which a graph does without.
        from yiju.models.linear_head import linear_head

        index, measure = self._read(), measure or DEFAULT_MEASURE
        head = linear_head(subject.scorer, orders[0])
        representations = [representations_of(head, orders, subject.budget)]
        with self._lock:
            # Not a view of the model, which each thread has its own of.
            earlier = self._earlier(index) if measure == "tracin" else []
            before = [representations_of(linear_head(one, orders[0]), orders, subject.budget) for one in earlier]
        each = zip(explained, *before, *representations, strict=True)
        return [
            replace(
                one,
                evidence=evidence_for(index, seen, _score_target(subject, one), measure, count, subject.scorer.classes),
            )
            for one, *seen in each
        ]

    def _read(self) -> TrainingIndex:
        with self._lock:
            if self._index is None:
                self._index = open_index(self.folder)
            return self._index

    def _earlier(self, index: TrainingIndex) -> list[Scorer]:
        """The earlier checkpoints, which TracIn alone asks for. Called with the lock held."""
        if self._opened_earlier is None:
            self._opened_earlier = [self._opened(place) for place in index.earlier]
        return self._opened_earlier


def _score_target(subject: Subject, one: Explanation) -> ScoreTarget:
    label = one.label if one.target is None else subject.scorer.classes.index(one.target)
    return score_target_of(subject.scorer.single, label, subject.contrast)
