"""Addresses (URLs) as people may see them, and secrets that stay out of them.

An address is printed, logged and recorded in many places: the resolved configuration, logs, errors, and what Snakemake
itself says of a job. So a configuration holds no secret: `secret_in` finds one, and the run is refused. A user name and
a password come from ~/.netrc; a token is written as ${NAME}, which is looked up in the environment when the file is
fetched and not before. `shown` and `cleaned` write for people what came from elsewhere: a server, a library, a caller;
every YijuError and every line of the log is written by `cleaned`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

HIDDEN = "…"


def _pattern(end: str) -> re.Pattern:
    """Scheme and authority, then path, query and fragment; `end`: characters that none of them holds.

    The scheme may be missing, and, where a user name follows, one of its slashes: a path that was an address has one.
    """
    scheme = r"[A-Za-z][A-Za-z0-9+.-]*:"
    return re.compile(
        rf"(?P<scheme>{scheme}//|[A-Za-z]{scheme}/(?=[^/?#{end}]*@)|(?<![\w/:.@-])//)(?P<authority>[^/?#{end}]*)(?P<path>[^?#{end}]*)"
        rf"(?:\?(?P<query>[^#{end}]*))?(?:\#(?P<fragment>[^{end}]*))?"
    )


ADDRESS = _pattern(r"\0")
# In a text, quotes and brackets may stand around it.
IN_TEXT = _pattern(r"""\s'"<>""")
# A parameter is harmless by its name, if it says what is asked for ...
PLAIN_NAMES = {
    *(
        "alt",
        "branch",
        "commit",
        "download",
        "etag",
        "export",
        "file",
        "filename",
        "format",
        "gid",
        "id",
        "md5",
        "name",
    ),
    *("path", "raw", "ref", "revision", "sha", "sha1", "sha256", "sheet", "version", "versionid"),
}
# ... or by its value: a word, a number, the name of a file. Signatures and tokens are neither.
PLAIN_VALUE = re.compile(
    r"[a-z]{0,12}([-_][a-z]{1,12}){0,4}|[A-Z]{1,12}|[A-Z]?[a-z]{1,12}|[0-9]{1,10}"
    r"|[\w./-]+\.(csv|tsv|txt|jsonl?|parquet|xlsx?|xml|zip|tar|t?gz|bz2|xz)",
    re.ASCII,
)
SECRET_NAME = re.compile(
    r"auth(?!or)|cred|key(?!word)|pass|pwd|secret|session|signature|^sign?$|ticket|token|jwt|^code$", re.IGNORECASE
)
# A parameter within a path, such as ;jsessionid=…
PATH_PARAMETER = re.compile(r"(?<=;)[^;/=]+=[^;/]+")
# A user name and a password before a host, without a scheme.
CREDENTIALS = re.compile(r"(?<![\w/:@.+%-])[\w.+%-]+:[^\s/:@'\"<>]+@(?=[\w\[])", re.ASCII)
STOPS = ".,:;!)]。，；：！）"
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def is_url(source: str) -> bool:
    """Whether a file comes from the web. A scheme may be written in capital letters (RFC 3986, section 3.1)."""
    return source.lower().startswith(("http://", "https://"))


def shown(address: str) -> str:
    """An address without user name and password, and with secret values of its parameters as `…`."""
    whole = ADDRESS.fullmatch(address)
    return _shown(whole) if whole else cleaned(address)


def cleaned(text: str) -> str:
    """A text in which all addresses are as `shown` writes them."""
    return CREDENTIALS.sub(f"{HIDDEN}@", IN_TEXT.sub(lambda found: _before_stop(found[0]), text))


def secret_in(text: str) -> str | None:
    """What is secret in the addresses of a text, and where it belongs instead; None where nothing is."""
    for found in IN_TEXT.finditer(text):
        if _user_information(found):
            return "a user name or password, which belongs into ~/.netrc"
        for name, value in _parameters(found):
            if _is_secret(name, value):
                what = f"a value of the parameter {name!r}" if name else "a parameter without a name"
                return f"{what}, which may be a secret: write ${{NAME}} in its place and set NAME in the environment"
    return None


def _before_stop(address: str) -> str:
    """An address of a text as `shown` writes it; the marks that end a sentence are none of it."""
    bare = address.rstrip(STOPS)
    found = IN_TEXT.fullmatch(bare)
    return _shown(found) + address[len(bare) :] if found else address


def _shown(found: re.Match) -> str:
    authority, path = found["authority"], found["path"]
    if _user_information(found):
        authority, path = _without_user_information(authority, path)
    path = PATH_PARAMETER.sub(lambda one: _masked(one[0]), path)
    text = f"{found['scheme']}{authority}{path}"
    for sign, before, parameters in _parts(found):
        text += sign + before + re.sub(r"[^&;]+", lambda one: _masked(one[0]), parameters)
    return text


def _parts(found: re.Match) -> Iterator[tuple[str, str, str]]:
    """Query and fragment: the sign before it, what is no parameter (the path of a page within a page), parameters."""
    if found["query"] is not None:
        yield "?", "", found["query"]
    if (fragment := found["fragment"]) is not None:
        path = re.match(r"!?/[^?]*\??", fragment)
        end = path.end() if path else 0
        yield "#", fragment[:end], fragment[end:]


def _user_information(found: re.Match) -> bool:
    """Whether something stands before the host. After a colon that is no port's comes a password, though it be cut."""
    return "@" in found["authority"] or re.search(r":(?![0-9]*$|[^\[\]]*\])", found["authority"]) is not None


def _without_user_information(authority: str, path: str) -> tuple[str, str]:
    if "@" in authority:
        return authority.rpartition("@")[2], path
    # The password holds a slash, and what follows the last @ is the host.
    host, slash, rest = path.rpartition("@")[2].partition("/") if "@" in path else (HIDDEN, "", "")
    return host, slash + rest


def _parameters(found: re.Match) -> Iterator[tuple[str, str]]:
    """Names and values of the parameters in path, query and fragment; one without `=` has no name."""
    yield from map(_split, PATH_PARAMETER.findall(found["path"]))
    for _, _, parameters in _parts(found):
        yield from map(_split, re.split("[&;]", parameters))


def _masked(parameter: str) -> str:
    name, value = _split(parameter)
    if not _is_secret(name, value):
        return parameter
    return f"{name}={HIDDEN}" if name else HIDDEN


def _split(parameter: str) -> tuple[str, str]:
    name, sign, value = parameter.partition("=")
    return (name, value) if sign else ("", name)


def _is_secret(name: str, value: str) -> bool:
    if not value or value == HIDDEN or VARIABLE.fullmatch(value):
        return False
    if SECRET_NAME.search(name):
        return True
    return name.lower() not in PLAIN_NAMES and not PLAIN_VALUE.fullmatch(value)
