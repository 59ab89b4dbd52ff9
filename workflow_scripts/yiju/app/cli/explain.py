"""`yiju explain`: one pair in the terminal, or all rows of a table in a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from yiju.app.cli import model_options
from yiju.app.cli.against import against_option, counterpart, differences, open_both, say_both
from yiju.app.cli.explain_arguments import check_given
from yiju.app.cli.marks import BLACK, legend, marked, shade
from yiju.app.cli.method_options import option
from yiju.app.cli.models import load
from yiju.app.cli.output import in_words, say_as_it_is, say_json, say_styled
from yiju.app.cli.pair_options import TABLE_OPTIONS, pair_options
from yiju.base.errors import YijuError
from yiju.base.printable import columns, padded, shown
from yiju.base.terminal_language import told as in_language
from yiju.base.types import DEFAULT_MEASURE, Measure, Units
from yiju.config.chosen_method import chosen_method
from yiju.data.table_formats import RESULTS
from yiju.data.word_segmentation import read_words
from yiju.explain.acting import certain, errors, found_by, left_open, link_texts, scale_of, strongest
from yiju.explain.evidence.in_words import groups, pair_in_words
from yiju.explain.explanation import METHOD, Explanation, Judgement
from yiju.explain.grounds import grounds
from yiju.explain.notes import introduction, notes
from yiju.explain.strength import strength
from yiju.explain.unit_names import quoted

if TYPE_CHECKING:
    from yiju.app.against import Both
    from yiju.app.explainer import Explainer


# Full colours. Violet is for what two characters do together, grey for what one does in the place of the other.
TOGETHER, INSTEAD = (175, 130, 215), (150, 150, 150)
SIGNS = "violet, above 0: both together do what neither does alone; grey, below 0: one does what the other would do"
# Columns of a terminal that a cell of the matrix takes, at least.
CELL = 4
# Characters of a unit that the matrix shows beside its rows and above its columns, at most.
LABEL = 10


@click.command()
@click.argument("sentences", nargs=-1, metavar="[Q T]")
@click.option("--file", "table", type=click.Path(path_type=Path), help="explain all rows of this table, into -o")
@click.option("-o", "--out", type=click.Path(path_type=Path), help=f"with --file: .html, {', '.join(RESULTS)}")
@click.option("--label", help="with --file: column of the gold labels, if there is one  [default: found by its name]")
@pair_options
@model_options
@click.option(
    "--method",
    help=f"what attributes the judgement; default: the one that the model's run measured best, else {METHOD}",
)
@click.option(
    "--set",
    "options",
    multiple=True,
    metavar="NAME=VALUE",
    help="an option of the method, e.g. baseline=zero, steps=50",
)
@click.option(
    "--matrix",
    type=click.Choice(["occlusion", "gradients", "shapley", "jacobians", "maxsim"]),
    is_flag=False,
    flag_value="occlusion",
    help="show which character acts with which: occlusion (the default where no name follows) is exact, two characters "
    "at a time; gradients is approximate; shapley is over all sets of characters, estimated from samples; jacobians is "
    "for bi-encoders, maxsim for late-interaction models",
)
@click.option("--target", metavar="NAME", help="class to explain, by name or number  [default: what is decided]")
@click.option("--contrast", metavar="NAME", help="explain by how much the target exceeds this class, by name or number")
@click.option(
    "--units",
    type=click.Choice(get_args(Units)),
    default="characters",
    show_default=True,
    help="what is scored: words are jieba's or those of --words, sentences are for long texts",
)
@click.option(
    "--words",
    metavar="FILE",
    help="a list of words, one a line, to cut texts by; with --units words",
)
@click.option(
    "--evidence",
    type=click.IntRange(min=1),
    metavar="NUMBER",
    help="show so many training pairs that speak for the judgement and against it; needs the index of yiju index",
)
@click.option(
    "--measure",
    type=click.Choice(get_args(Measure)),
    help=f"what finds these training pairs  [default: {DEFAULT_MEASURE}]",
)
@against_option
@click.option("--json", "as_json", is_flag=True, help="print JSON instead")
@click.option("--html", "as_html", is_flag=True, help="print a piece of a page instead")
def command(
    sentences: tuple[str, ...],
    table: Path | None,
    out: Path | None,
    label: str | None,
    method: str | None,
    options: tuple[str, ...],
    matrix: Any,
    target: str | None,
    contrast: str | None,
    units: Any,
    words: str | None,
    evidence: int | None,
    measure: Any,
    against: str | None,
    as_json: bool,
    as_html: bool,
    **model: Any,
) -> None:
    """Judge the sentences Q and T, or all rows of a table, and show what the judgement rests on.

    With --file, all columns of the table come back in the file -o: beside them those that yiju predict adds, and the
    evidence, yiju_evidence_q and yiju_evidence_t; in a workbook the evidence is bold. A name that ends in .html gives a
    page with all pairs coloured.

    The model may be a classifier of two or more classes, or give one number a pair: then its score is explained, and
    there is a judgement only with --margin. Blue characters speak for what is explained, orange ones against it; a
    colour is never stronger than what taking the character away changes. The rationale is underlined: it is the
    smallest set of characters that alone keeps the judgement. Characters that the model's vocabulary does not hold are
    red, and those that it did not read are struck through. With --units, the same is told of words, sentences or
    tokens. With --against, a second model explains the pair too, and what differs is named. With --evidence, the
    training pairs that speak for the judgement and against it are listed, with file and line.

    \b
    yiju explain 抖音更换头像要多久 抖音怎么更换头像 --model results/sample/folds/0/model
    yiju explain 抖音更换头像要多久 抖音怎么更换头像 --method integrated_gradients --set steps=50 --matrix occlusion
    yiju explain 抖音更换头像要多久 抖音怎么更换头像 --units words
    yiju explain 抖音更换头像要多久 抖音怎么更换头像 --evidence 5
    yiju explain --file pairs.csv -o explained.html
    """
    check_given(sentences, table, out, as_json or as_html)
    if table is not None and against is not None:
        raise click.UsageError("--against goes with two sentences; yiju predict takes it with a table")
    chosen = dict(option(one, "--set") for one in options)
    _check(method, chosen, target, contrast, units, words)
    if measure is not None and evidence is None:
        raise YijuError("--measure says how training pairs are looked for; give --evidence, how many, too")
    listed = None if words is None else read_words(words, "--words")
    table_options = {name: model.pop(name) for name in TABLE_OPTIONS}

    def explaining(
        explainer: Explainer, both: Both | None = None
    ) -> Callable[[Sequence[tuple[str, str]]], Iterator[Explanation]]:
        of_class, beside = (named_class(explainer, one) for one in (target, contrast))
        if both is not None:
            of_class, beside = (None if one is None else counterpart(both, one) for one in (of_class, beside))
            explainer = both.second
        wanted: dict[str, Any] = {"units": units, "words": listed, "evidence": evidence, "measure": measure, **chosen}
        return lambda pairs: explainer.stream(pairs, method, matrix, None, of_class, beside, **wanted)

    if table is not None and out is not None:
        from yiju.app.cli.explain_file import explain_file
        from yiju.app.cli.pair_source import Source

        explain_file(
            Source(table, **table_options, label=label), out, lambda: load(**model), explaining, evidence is not None
        )
        return
    explainer, (q, t) = load(**model), sentences
    (found,) = explaining(explainer)([(q, t)])
    if against is not None:
        both = open_both(explainer, str(model["model"]), against, model["device"], model["seed"])
        (other,) = explaining(explainer, both)([(q, t)])
        _show_both(both, found, other, as_json, as_html)
    elif as_json:
        say_json(found.to_dict())
    elif as_html:
        say_as_it_is(found.to_html())
    else:
        say_styled(_told(explainer, found))


def _told(explainer: Explainer, found: Explanation) -> list[str]:
    return [*lines(found), "", *in_words(introduction(explainer.about, explainer.decision))]


def _show_both(both: Both, found: Explanation, other: Explanation, as_json: bool, as_html: bool) -> None:
    """Two models' explanations of a pair, and how they differ."""
    if as_json:
        say_both(both, found, other)
    elif as_html:
        say_as_it_is("\n".join(one.to_html() for one in (found, other)))
    else:
        for explainer, name, one in zip((both.first, both.second), both.names, (found, other), strict=True):
            say_styled([shown(f"== {name}"), *_told(explainer, one), ""])
        say_styled(differences(both, found, other))


