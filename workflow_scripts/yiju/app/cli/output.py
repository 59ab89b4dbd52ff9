"""What commands print: text of others cannot steer the terminal."""

from __future__ import annotations

import io
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from yiju.base.addresses import cleaned
from yiju.base.printable import shown
from yiju.base.suggestions import hint
from yiju.base.terminal_language import OPTION, said, told

# What click writes before an error.
ERROR = "Error: "
# What click says of a value that is none of some choices.
NO_CHOICE = re.compile(r"(['\"])(.*)\1 is not (one of )?")


def say(text: str, err: bool = False) -> None:
    """Print plain text for people, in their language; see `yiju.base.printable`."""
    click.echo(shown(told(text)), err=err)


def in_words(sentences: Iterable[str]) -> list[str]:
    """Sentences for people, in their language, for lines that are in colours."""
    return [shown(told(one)) for one in sentences]


def say_json(value: Any) -> None:
    """Print a value as one line of JSON, which is the same in every language."""
    say_as_it_is(json.dumps(value, ensure_ascii=False))


def say_as_it_is(text: str) -> None:
    """Print what is for programs, or is in a language of its own."""
    click.echo(shown(text))


def has_colours() -> bool:
    """Whether standard output shows colours: a terminal does, unless the user asks for none (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def say_styled(lines: list[str]) -> None:
    """Print lines that hold the colours of `styled`, and nothing of others but through it or `shown`."""
    click.echo("\n".join(lines), color=has_colours())


def styled(text: str, **style: Any) -> str:
    """Text of others in colours."""
    return click.style(shown(text), **style)


def with_hint(message: str, kind: click.ParamType) -> str:
    """What click says of a value that is none of some choices, and which of them may have been meant."""
    given = NO_CHOICE.match(message) if isinstance(kind, click.Choice) else None
    if given is None or not isinstance(kind, click.Choice):
        return message
    meant = hint(given[2], map(str, kind.choices))
    return message.removesuffix(".") + meant + "."


@contextmanager
def readable_usage() -> Iterator[None]:
    """What click says of wrong arguments, which it quotes, and its exit status."""
    try:
        yield
    except click.ClickException as error:
        missing = isinstance(error, click.MissingParameter)
        if isinstance(error, click.BadParameter) and error.param and not missing:
            told = with_hint(error.message, error.param.type)
            error = click.BadParameter(told, error.ctx, error.param, error.param_hint)
        if isinstance(error, click.NoSuchOption) and error.option_name == OPTION:
            error = click.UsageError(f"{OPTION} stands before the command: yiju {OPTION} zh COMMAND", error.ctx)
        shown_usage(error)
        raise SystemExit(error.exit_code) from None
    except click.Abort:
        say("Aborted!", err=True)
        raise SystemExit(1) from None


def shown_usage(error: click.ClickException) -> None:
    """Print an error of click's, with the usage of the command before it."""
    written = io.StringIO()
    error.show(written)
    usage, mark, _ = written.getvalue().rpartition(ERROR)
    message = said("Error: {0}", told(error.format_message()))
    text = f"{told(usage)}{message}\n" if mark else told(written.getvalue())
    click.echo(shown(cleaned(text)), err=True, nl=False)
