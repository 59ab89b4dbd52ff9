"""States of a model that a training keeps along the way, so that TracIn can ask what each step taught.

Keeping them changes no weight: they are written after an evaluation, and read when the training is over.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from safetensors.torch import load_file
from torch import nn

from yiju.base.errors import YijuError
from yiju.base.files import write_json
from yiju.models.folder_files import STATES
from yiju.training.batches import total_updates
from yiju.training.optimizer import rate_at
from yiju.training.plan import Plan

# Writes a model to a folder after the function that it is given has put weights into it, whose names are those of the
# module that was trained.
Save = Callable[[Callable[[nn.Module], None], Path], None]


@dataclass(frozen=True)
class State:
    """A state after so many updates. learning_rate: mean of those of the updates since the state before, or since the
    beginning."""

    update: int
    learning_rate: float


def updates_to_keep(count: int, every: int, end: int) -> frozenset[int]:
    """After which updates the weights are kept: at most `count` of the evaluations before the last one, evenly spread.

    every: updates from one evaluation to the next; end: the last update, which is evaluated too.
    """
    evaluated = list(range(every, end, every))
    places = [round(number * (len(evaluated) + 1) / (count + 1)) - 1 for number in range(1, count + 1)]
    return frozenset(evaluated if count >= len(evaluated) else [evaluated[place] for place in places])


def kept_weights(work: Path, update: int) -> Path:
    """Where a training keeps the weights after an update."""
    return work / f"kept-{update:08d}.safetensors"


def states_before(best: int, kept: Collection[int], plan: Plan, total: int) -> list[State]:
    """The kept states that the best weights came after, first to last, and the best weights themselves.

    Later states are not part of the final model, so they are left out. kept: updates; total: those over which the
    learning rate falls.
    """
    found, before = [], 0
    for update in [*sorted(one for one in kept if one < best), best]:
        rates = [rate_at(number, total, plan.warmup, plan.learning_rate) for number in range(before, update)]
        found.append(State(update, sum(rates) / len(rates)))
        before = update
    return found


def write_states(folder: Path, work: Path, plan: Plan, rows: int, best: int, save: Save) -> None:
    """Write a model folder for each state that was kept before the best weights, named by its update, and STATES.

    rows: that were learnt in an epoch; best: update of the best weights, which are the model itself and are not written
    again. Raises YijuError where a state that should be there is not.
    """
    total = total_updates(rows, plan.batch_size, plan.epochs)
    kept = updates_to_keep(plan.checkpoints, plan.updates_between_evaluations(total), total)
    *states, last = states_before(best, kept, plan, total)
    folder.mkdir(parents=True, exist_ok=True)
    for one in states:
        path = kept_weights(work, one.update)
        if not path.is_file():
            raise YijuError(f"{path}: the state after update {one.update} is missing; remove {work} and train again")
        save(_loader(path), folder / str(one.update))
    write_json(folder / STATES, {"states": [asdict(one) for one in states], "model": asdict(last)})


def _loader(path: Path) -> Callable[[nn.Module], None]:
    def load(model: nn.Module) -> None:
        missing, unexpected = model.load_state_dict(load_file(path), strict=False)
        unknown = [*unexpected, *_parameters_in(missing, model)]
        assert not unknown, f"{path}: other weights than the model's: {unknown}"

    return load


def _parameters_in(names: Sequence[str], model: nn.Module) -> Iterator[str]:
    """Those of the names that are weights, and no buffers."""
    weights = {name for name, _ in model.named_parameters()}
    return (name for name in names if name in weights)
