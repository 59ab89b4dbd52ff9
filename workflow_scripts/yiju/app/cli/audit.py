"""`yiju audit`: what files of pairs are like, without a run and without a model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from yiju.app.cli.numbers import a_number
from yiju.app.cli.output import say, say_json
from yiju.app.cli.pair_options import reading_options
from yiju.base.errors import YijuError
from yiju.base.files import write_json, write_text
from yiju.base.writable import check_writable
from yiju.data.audit.kinds import KINDS

if TYPE_CHECKING:
    from yiju.app.cli.pair_source import Source
    from yiju.data.audit.pair_table import PairFile
    from yiju.data.corpora.rows import Labels
    from yiju.data.table_description import Look

FORMS = (".html", ".json")


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), help=f"file to write as well, {' or '.join(FORMS)}")
@click.option(
    "--fail-on",
    metavar="KINDS",
    default="",
    help=f"end with status 1 where one of these is found, separated by commas: {', '.join(KINDS)}; or all",
)
@click.option("--label", help="column of the labels, by name or number  [default: found]")
@click.option(
    "--similarity",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.8,
    show_default=True,
    callback=a_number,
    help="share of common character pairs from which on sentences are nearly the same",
)
@click.option(
    "--sample",
    type=click.IntRange(min=100),
    default=20_000,
    show_default=True,
    help="labelled pairs of a file that are looked at for shortcuts, at most",
)
@click.option("--seed", default=111, show_default=True, help="random seed of that sample")
@click.option("--json", "as_json", is_flag=True, help="print JSON instead")
@reading_options
def command(
    files: tuple[Path, ...],
    out: Path | None,
    fail_on: str,
    label: str | None,
    similarity: float,
    sample: int,
    seed: int,
    as_json: bool,
    **reading: Any,
) -> None:
    """Say what FILES of pairs hold before anything is learnt from them. No model is needed.

    Of each file: rows and labels; rows that are no pairs; pairs that occur again; pairs with both labels; labels that
    the other labels contradict (of three sentences, two pairs are similar and the third is not); characters that come
    from a wrong encoding or a web page; and whether the labels can be guessed from lengths, one sentence, or shared
    characters alone. Of each two files: the pairs that both hold, exactly or nearly, such as test pairs that were
    learnt.

    \b
    yiju audit pairs.csv
    yiju audit train.tsv dev.tsv test.tsv -o audit.html
    yiju audit train.tsv test.tsv --fail-on leaks,conflicts
    """
    kinds = _kinds(fail_on)
    _check(files, out)
    # Only now: what computes takes a second to load.
    from yiju.app.cli.pair_source import Source
    from yiju.data.audit.audit_files import audit_files
    from yiju.report.audit_text import lines, page, parts_of

    names = _names(files)
    read = [_read(Source(file, label=label, **reading), name) for file, name in zip(files, names, strict=True)]
    audit = audit_files(read, similarity, sample, seed)
    if out:
        write_json(out, audit) if out.suffix.lower() == ".json" else write_text(out, page(audit))
        say(f"{out}: written", err=True)
    if as_json:
        say_json(audit)
    else:
        for line in lines(audit):
            say(line)
    found = [one.kind for part in parts_of(audit) for one in part.findings]
    failed = [kind for kind in kinds if kind in found]
    if failed:
        raise YijuError(f"--fail-on: found {', '.join(failed)}")


def _kinds(text: str) -> list[str]:
    """The kinds of --fail-on. Raises click.BadParameter for one that there is not."""
    named = [one.strip() for one in text.split(",") if one.strip()]
    if named == ["all"]:
        return list(KINDS)
    for one in named:
        if one not in KINDS:
            raise click.BadParameter(f"{one!r} is none of {', '.join(KINDS)}, all", param_hint="--fail-on")
    return named


def _check(files: Sequence[Path], out: Path | None) -> None:
    """Raise YijuError for a file that is named twice, and where nothing can be written to `out`."""
    for file, times in Counter(map(str, files)).items():
        if times > 1:
            raise YijuError(f"{file}: named {times} times; name each file once")
    if out is None:
        return
    if out.suffix.lower() not in FORMS:
        raise YijuError(f"{out}: the name, which gives the format, must end in {' or '.join(FORMS)}")
    check_writable(out, files)


def _names(files: Sequence[Path]) -> list[str]:
    """What the files are called: by their names alone where these differ."""
    short = [file.name for file in files]
    return short if len(set(short)) == len(short) else list(map(str, files))


def _read(source: Source, name: str) -> PairFile:
    """A file with its labels, where it has a column of them."""
    import polars as pl

    from yiju.app.cli.pair_source import on_disk
    from yiju.data.audit.pair_table import PairFile
    from yiju.data.table_look import look, read_rows

    with on_disk(source.path, source.kind) as path:
        found = look(path, replace(source.wanted, label_by_content=True))
        labels, said = _labels(found)
        parts = list(read_rows(found, labels))
    if not parts:
        raise YijuError(f"{source.path}: the file holds no rows")
    rows = pl.concat(parts)
    blank = pl.col("reason").eq_missing("empty line")
    labelled = "label" in found.choice.places
    return PairFile(name, labelled, rows.filter(~blank), [*found.said, *said])


def _labels(found: Look) -> tuple[Labels, list[str]]:
    """What the labels of a file mean, and this in words."""
    from yiju.data.corpora.rows import Labels
    from yiju.data.table_look import count, labels_of

    if "label" not in found.choice.places:
        return Labels({}), []
    kind = labels_of(found, count(found))
    known = {text: meaning for text, meaning in kind.meanings.items() if meaning is not None}
    left_out = {text: f"label {text!r} is left out" for text, meaning in kind.meanings.items() if meaning is None}
    return Labels(known, left_out), [] if set(known) <= {"0", "1"} else [f"labels: {kind}"]
