"""The dossier of a run: its report and everything that it was made from, in one file whose bytes can be checked.

The page is the run's own report. What an auditor needs beside it is added: the terms of the data, what changed since
the last dossier, and the checksum of every file of the run; and all of this once more as JSON, for programs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from yiju.base.errors import YijuError
from yiju.base.files import atomic
from yiju.base.language import speaking
from yiju.report.dossier.changes import changes
from yiju.report.dossier.record import record_of, report_of
from yiju.report.dossier.seal import RECORD, read_sealed, sealed
from yiju.report.templates import environment

HERE = Path(__file__).parent
# Where the report takes what is added: an entry of its menu, what stands before its sections, and what after them.
MENU, MAIN, END = '<li><a href="#answers">', '<main id="main" tabindex="-1">', "</main>"


def write_dossier(run: Path, out: Path, since: Path | None = None) -> str:
    """Write the dossier of a finished run, and give its checksum. since: the dossier before it.

    Raises YijuError for a folder that is no finished run, and for a dossier that was changed.
    """
    before = None if since is None else read_sealed(since)
    record = record_of(run)
    page = report_of(run)
    with speaking(record["settings"]["language"]):
        content, total = sealed(_added_to(page, record, before, run))
    with atomic(out) as temporary:
        temporary.write_bytes(content)
    return total


def _added_to(page: str, record: dict[str, Any], before: Mapping[str, Any] | None, run: Path) -> str:
    """The report's page with the dossier's parts in their places."""
    for mark in (MENU, MAIN, END):
        if page.count(mark) != 1:
            raise YijuError(f"{run}: its report is of another version of yiju; run the workflow again")
    record["before"] = None if before is None else {name: before[name] for name in ("run", "written", "sha256")}
    context = record | {"changes": None if before is None else changes(before, record)}
    made = environment(HERE, HERE.parent / "page")
    made.filters["moment"] = lambda time: time.replace("T", " ").removesuffix("Z")
    menu, first, last = (made.get_template(f"{name}.html").render(context) for name in ("entry", "first", "last"))
    data = json.dumps(record, ensure_ascii=False, sort_keys=True).replace("<", "\\u003c")
    block = f"{RECORD.begin}{data}{RECORD.end}\n"
    return page.replace(MENU, menu + MENU).replace(MAIN, f"{MAIN}\n{first}").replace(END, last + block + END)
