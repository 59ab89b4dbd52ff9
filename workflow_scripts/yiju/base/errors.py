"""The one error that a person is meant to read."""

from yiju.base.addresses import cleaned


class YijuError(Exception):
    """Bad input: the message names the place and the remedy; shown without a trace, exit status 1.

    Addresses in it are without user names, passwords and other secrets.
    """

    def __init__(self, message: str) -> None:
        super().__init__(cleaned(message))
