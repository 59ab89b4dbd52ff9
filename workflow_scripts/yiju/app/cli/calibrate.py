"""`yiju calibrate`: the threshold and the probabilities of a model, or of any scores."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from yiju.app.cli.numbers import a_number
from yiju.app.cli.output import say, say_json
from yiju.app.cli.pair_options import pair_options
from yiju.base.errors import YijuError
from yiju.base.writable import check_writable
from yiju.data.table_formats import SCORE
from yiju.models.folder_files import CALIBRATION
from yiju.models.named import MODEL_ARGUMENT, find_model
from yiju.models.run_folder import is_run, member_of, told_member

if TYPE_CHECKING:
    from yiju.app.cli.calibrate_known import Known, KnownClasses
    from yiju.models.calibration.score_fit import Aim
    from yiju.models.calibration.stored import Stored, StoredCalibration
    from yiju.models.calibration.stored_classes import StoredClasses


AIMS: dict[str, Aim] = {"accuracy": "accuracy", "f1": "f1"}


def _aim(_context: click.Context, option: click.Parameter, value: str | None) -> Aim | None:
    """What the threshold is chosen by."""
    if value is None:
        return None
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
    metavar="accuracy|f1|precision:X",
    callback=_aim,
    help="of two labels, what it is chosen by: the highest accuracy or F1, or the lowest threshold of a precision of "
    "at least X  [default: accuracy]",
)
@click.option(
    "--risk",
    type=click.FloatRange(0, 0.5, min_open=True),
    default=0.05,
    show_default=True,
    callback=a_number,
    help="share of either decision that may be wrong or, of three classes or more, of pairs whose label may be none of "
    "the possible ones; pairs for which it cannot be kept are left undecided",
)
@click.option("-o", "--out", type=click.Path(path_type=Path), help=f"file to write  [default: MODEL/{CALIBRATION}]")
@click.option("--json", "as_json", is_flag=True, help="print what is written, as one line of JSON")
@click.option(
    "--score",
    multiple=True,
    help=f"column of the scores, without MODEL; given again for each class of three or more  [default: {SCORE}, or "
    f"{SCORE}_CLASS of each]",
)
@click.option("--label", help="column of the labels: 0 or 1, or classes by name or number  [default: by its name]")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:NUMBER")
@click.option("--revision", metavar="COMMIT", help="commit of a checkpoint of the hub")
@pair_options
def command(
    given: tuple[str, ...],
    aim: Aim | None,
    risk: float,
    out: Path | None,
    as_json: bool,
    score: tuple[str, ...],
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

    A model of three classes or more, and a table with a column of scores for each class, gets a temperature too. Every
    pair keeps the classes that are possible, so that for at most --risk of the pairs the label is none of them, with
    95 % confidence; a pair with more than one is left undecided. There is no threshold.

    \b
    yiju calibrate results/sample/folds/0/model labelled.tsv
    yiju calibrate scores.tsv --threshold precision:0.95
    yiju calibrate nli.tsv --score contradiction --score neutral --score entailment
    """
    from yiju.app.cli.calibrate_known import judge_known, read_known
    from yiju.models.calibration.stored import write_stored

    if len(given) > 2:
        raise click.UsageError(f"expected MODEL and PAIRS, or PAIRS alone; got {len(given)} names")
    pairs = Path(given[-1])
    if len(given) == 1:
        _refuse(("--revision", "--q", "--t", "--format"), (revision, table["q"], table["t"], table["kind"]))
        target = _target(None, out, pairs)
        known = read_known(pairs, score, label)
    else:
        _refuse(("--score",), (" ".join(score) or None,))
        from yiju.app.cli.pair_source import Source

        model = _of_run(given[0])
        target = _target(model, out, pairs)
        folder = find_model(model, revision, MODEL_ARGUMENT)
        known = judge_known(folder, device, Source(pairs, labelled=True, label=label, **table))
    stored = _calibrated(known, aim, risk, pairs)
    if target:
        write_stored(target, stored)
    if as_json:
        say_json(stored.model_dump(mode="json"))
    else:
        for line in _lines(stored):
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


def _calibrated(known: Known | KnownClasses, aim: Aim | None, risk: float, place: Path) -> Stored:
    """Raises YijuError, with the place, where the pairs do not tell what is asked."""
    from yiju.app.cli.calibrate_known import Known

    try:
        return _two_labels(known, aim or "accuracy", risk) if isinstance(known, Known) else _classes(known, aim, risk)
    except YijuError as error:
        raise YijuError(f"{place}: {error}") from None


def _two_labels(known: Known, aim: Aim, risk: float) -> StoredCalibration:
    from yiju.evaluation.calibrated_scores import calibrate_scores
    from yiju.models.calibration.stored import stored_fit

    fitted, figures = calibrate_scores(known.scores, known.labels, known.pairs, known.scaling, aim, risk)
    counts = {"pairs": len(known.labels), "similar": int((known.labels == 1).sum())}
    facts = {"scaling": known.scaling, "risk": risk, "weights": known.weights, "figures": figures}
    return stored_fit(fitted, aim, **facts, **counts)


def _classes(known: KnownClasses, aim: Aim | None, risk: float) -> StoredClasses:
    import numpy as np

    from yiju.evaluation.calibrated_classes import calibrate_classes
    from yiju.models.calibration.stored_classes import stored_classes

    if aim is not None:
        raise YijuError(
            f"--threshold goes with two labels, and there are {len(known.classes)} classes here; leave it out"
        )
    fitted, figures = calibrate_classes(known.logits, known.labels, known.pairs, known.classes, risk)
    counts = np.bincount(known.labels, minlength=len(known.classes)).tolist()
    scores = "probabilities" if known.probabilities else "logits"
    facts = {"classes": list(known.classes), "scores": scores, "risk": risk, "counts": counts}
    return stored_classes(fitted, weights=known.weights, figures=figures, **facts)


def _lines(stored: Stored) -> list[str]:
    from yiju.models.calibration.stored_classes import StoredClasses
    from yiju.report.calibration_text import lines
    from yiju.report.class_calibration_text import class_lines

    return class_lines(stored) if isinstance(stored, StoredClasses) else lines(stored)
