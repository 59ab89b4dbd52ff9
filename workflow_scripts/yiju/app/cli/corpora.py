"""`yiju corpora`: what is here, what can be downloaded, what a person must bring; and downloading it."""

from __future__ import annotations

import click

from yiju.app.cli.corpora_fetch import fetch_command
from yiju.app.cli.corpora_list import list_command


class ListByDefault(click.Group):
    """A group that takes options without a command for those of `list`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group(cls=ListByDefault)
def command() -> None:
    """Show which files of the corpora are here, and download those whose publishers offer them without a login.

    Without a command it shows, as `list` does.

    \b
    yiju corpora list --configfile presets/public.yaml
    yiju corpora fetch LCQMC AFQMC
    """


command.add_command(list_command)
command.add_command(fetch_command)