def _check(
    method: str | None, options: dict[str, Any], target: str | None, contrast: str | None, units: str, words: str | None
) -> None:
    """Raise YijuError, before anything is loaded, for options that do not go together or that the method lacks."""
    if method is not None:
        chosen_method(method, options)
    if words is not None and units != "words":
        raise YijuError("--words is a list to cut by; give --units words too, or leave --words out")
    if contrast is not None and target is None:
        raise YijuError("--contrast names the class that the target is held against; give --target too")


def named_class(explainer: Explainer, given: str | None) -> str | int | None:
    """A class as a caller of Python names it: digits that are no class's name are its number."""
    number = given is not None and given.isdecimal() and given not in explainer.scorer.classes
    return int(given) if given is not None and number else given


def verdict(found: Judgement) -> str:
    """The judgement in a few words: its label, where it has one, and its probability or else its score."""
    value = found.score if found.probability is None else found.probability
    figure = f"{'score' if found.probability is None else found.chance} {value:.3f}"
    return figure if found.label_name is None else f"{found.label_name}  {figure}"


def lines(found: Explanation) -> list[str]:
    """An explanation as lines for a terminal that knows colours."""
    head = f"{verdict(found)}  by {found.method['method']}{found.of_class}"
    told = [*in_words([head, *notes(found, found.about)]), ""]
    for name, side in zip("qt", found.sides, strict=True):
        told += [f"{name}  {marked(side)}"]
    told += [*legend(found), *in_words(grounds(found)), ""]
    for name, side in zip("qt", found.sides, strict=True):
        told += [f"{name}  " + " ".join(f"{shown(one.text)}{one.score:+.3f}" for one in side.rationale)]
    return told + (_matrix(found) if found.matrix is not None else []) + _evidence(found)


