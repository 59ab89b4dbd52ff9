"""`yiju label-next`: the pairs of a table without labels that are worth labelling first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from yiju.app.cli import MARGIN
from yiju.app.cli.output import in_words, say, say_as_it_is
from yiju.app.cli.pair_options import pair_options
from yiju.base.errors import YijuError
from yiju.base.plurals import counted
from yiju.base.printable import aligned
from yiju.data.table_formats import RESULTS
from yiju.models.named import MODEL_ARGUMENT, find_model

if TYPE_CHECKING:
    from yiju.app.explainer import Explainer
    from yiju.app.next_labels import NextPair, Pool

# Pairs that are shown in the terminal where all of them go to a file.
SHOWN = 10
# One sentence of the catalogue of translations, which names columns of files nowhere else.
HEADER, BETWEEN = "rank / probability / uncertainty / distance / nearest training pair / pair", " / "
LABEL = "label"


@click.command()
@click.argument("model")
@click.argument("table", type=click.Path(path_type=Path, allow_dash=True))
@click.option("-n", "--number", type=click.IntRange(min=1), default=100, show_default=True, help="pairs, at most")
@click.option("-o", "--out", type=click.Path(path_type=Path), help=f"file to write: {', '.join(RESULTS)}")
@click.option("--label", help="column of the labels that some rows have already  [default: found by its name]")
@click.option(
    "--calibration",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    help="file written by yiju calibrate  [default: the one in the model folder, where there is one]",
)
@click.option("--margin", type=float, help=MARGIN)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:NUMBER")
@pair_options
def command(
    model: str,
    table: Path,
    number: int,
    out: Path | None,
    label: str | None,
    calibration: str | None,
    margin: float | None,
    device: str,
    **options: Any,
) -> None:
    """List the pairs of TABLE (- for stdin), which have no labels, that are worth labelling first for MODEL, a folder.

    These are pairs of which the model is uncertain, that lie far from all training pairs, and far from each other. Each
    next pair is the one whose uncertainty times distance, from the nearest training pair or pair before it, is largest.
    The uncertainty is 1 at the threshold and 0 where the model is certain. The distance is that of the vectors that the
    head reads, scaled to length 1: from 0 to 2. The training pairs are those of `yiju index`; without an index the
    distance between the listed pairs alone counts, which is said.

    With -o a table of these pairs is written in the order to label: all columns of TABLE, an empty column label, and
    yiju_rank, yiju_probability, yiju_uncertainty, yiju_distance (from the nearest training pair), and where that pair
    stands: yiju_nearest_file, yiju_nearest_line and yiju_nearest_corpus. Where TABLE has a column of labels, that one
    is filled in; rows that have a label, that the model has learnt, or that repeat another row are left out and
    counted.

    \b
    yiju label-next my-classifier unlabelled.csv
    yiju label-next my-classifier unlabelled.csv -n 500 -o next.csv
    """
    folder = find_model(model, None, MODEL_ARGUMENT)
    # Only now: what reads tables takes a moment to load.
    from yiju.app.cli.pair_source import Source
    from yiju.data.result_files import check_target, form_of, prefix_for, write_results
    from yiju.data.table_look import read_parts

    if out:
        check_target(out, table)
    source = Source.of(table, options, label=label)
    with source.whole() as (found, parts):
        # Not before it is known that the table can be read: torch takes seconds.
        from yiju.app.next_labels import ADDED, pool, results_of
        from yiju.explain.evidence.training_index import has_index, open_index

        explainer = _opened(folder, model, device, calibration, margin)
        with pool(explainer, open_index(folder) if has_index(folder) else None) as read:
            read.fill(source.told_parts(explainer, parts))
            chosen, said = read.picked(number), list(_said(read, folder))
        if out:
            form = form_of(found)
            taken = {name.lower() for name in form.names}
            prefix = prefix_for(form.names, [*ADDED, LABEL])
            column = (LABEL if LABEL not in taken else f"{prefix}{LABEL}") if found.choice.label is None else None
            results = results_of(chosen, read_parts(found), column, prefix)
            write_results([results], form, out, [found.choice.q, found.choice.t])
    _show(chosen if out is None else chosen[:SHOWN])
    if out:
        say(f"{out}: {counted(len(chosen), 'pair')} to label", err=True)
    for line in said:
        say(line, err=True)


def _opened(folder: Path, model: str, device: str, calibration: str | None, margin: float | None) -> Explainer:
    """The model. Raises YijuError, with the remedy, where it decides nothing, or has no head to look for pairs with."""
    from yiju.app.explainer import Explainer
    from yiju.models.decision import UNDECIDED
    from yiju.models.linear_head import check_family

    given: dict[str, Any] = {} if margin is None else {"margin": margin}
    explainer = Explainer.from_pretrained(folder, None, device, calibration or True, **given)
    try:
        check_family(explainer.scorer)
        if not explainer.decision.decides:
            raise YijuError(UNDECIDED)
    except YijuError as error:
        raise YijuError(f"{model}: {error}") from None
    return explainer


def _said(read: Pool, folder: Path) -> Iterator[str]:
    """What took no part, and what the figures are of."""
    yield f"picked of {counted(len(read.pairs), 'pair')} without a label"
    yield from read.left_out.lines()
    if read.index is None:
        yield (
            f"{folder}: no index of training pairs, so that pairs are picked by their uncertainty and their distance "
            f"from each other alone; `yiju index {folder} TABLE` makes one of the pairs that the model learnt"
        )
    decision = read.explainer.decision
    if decision.single and decision.threshold is None:
        yield (
            f"the model gives one number a pair: the uncertainty is exp(-d), d being its distance from the margin "
            f"{decision.margin:g} in units of the standard deviation {read.spread:.3g} of these numbers"
        )


def _show(chosen: Sequence[NextPair]) -> None:
    rows = [in_words([HEADER])[0].split(BETWEEN), *map(_cells, chosen)]
    # Columns in which nothing stands are not shown.
    kept = [place for place in range(len(rows[0])) if any(row[place] for row in rows[1:])]
    for line in aligned([[row[place] for place in kept] for row in rows]):
        say_as_it_is(line)


def _cells(pair: NextPair) -> list[str]:
    facts = pair.facts
    numbers = [facts.get(name) for name in ("probability", "uncertainty", "distance")]
    source = f"{facts['nearest_file']}:{facts['nearest_line']}" if "distance" in facts else ""
    figures = ["" if value is None else f"{value:.3f}" for value in numbers]
    return [str(facts["rank"]), *figures, *(one.replace("\n", " ") for one in (source, f"{pair.q} | {pair.t}"))]
