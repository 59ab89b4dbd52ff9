"""The competition's file, from the harmonised rationales of a set."""

from __future__ import annotations

from pathlib import Path

from yiju.base import tables
from yiju.base.files import atomic, write_text
from yiju.data.sets import to_items
from yiju.explain.rationales.fusion import in_order
from yiju.explain.rationales.rationale_lines import read_choices
from yiju.explain.rationales.submission import check_submission, format_submission, zip_bytes


def write_submission(items: str, faithful: str, fused: str, f1: str, text: str, archive: str) -> None:
    """Write the competition's file, `id TAB label TAB q indices TAB t indices`, and the same zipped.

    f1: the published intermediate file, the selection before fusion, indices in order of position.
    """
    known = to_items(tables.read(items, tables.ITEMS))
    selected = read_choices(faithful)
    write_text(f1, format_submission([(item.item, in_order(selected[item.item])) for item in known]))
    choices = read_choices(fused)
    check_submission(choices, known)
    content = format_submission([(item.item, choices[item.item]) for item in known])
    write_text(text, content)
    with atomic(archive) as temporary:
        temporary.write_bytes(zip_bytes(Path(text).name, content))
