"""What commands print: text of others cannot steer the terminal."""

from __future__ import annotations

import io
import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from yiju.base.addresses import cleaned
from yiju.base.printable import shown
from yiju.base.suggestions import hint

# What click says of a value that is none of some choices.
NO_CHOICE = re.compile(r"(['\"])(.*)\1 is not (one of )?")


def say(text: str, err: bool = False) -> None:
    """Print plain text; see `yiju.base.printable`."""
    click.echo(shown(text), err=err)


def say_json(value: Any) -> None:
    """Print a value as one line of JSON."""
    say(json.dumps(value, ensure_ascii=False))


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
        if isinstance(error, click.BadParameter) and error.param:
            told = with_hint(error.message, error.param.type)
            error = click.BadParameter(told, error.ctx, error.param, error.param_hint)
        said = io.StringIO()
        error.show(said)
        click.echo(shown(cleaned(said.getvalue())), err=True, nl=False)
        raise SystemExit(error.exit_code) from None
    except click.Abort:
        click.echo("Aborted!", err=True)
        raise SystemExit(1) from None
