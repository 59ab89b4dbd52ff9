"""The trials of a search, kept in a file: which values come next, what each reached, and which keys matter.

Values are drawn by TPE (Bergstra 2011), by a sampler for each trial with a seed of its own: so a search that is stopped
and goes on tries the same values as one that is not.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.exceptions import ExperimentalWarning
from optuna.importance import FanovaImportanceEvaluator, get_param_importances
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, TrialState

from yiju.app.search.dimensions import Choices, Value, rounded
from yiju.app.search.space import Space
from yiju.base.members import member_seed

JOURNAL, STUDY = "trials.log", "search"
# Of fewer trials that ended, nothing can be said of what matters.
FEWEST = 4


@dataclass(frozen=True)
class Tried:
    """A trial that has ended. figure: None where it failed."""

    number: int
    values: dict[str, Value]
    figure: float | None


class Trials:
    """The trials of a search. folder: of the search, which keeps them; seed: of what is drawn."""

    def __init__(self, folder: Path, space: Space, seed: int) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        warnings.filterwarnings("ignore", category=ExperimentalWarning)
        folder.mkdir(parents=True, exist_ok=True)
        storage = JournalStorage(JournalFileBackend(str(folder / JOURNAL)))
        self.study = optuna.create_study(study_name=STUDY, storage=storage, direction="maximize", load_if_exists=True)
        self.seed, self.space = seed, space
        self.distributions = {key: _distribution(space, key) for key in space.dimensions}
        for one in self._of(TrialState.RUNNING):
            # Stopped while its values were being drawn: no trial has begun.
            if not self._is_whole(one):
                self.study.tell(one.number, state=TrialState.FAIL)

    def __len__(self) -> int:
        """Trials that have ended."""
        return len(self.ended())

    def begin(self, values: Mapping[str, Value]) -> None:
        """Put values first, before any that are drawn, unless a trial has begun already."""
        if not self._of(TrialState.WAITING) and not any(map(self._is_whole, self._of())):
            self.study.enqueue_trial(dict(values))

    def next(self) -> tuple[int, dict[str, Value]]:
        """The number and the values of the trial that is to run: one that was stopped, else a new one."""
        for one in self._of(TrialState.RUNNING):
            return one.number, _values(one)
        begun = sum(map(self._is_whole, self._of()))
        self.study.sampler = optuna.samplers.TPESampler(seed=member_seed(self.seed, 0, begun))
        trial = self.study.ask(self.distributions)
        return trial.number, {key: rounded(value) for key, value in trial.params.items()}

    def end(self, number: int, figure: float | None) -> None:
        """Keep what a trial has reached; None: it failed."""
        if figure is None:
            self.study.tell(number, state=TrialState.FAIL)
        else:
            self.study.tell(number, figure)

    def fixed(self, name: str, value: str) -> str:
        """What all trials have in common under a name: the value that was given first, which is kept."""
        if name not in self.study.user_attrs:
            self.study.set_user_attr(name, value)
        return self.study.user_attrs[name]

    def ended(self) -> list[Tried]:
        """All trials that have ended, in order."""
        found = filter(self._is_whole, self._of(TrialState.COMPLETE, TrialState.FAIL))
        return [Tried(one.number, _values(one), one.value) for one in found]

    def best(self) -> Tried | None:
        """The best trial, the first among equals."""
        return max((one for one in self.ended() if one.figure is not None), key=_rank, default=None)

    def like(self, values: Mapping[str, Value]) -> Tried | None:
        """A trial that has ended with these very values."""
        found = (one for one in self.ended() if one.figure is not None and one.values == values)
        return next(found, None)

    def importances(self) -> dict[str, float]:
        """How much of the differences between trials each key explains (fANOVA, Hutter 2014); empty of few trials."""
        figures = [one.figure for one in self.ended() if one.figure is not None]
        if len(figures) < FEWEST or len(set(figures)) < 2:
            return {}
        return get_param_importances(self.study, evaluator=FanovaImportanceEvaluator(seed=self.seed))

    def _of(self, *states: TrialState) -> list[FrozenTrial]:
        """Trials of some states, or of all, in order."""
        return self.study.get_trials(deepcopy=False, states=states or None)

    def _is_whole(self, trial: FrozenTrial) -> bool:
        """Whether a trial has all of its values. One that was stopped while they were drawn has some of them."""
        return set(trial.params) == set(self.distributions)


def _rank(one: Tried) -> tuple[float, int]:
    return (-float("inf") if one.figure is None else one.figure, -one.number)


def _values(trial: FrozenTrial) -> dict[str, Value]:
    return {key: rounded(value) for key, value in trial.params.items()}


def _distribution(space: Space, key: str) -> BaseDistribution:
    dimension = space.dimensions[key]
    if isinstance(dimension, Choices):
        return CategoricalDistribution(dimension.values)
    if key in space.whole:
        return IntDistribution(int(dimension.low), int(dimension.high), log=dimension.log)
    return FloatDistribution(dimension.low, dimension.high, log=dimension.log)
