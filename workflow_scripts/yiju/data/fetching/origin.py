"""Where a file is from, for messages."""

from __future__ import annotations

from yiju.base.addresses import cleaned


def origin(home: str | None, terms: str | None) -> str:
    """Where a person gets a file and whose terms apply, as far as the configuration says."""
    known = (f"publisher: {cleaned(home)}" if home else "", f"terms: {cleaned(terms)}" if terms else "")
    return "; ".join(filter(None, known)) or "the publisher's terms apply"
