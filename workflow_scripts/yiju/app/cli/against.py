"""The option --against: a second model beside the first one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from yiju.app.cli.output import in_words, say_json
from yiju.base.printable import shown
from yiju.base.terminal_language import told as in_language

if TYPE_CHECKING:
    from yiju.app.against import Both
    from yiju.app.explainer import Explainer
    from yiju.explain.explanation import Explanation

Command = Callable[..., None]


def against_option(command: Command) -> Command:
    """The option of a command that sets a second model beside the first one."""
    return click.option(
        "--against",
        metavar="MODEL2",
        type=click.Path(exists=True, file_okay=False),
        help="a second model, a folder of a model or of a run, whose judgements stand beside those of the first one",
    )(command)


def open_both(first: Explainer, model: str, against: str, device: str, seed: int | None = None) -> Both:
    """Both models; the second one is opened as its folder says, and its options are its own.

    model, against: as they were named.
    """
    # Loaded here: the help of a command needs none of it.
    from yiju.app.against import Both
    from yiju.app.explainer import Explainer
    from yiju.models.named import Arguments, find_model
    from yiju.models.prompt import Wording

    known: dict[str, Any] = {} if seed is None else {"seed": seed}
    folder = find_model(against, None, Arguments("--against", "--revision", "--against FOLDER"))
    return Both(first, Explainer.opened(folder, against, device, True, Wording(), **known), _names(model, against))


def _names(model: str, against: str) -> tuple[str, str]:
    """What the models are called: the ends of their names, as long as they are not the same."""
    parts = Path(model).parts, Path(against).parts
    for length in range(1, max(map(len, parts)) + 1):
        one, other = (str(Path(*own[-length:])) for own in parts)
        if one != other:
            return one, other
    return f"{model} (first)", f"{against} (second)"


def counterpart(both: Both, name: str | int) -> int:
    """The class of the second model that is the first one's, which a caller names or numbers. Raises YijuError."""
    from yiju.models.decision import class_of

    return both.counterpart(class_of(both.first.scorer, name))


def say_both(both: Both, one: Explanation, other: Explanation) -> None:
    """Print both explanations and how they differ as JSON."""
    from yiju.app.against import grounds_of_both

    facts = {"agree": both.agree(one, other), "grounds": grounds_of_both(one, other)}
    say_json({"models": list(both.names), "explanations": [one.to_dict(), other.to_dict()]} | facts)


def differences(both: Both, one: Explanation, other: Explanation) -> list[str]:
    """Whether both models judge alike, and which characters are grounds of one of them alone, as lines."""
    from yiju.app.against import grounds_of_both

    agree = both.agree(one, other)
    said = "One of the models decides nothing: compare the scores with care, they may have different units."
    if one.label is not None and other.label is not None and both.numbers is None:
        said = f"{both.differ}, so their judgements are not compared."
    elif agree is not None:
        said = "Both models judge alike." if agree else "The models judge otherwise."
    found = grounds_of_both(one, other)
    names = {"both": "both", "first": both.names[0], "second": both.names[1]}
    told = [f"  {shown(in_language(name))}:  {_texts(found[key])}" for key, name in names.items()]
    alike = found["spearman"]
    end = [] if alike is None else [f"Rank correlation of the scores of all characters: {alike:+.2f}"]
    return [*in_words([said, "Characters of the rationale:"]), *told, *in_words(end)]


def _texts(sides: dict[str, list[str]]) -> str:
    return "  ".join(f"{name} {' '.join(map(shown, texts)) or '–'}" for name, texts in sides.items())
