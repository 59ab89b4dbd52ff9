"""What commands print: text of others cannot steer the terminal."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from yiju.base.addresses import cleaned
from yiju.base.printable import shown


def say(text: str, err: bool = False) -> None:
    """Print plain text; see `yiju.base.printable`."""
    click.echo(shown(text), err=err)


def say_json(value: Any) -> None:
    """Print a value as one line of JSON."""
    say(json.dumps(value, ensure_ascii=False))


def say_styled(lines: list[str]) -> None:
    """Print lines that hold the colours of `styled`, and nothing of others but through it or `shown`."""
    click.echo("\n".join(lines))


def styled(text: str, **style: Any) -> str:
    """Text of others in colours."""
    return click.style(shown(text), **style)


@contextmanager
def readable_usage() -> Iterator[None]:
    """What click says of wrong arguments, which it quotes, and its exit status."""
    try:
        yield
    except click.ClickException as error:
        said = io.StringIO()
        error.show(said)
        click.echo(shown(cleaned(said.getvalue())), err=True, nl=False)
        raise SystemExit(error.exit_code) from None
    except click.Abort:
        click.echo("Aborted!", err=True)
        raise SystemExit(1) from None
