"""Which options of reader `generic` go together: known before anything runs, hence without polars."""

from __future__ import annotations

from collections.abc import Mapping

from yiju.base.errors import YijuError


def check_generic(own: Mapping[str, object]) -> None:
    """Refuse what one option alone does not show: it would be overlooked, or be understood otherwise than meant."""
    kind, separator = own["format"], str(own["separator"])
    columns = {role: own[role] for role in ("q", "t", "label") if own[role] != ""}
    lines = kind in ("tsv", "csv")
    named = [role for role, column in columns.items() if isinstance(column, str)]
    if not {"q", "t"} <= set(columns):
        problem = "q and t may not be empty"
    elif len(set(columns.values())) < len(columns):
        problem = "q, t and label must be different columns"
    elif any(isinstance(column, int) and column < 1 for column in columns.values()):
        problem = "columns are counted from 1"
    elif not lines and (separator or own["header"]):
        problem = f"{kind} has neither separator nor header; take these options out"
    elif "\n" in separator or (kind == "csv" and separator and (len(separator) > 1 or separator in '"\r ')):
        problem = f"{separator!r} separates no {kind}; see docs/adding-a-corpus.md"
    elif lines and not own["header"] and named:
        problem = f"{', '.join(named)} are given by name, but the file has no names; set header: true"
    elif kind == "jsonl" and len(named) < len(columns):
        problem = 'fields of objects have names; set q, t and label to them (label "" for none)'
    else:
        return
    raise YijuError(f"reader generic: {problem}")
