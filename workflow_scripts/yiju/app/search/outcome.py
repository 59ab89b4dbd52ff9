"""What a search has found: a table of trials, what was best, which keys matter, and a file of configuration."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import yaml

from yiju.app.search.base import TRIAL, Base
from yiju.app.search.dimensions import Value, as_text
from yiju.app.search.space import nested
from yiju.app.search.trials import FEWEST, Trials, Tried
from yiju.base.files import write_text
from yiju.base.plurals import counted, verb
from yiju.base.printable import aligned
from yiju.base.programs import program
from yiju.base.tables import ITEMS, height
from yiju.base.terminal_language import told
from yiju.base.types import Select
from yiju.job.workflow_files import workflow_folder

BEST = "best.yaml"
# As the terminal calls the figures of `finetune.select`.
NAMES: dict[Select, str] = {"accuracy": "accuracy", "loss": "log likelihood", "f1": "F1", "auc": "ROC AUC"}
HEAD = """\
# The best of {trials} of `yiju search`: {figure} {value}. This figure is too good, because the same pairs chose the
# trial. The workflow with these values:
#   {command}
"""


def name_of(base: Base) -> str:
    """What the figure is called that the trials are compared by."""
    return NAMES[base.settings.finetune.select]


def figure(value: float) -> str:
    """A figure of a trial, for people."""
    return f"{value:.4f}"


def measured_on(base: Base) -> str:
    """On how many pairs the trials are compared; the tables of the run must be there."""
    if base.settings.finetune.folds > 1:
        return "The trials are compared on the pairs of the held-out folds."
    dev = height(base.run / "data/dev.parquet", ITEMS)
    return f"The trials are compared on {counted(dev, 'dev pair')}."


def described(values: Mapping[str, Value]) -> str:
    """Values by key in one line."""
    return ", ".join(f"{key}={as_text(value)}" for key, value in values.items())


def table(tried: Sequence[Tried], name: str) -> list[str]:
    """Lines of a table of all trials, the best first and those without a figure last."""
    order = sorted(tried, key=lambda one: (one.figure is None, -(one.figure or 0.0), one.number))
    keys = list(tried[0].values)
    rows = [[told("trial"), *keys, told(name)]]
    for one in order:
        reached = told("no figure") if one.figure is None else figure(one.figure)
        rows.append([TRIAL.format(one.number), *(as_text(one.values[key]) for key in keys), reached])
    return aligned(rows)


def sentences(trials: Trials, best: Tried, before: Tried | None, base: Base) -> Iterator[str]:
    """What is to be known beside the table. before: the trial of the configuration as it stands."""
    name = name_of(base)
    figures = [one.figure for one in trials.ended() if one.figure is not None]
    if len(figures) > 1 and len(set(figures)) == 1:
        yield (
            f"All trials have the same {name}, so that no value is better than another; the first of them stands for "
            "the best."
        )
    yield f"Best is trial-{best.number}: {name} {figure(best.figure or 0.0)} with {described(best.values)}."
    if before == best:
        yield "These are the values of the configuration as it stands."
    elif before and before.figure is not None:
        yield f"With the configuration as it stands, trial-{before.number}, it is {figure(before.figure)}."
    importances = trials.importances()
    if importances:
        shares = ", ".join(f"{key} {100 * share:.0f} %" for key, share in importances.items())
        yield f"Of the differences between the trials each key explains (fANOVA): {shares}."
    elif len(figures) < FEWEST:
        yield (
            f"How much of the differences between the trials each key explains (fANOVA) is computed from {FEWEST} "
            f"trials with a figure on; there {verb(len(figures), 'is', 'are')} {len(figures)}."
        )
    pairs = "dev" if base.settings.finetune.folds == 1 else "the pairs of the held-out folds"
    yield (
        f"The best of {counted(len(figures), 'trial')} was chosen by {pairs}, so its figure there is too good: measure "
        "it on pairs that chose nothing, such as test."
    )


def write_best(folder: Path, base: Base, best: Tried, trials: int) -> str:
    """Write the values of the best trial as a file of configuration; the command that runs the workflow with it."""
    file = folder / BEST
    files = [*map(str, base.files), str(file)]
    # A package carries the workflow elsewhere than in the folder at hand.
    place = [] if Path("Snakefile").is_file() else ["--snakefile", str(workflow_folder() / "Snakefile")]
    command = shlex.join([program("snakemake"), *place, "--cores", "all", "--configfile", *files])
    value = figure(best.figure or 0.0)
    head = HEAD.format(trials=counted(trials, "trial"), figure=name_of(base), value=value, command=command)
    write_text(file, head + yaml.safe_dump(nested(best.values), allow_unicode=True, sort_keys=False))
    return command
