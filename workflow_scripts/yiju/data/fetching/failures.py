"""Why a file did not come."""

from __future__ import annotations

from yiju.base.errors import YijuError


class Unavailable(YijuError):
    """No address has the file as it is meant: the network, the server, or the publisher's own bytes are at fault.

    Another source of the content may be tried, which is not so where the user must correct something here, or where a
    file is no longer what arrived first.
    """
