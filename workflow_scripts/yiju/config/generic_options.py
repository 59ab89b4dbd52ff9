"""Which options of reader `generic` go together: known before anything runs, hence without polars."""

from __future__ import annotations

from collections.abc import Mapping

from yiju.base.errors import YijuError


def check_generic(own: Mapping[str, object]) -> None:
    """Refuse what one option alone does not show: it would be overlooked, or be understood otherwise than meant."""
    kind, separator = own["format"], str(own["separator"])
    columns = {role: own[role] for role in ("q", "t", "label") if own[role] != ""}
    lines = kind in ("tsv", "csv")
    rows = lines or kind == "xlsx"
    named = [role for role, column in columns.items() if isinstance(column, str)]
    if not {"q", "t"} <= set(columns):
        problem = "q and t may not be empty"
    elif len(set(columns.values())) < len(columns):
        problem = "q, t and label must be different columns"
    elif any(isinstance(column, int) and column < 1 for column in columns.values()):
        problem = "columns are counted from 1"
    elif (separator and not lines) or (own["header"] and not rows):
        neither = "no separator" if kind == "xlsx" else "neither separator nor header"
        problem = f"{kind} has {neither}; take the option out"
    elif own["sheet"] and kind != "xlsx":
        problem = f"{kind} has no sheets; take the option sheet out"
    elif own["encoding"] != "auto" and kind in ("parquet", "xlsx"):
        problem = f"{kind} says its encoding itself; take the option encoding out"
    elif "\n" in separator or (kind == "csv" and separator and (len(separator) > 1 or separator in '"\r ')):
        problem = f"{separator!r} separates no {kind}; see docs/adding-a-corpus.md"
    elif rows and not own["header"] and named:
        problem = f"{', '.join(named)} are given by name, but the file has no names; set header: true"
    elif kind == "jsonl" and len(named) < len(columns):
        problem = 'fields of objects have names; set q, t and label to them (label "" for none)'
    else:
        return
    raise YijuError(f"reader generic: {problem}")
