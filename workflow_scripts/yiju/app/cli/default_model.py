"""The model of a command that names none: that of the newest run here."""

from __future__ import annotations

from pathlib import Path

import click
from click.core import ParameterSource

from yiju.app.cli.output import say
from yiju.base.errors import YijuError
from yiju.models.run_folder import member_of, members_of, newest_run

VARIABLE = "YIJU_MODEL"


def model_or_newest(context: click.Context, option: click.Parameter, value: str | None) -> str:
    """The model that was named or, if none was, that of the newest run; says on stderr which, unless the option did.

    Raises YijuError, naming the ways to name a model, where there is no run here.
    """
    if value is None:
        # Of most commands an option, of some an argument.
        return _newest("--model" if isinstance(option, click.Option) else "MODEL")
    if context.get_parameter_source(option.name or "") == ParameterSource.ENVIRONMENT:
        say(f"model: {value}, named by {VARIABLE}", err=True)
    return value


def _newest(named: str) -> str:
    run = newest_run(Path())
    if run is None:
        raise YijuError(
            f"no model is named, and no finished run lies in {Path.cwd()} or its folder results; name a model or the "
            f"folder of a run with {named}, or in the environment variable {VARIABLE}, or run the command in a folder "
            "with a finished run (make run)"
        )
    member, count = member_of(run), len(members_of(run))
    first = "" if count == 1 else f", the first of {count} members"
    say(f"model: {member}{first}, of the newest run here; {named} names another one", err=True)
    return str(member)
