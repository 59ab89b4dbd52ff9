"""`yiju calibrate`: the threshold and the probabilities of a model, or of any scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from yiju.app.cli.numbers import a_number
from yiju.app.cli.output import say, say_json
from yiju.app.cli.pair_options import NAMED, pair_options
from yiju.base.errors import YijuError
from yiju.base.plurals import counted, verb
from yiju.base.writable import check_writable
from yiju.data.table_formats import SCORE
from yiju.models.folder_files import CALIBRATION
from yiju.models.named import MODEL_ARGUMENT, find_model
from yiju.models.run_folder import is_run, member_of, told_member

if TYPE_CHECKING:
    import numpy as np

    from yiju.app.cli.pair_source import Source
    from yiju.models.calibration.score_fit import Aim, Scaling
    from yiju.models.calibration.stored import StoredCalibration


AIMS: dict[str, Aim] = {"accuracy": "accuracy", "f1": "f1"}


@dataclass(frozen=True)
class Known:
    """scores, labels: [n] each; pairs: [n], the number of each row's pair; scaling: what is fitted to such scores;
    weights: of the model that gave them, by file."""

    scores: np.ndarray
    labels: np.ndarray
    pairs: np.ndarray
    scaling: Scaling
    weights: dict[str, str]


def _aim(_context: click.Context, option: click.Parameter, value: str) -> Aim:
    """What the threshold is chosen by."""
    name, _, least = value.partition(":")
    if value in AIMS:
        return AIMS[value]
    try:
        precision = float(least) if name == "precision" else 0.0
    except ValueError:
        precision = 0.0
    if not 0 < precision < 1:
        raise click.BadParameter("write accuracy, f1, or precision:X with X between 0 and 1", param=option)
    return precision


@click.command()
@click.argument("given", nargs=-1, type=click.Path(), metavar="[MODEL] PAIRS", required=True)
@click.option(
    "--threshold",
    "aim",
    default="accuracy",
    show_default=True,
    metavar="accuracy|f1|precision:X",
    callback=_aim,
    help="what it is chosen by: the highest accuracy or F1, or the lowest threshold of a precision of at least X",
)
@click.option(
    "--risk",
    type=click.FloatRange(0, 0.5, min_open=True),
    default=0.05,
    show_default=True,
    callback=a_number,
    help="share of either decision that may be wrong; pairs for which it cannot be kept are left undecided",
)
@click.option("-o", "--out", type=click.Path(path_type=Path), help=f"file to write  [default: MODEL/{CALIBRATION}]")
@click.option("--json", "as_json", is_flag=True, help="print what is written, as one line of JSON")
@click.option("--score", help=f"column of the scores, without MODEL  [default: {SCORE}]")
@click.option("--label", help="column of the labels, 0 or 1  [default: found by its name]")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:NUMBER")
@click.option("--revision", metavar="COMMIT", help="of a hub checkpoint")
@pair_options
def command(
    given: tuple[str, ...],
    aim: Aim,
    risk: float,
    out: Path | None,
    as_json: bool,
    score: str | None,
    label: str | None,
    device: str,
    revision: str | None,
    **table: Any,
) -> None:
    """Find from which score on pairs are similar, and what the scores mean as probabilities.

    PAIRS is a table of pairs with a column of labels, 1 for similar and 0 for not. MODEL, a folder or owner/name of the
    hub, judges them. What is found is written beside the model, and the model itself is not changed. Without MODEL,
    PAIRS is a table with a column of scores and one of labels, of any system.

    A model of two labels gets a temperature, any other score a logistic function (Platt scaling). Figures before and
    after are shown with 95 % intervals; those after are of pairs that were not fitted on. Doubtful pairs are left
    undecided, so that of either decision at most --risk are wrong, with 95 % confidence.

    \b
    yiju calibrate results/sample/folds/0/model labelled.tsv
    yiju calibrate scores.tsv --threshold precision:0.95
    """
    from yiju.models.calibration.stored import write_stored
    from yiju.report.calibration_text import lines

    if len(given) > 2:
        raise click.UsageError(f"expected MODEL and PAIRS, or PAIRS alone; got {len(given)} names")
    pairs = Path(given[-1])
    if len(given) == 1:
        _refuse(("--revision", "--q", "--t", "--format"), (revision, table["q"], table["t"], table["kind"]))
        target = _target(None, out, pairs)
        known = _read(pairs, score or SCORE, label)
    else:
        _refuse(("--score",), (score,))
        from yiju.app.cli.pair_source import Source

        model = _of_run(given[0])
        target = _target(model, out, pairs)
        folder = find_model(model, revision, MODEL_ARGUMENT)
        known = _judged(folder, device, Source(pairs, labelled=True, label=label, **table))
    stored = _calibrated(known, aim, risk, pairs)
    if target:
        write_stored(target, stored)
    if as_json:
        say_json(stored.model_dump(mode="json"))
    else:
        for line in lines(stored):
            say(line)
    if target:
        say(f"{target}: written", err=True)


def _of_run(model: str) -> str:
    """The model folder of a run's first member, where MODEL is the folder of a run; else MODEL."""
    if not is_run(Path(model)):
        return model
    member = member_of(Path(model))
    say(told_member(Path(model), member), err=True)
    return str(member)


