"""The one error that a person is meant to read."""


class YijuError(Exception):
    """Bad input: the message names the place and the remedy; shown without a trace, exit status 1."""