def _evidence(found: Explanation) -> list[str]:
    """The training pairs for and against the judgement, where they were asked for."""
    lines = []
    for heading, pairs in () if found.evidence is None else groups(found.evidence):
        lines += ["", *in_words([heading, *(f"  {pair_in_words(pair)}" for pair in pairs)])]
    return lines


def _matrix(found: Explanation) -> list[str]:
    q, t = ([shown(quoted(one.text, LABEL)) for one in side.segments] for side in found.sides)
    told = [
        "",
        *in_words([f"which acts with which, by {found_by(found)}", SIGNS]),
    ]
    scale = scale_of(found)
    edge, widths = max(map(columns, q), default=0) + 1, [max(CELL, columns(text) + 1) for text in t]
    told += [" " * edge + "".join(padded(text, width) for text, width in zip(t, widths, strict=True))]
    for text, row in zip(q, certain(found), strict=True):
        told += [padded(text, edge) + "".join(_square(*both, scale) for both in zip(row, widths, strict=True))]
    names = [in_language(name) for name in ("together", "instead", "links")]
    texts = ["  ".join(_named(found, q[i], t[j], i, j) for i, j in cells) for cells in strongest(found)]
    linked = "  ".join(f"{shown(q)}–{shown(t)}{score:+.3f}" for q, t, score in link_texts(found))
    rows = [*(text or in_language("no cell") for text in texts), linked or in_language("no link")]
    width = max(map(columns, names))
    told += [f"{padded(name, width)}  {row}" for name, row in zip(names, rows, strict=True)]
    return [*told, *in_words(left_open(found))]


def _named(found: Explanation, q: str, t: str, i: int, j: int) -> str:
    """A cell as text, with its standard error where it was estimated."""
    value, error = (found.matrix or ())[i][j], errors(found)[i][j]
    return f"{q}–{t}{value:+.3f}" + ("" if error is None else f"±{error:.3f}")


def _square(value: float | None, width: int, scale: float) -> str:
    share = strength(value, value, scale)
    told = _short(value) if value is not None and share else ""
    return click.style(f"{told:<{width}}", fg=BLACK, bg=shade(share, TOGETHER, INSTEAD))


def _short(value: float) -> str:
    """A signed number in four characters, up to 999."""
    if abs(value) < 0.995:
        return f"{value:+.2f}".replace("0.", ".", 1)
    return f"{value:+.1f}" if abs(value) < 9.95 else f"{value:+.0f}"