def _refuse(names: Sequence[str], values: Sequence[str | None]) -> None:
    """Raise YijuError for an option that was given and would be overlooked."""
    for name, value in zip(names, values, strict=True):
        if value is not None:
            where = "with MODEL" if name == "--score" else "without MODEL"
            raise YijuError(f"{name} says nothing {where}; leave it out")


def _target(model: str | None, out: Path | None, pairs: Path) -> Path | None:
    """The file to write, if any. Raises YijuError, before anything is loaded, where it cannot be written."""
    from yiju.models.calibration.stored import read_stored

    if out is None and model is None:
        return None
    if out is None and not Path(str(model)).is_dir():
        raise YijuError(
            f"{model}: this is no folder here that could take {CALIBRATION}; name the file to write with -o"
        )
    target = out or Path(str(model)) / CALIBRATION
    check_writable(target, [pairs])
    if target.is_file():
        try:
            read_stored(target)
        except YijuError:
            raise YijuError(f"{target}: a file of another kind is there; name another one with -o") from None
    return target


def _read(path: Path, score: str, label: str | None) -> Known:
    """Scores and labels of a table. Raises YijuError where rows cannot be used, after they are named."""
    import numpy as np

    from yiju.data.score_files import read_scores

    if not path.is_file():
        raise YijuError(f"{path}: no such file; name MODEL and a table of pairs, or a table of scores")
    found = read_scores(path, score, label)
    for problem in found.bad[:NAMED]:
        say(problem, err=True)
    if found.bad:
        raise YijuError(f"{path}: {counted(len(found.bad), 'row')} cannot be used; correct what is named")
    return Known(np.array(found.scores), np.array(found.labels), np.arange(len(found.scores)), "platt", {})


def _judged(folder: Path, device: str, source: Source) -> Known:
    """What the model says of the pairs of a table."""
    import numpy as np
    import polars as pl

    from yiju.app.explainer import Explainer
    from yiju.models.calibrated import scaling_of
    from yiju.models.calibration.apply import log_odds_of
    from yiju.models.calibration.fit import number_pairs
    from yiju.models.calibration.stored import weights_of

    with source.opened() as tables:
        explainer = Explainer.from_pretrained(folder, None, device, calibration=False)
        scaling = scaling_of(explainer.scorer)
        parts = [part.filter(pl.col("reason").is_null()) for part in source.told(explainer, tables)]
    table = pl.concat(parts)
    judged = explainer.predict(table.select("q", "t").iter_rows())
    scores = np.array([one.score for one in judged])
    if scaling == "temperature":
        scores = log_odds_of(scores, np.array([one.label for one in judged]))
    labels, numbers = table["label"].to_numpy(), number_pairs(table)
    shared = int(table["q"].is_duplicated().sum())
    if shared:
        say(
            f"{counted(shared, 'row')} {verb(shared, 'has', 'have')} the q of another row; what is guaranteed holds "
            "for independent pairs",
            err=True,
        )
    return Known(scores, labels, numbers, scaling, weights_of(folder))


def _calibrated(known: Known, aim: Aim, risk: float, place: Path) -> StoredCalibration:
    """Raises YijuError, with the place, where the pairs do not tell what is asked."""
    from yiju.evaluation.calibrated_scores import calibrate_scores
    from yiju.models.calibration.stored import stored_fit

    try:
        fitted, figures = calibrate_scores(known.scores, known.labels, known.pairs, known.scaling, aim, risk)
    except YijuError as error:
        raise YijuError(f"{place}: {error}") from None
    counts = {"pairs": len(known.labels), "similar": int((known.labels == 1).sum())}
    facts = {"scaling": known.scaling, "risk": risk, "weights": known.weights, "figures": figures}
    return stored_fit(fitted, aim, **facts, **counts)
