"""`yiju verify`: whether dossiers and journals are as they were written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from yiju.app.cli.output import say
from yiju.base.errors import YijuError
from yiju.base.plurals import counted

JOURNAL = b'{"number": '


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--run",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="folder of the run: its files are compared with what the dossiers record",
)
def command(files: tuple[Path, ...], run: Path | None) -> None:
    """Say whether FILES, written by `yiju dossier` or `yiju serve --journal`, are as they were written.

    A changed byte ends in status 1. Compare the checksum that is printed with the one that you kept: who changes a
    file on purpose can write a new checksum into it.

    \b
    yiju verify sample.html --run results/sample
    yiju verify journal.jsonl
    """
    from yiju.report.dossier.seal import NoDossierError

    found: list[str] = []
    others: list[str] = []
    for file in files:
        # The files after one that was changed are looked at too.
        try:
            found += _problems(file, run)
        except NoDossierError:
            others.append(
                f"{file}: this is neither a dossier, which `yiju dossier RUN` makes of a finished run, nor a journal, "
                "which `yiju serve --journal FILE` writes"
            )
        except YijuError as error:
            found.append(str(error))
    last = f"{counted(len(found), 'file')} not as recorded" if found else others.pop() if others else None
    for problem in [*others, *found[:20]]:
        say(problem, err=True)
    if last is not None:
        raise YijuError(last)


def _problems(file: Path, run: Path | None) -> Iterator[str]:
    """Say what a file is, and give what differs from what it records. Raises YijuError where it was changed."""
    with file.open("rb") as opened:
        is_journal = opened.read(len(JOURNAL)) == JOURNAL
    if is_journal:
        from yiju.app.journal_lines import read_journal

        end = read_journal(file)
        say(f"{file}: a journal of {counted(end.number, 'judgement')}, as it was written; SHA-256 {end.sha256}")
        return
    from yiju.report.dossier.record import files_of
    from yiju.report.dossier.seal import read_sealed

    record = read_sealed(file)
    say(
        f"{file}: the dossier of the run {record['run']} of {record['written']}, as it was written; "
        f"SHA-256 {record['sha256']}"
    )
    if run is None:
        return
    recorded, now = record["files"], files_of(run)
    same = 0
    for name in sorted({*recorded, *now}):
        if recorded.get(name) != now.get(name):
            state = "is missing" if name not in now else "is new" if name not in recorded else "was changed"
            yield f"{run / name}: {state}"
        else:
            same += 1
    say(f"{run}: {counted(same, 'file')} of {counted(len(recorded), 'file')} as recorded")
