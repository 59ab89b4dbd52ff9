"""Why a file did not come, or is not the one that is meant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from yiju.base.errors import YijuError


@dataclass(frozen=True)
class Problem:
    """Why a file is not the one that is meant, and what to do; locked: it differs from what arrived first."""

    text: str
    remedy: str
    locked: bool = False


# Finds out whether a file is the one that is meant; None: it is.
Check = Callable[[Path], Problem | None]


class Unavailable(YijuError):
    """No address has the file as it is meant: the network, the server, or the publisher's own bytes are at fault.

    Another source of the content may be tried, which is not so where the user must correct something here, or where a
    file is no longer what arrived first.
    """
