"""What speaks against the label of a training pair, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yiju.base.language import gettext, ngettext
from yiju.report.number_formats import percent


def reasons(row: Mapping[str, Any]) -> str:
    """What speaks against the label of a row of SUSPECTS, in words."""
    told = []
    if row["probability"] is not None:
        share = percent(row["probability"], 0)
        if row["confident"]:
            message = "models that have not learnt it give its label {share}, clearly the other label"
        else:
            message = "models that have not learnt it give its label {share}"
        told.append(gettext(message, share=share))
    if row["margin"] is not None:
        margin = f"{row['margin']:+.1f}"
        told.append(gettext("while it was learnt its label had a margin of {margin} on average", margin=margin))
        if row["forgotten"] is None:
            told.append(gettext("no pass over it was right"))
        elif row["forgotten"]:
            times = round(row["forgotten"])
            told.append(ngettext("it was forgotten once", "it was forgotten {number} times", max(1, times)))
    if row["contradicted"]:
        told.append(gettext("similar pairs connect its two sentences"))
    return gettext("; ").join(told)
