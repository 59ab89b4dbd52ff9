"""One http(s) transfer by libcurl, appended to what an earlier one left."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import IO
from urllib.parse import quote

import certifi
import pycurl
from tqdm import tqdm

from yiju import __version__
from yiju.base.addresses import VARIABLE, cleaned
from yiju.base.errors import YijuError

CONNECT_SECONDS = 30
# Slower than this (bytes a second) for so long (seconds) is a stall.
STALL_SPEED, STALL_SECONDS = 100, 60
REDIRECTS = 10
# What stays as it is in a URL; other characters, Chinese ones say, are escaped.
URL_SIGNS = "!#$%&'()*+,/:;=?@[]~"
# Answers of a server that may be better next time: time-outs, too many requests, passing faults.
PASSING = {408, 425, 429, 500, 502, 503, 504}
# What a second try cannot correct.
LASTING = {
    pycurl.E_UNSUPPORTED_PROTOCOL,
    pycurl.E_URL_MALFORMAT,
    pycurl.E_TOO_MANY_REDIRECTS,
    pycurl.E_PEER_FAILED_VERIFICATION,
    pycurl.E_SSL_CACERT_BADFILE,
}


class TransferError(Exception):
    """Why a transfer failed; again: whether another try may help; pause: seconds that the server asks for."""

    def __init__(self, why: str, again: bool = False, pause: float = 0) -> None:
        super().__init__(why)
        self.again = again
        self.pause = pause


def transfer(url: str, part: Path) -> None:
    """Append what is missing of `url` to `part`, and leave there what came when it breaks off.

    ${NAME} in the URL is looked up in the environment; names and passwords of hosts in ~/.netrc, or in the file that
    NETRC names. Redirects stay with http(s); proxies are taken from the environment as libcurl does. Nothing is
    appended where the server ignores that only the rest is asked for: then `part` is emptied for the next try. Raises
    TransferError, or YijuError where `part` cannot be written.
    """
    try:
        with part.open("ab") as file:
            _perform(url, file)
    except OSError as error:
        remedy = "make room there, or set corpora.downloads to another folder"
        raise YijuError(f"{part}: {error.strerror}; {remedy}") from error


def filled(address: str) -> str:
    """An address with the environment's values for ${NAME}. Raises YijuError where one is not set."""

    def value(found: re.Match) -> str:
        if found[1] not in os.environ:
            raise YijuError(f"{address}: the environment has no variable {found[1]}; set it, then run again")
        return os.environ[found[1]]

    return VARIABLE.sub(value, address)


def _perform(url: str, file: IO[bytes]) -> None:
    begun, unwritten = file.tell(), []

    def write(chunk: bytes) -> int:
        try:
            return file.write(chunk)
        except OSError as error:
            unwritten.append(error)
            return 0

    curl = _curl(url, begun)
    curl.setopt(pycurl.WRITEFUNCTION, write)
    # A terminal gets a bar; disable=None: nothing else does.
    name = Path(file.name).name.removesuffix(".part")
    with tqdm(desc=name, initial=begun, unit="B", unit_scale=True, unit_divisor=1024, disable=None) as bar:

        def progress(total: int, now: int, *_: int) -> None:
            bar.total = begun + total if total else None
            bar.update(begun + now - bar.n)

        curl.setopt(pycurl.XFERINFOFUNCTION, progress)
        try:
            curl.perform()
        except pycurl.error as error:
            if unwritten:
                raise unwritten[0] from None
            if error.args[0] == pycurl.E_RANGE_ERROR:
                file.truncate(0)
            raise _explained(curl, *error.args) from None
        finally:
            curl.close()


def _curl(url: str, begun: int) -> pycurl.Curl:
    curl = pycurl.Curl()
    # The variables that name a site's own certificates for curl and OpenSSL.
    trusted = os.environ.get("CURL_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE") or certifi.where()
    options = {
        pycurl.URL: quote(filled(url), safe=URL_SIGNS),
        # Names and passwords of hosts come from ~/.netrc. A redirect to another host gets that host's, or none.
        pycurl.NETRC: pycurl.NETRC_OPTIONAL,
        pycurl.UNRESTRICTED_AUTH: False,
        pycurl.USERAGENT: f"yiju/{__version__}",
        # Of redirects, too.
        pycurl.PROTOCOLS: pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS,
        pycurl.FOLLOWLOCATION: True,
        pycurl.MAXREDIRS: REDIRECTS,
        pycurl.FAILONERROR: True,
        pycurl.RESUME_FROM_LARGE: begun,
        pycurl.CONNECTTIMEOUT: CONNECT_SECONDS,
        pycurl.LOW_SPEED_LIMIT: STALL_SPEED,
        pycurl.LOW_SPEED_TIME: STALL_SECONDS,
        pycurl.NOSIGNAL: True,
        pycurl.NOPROGRESS: False,
        pycurl.CAINFO: trusted,
        pycurl.PROXY_CAINFO: trusted,
    }
    if netrc := os.environ.get("NETRC"):
        options[pycurl.NETRC_FILE] = netrc
    for option, value in options.items():
        curl.setopt(option, value)
    return curl


def _explained(curl: pycurl.Curl, code: int, message: str) -> TransferError:
    if code == pycurl.E_HTTP_RETURNED_ERROR:
        status = curl.getinfo(pycurl.RESPONSE_CODE)
        return TransferError(f"HTTP {status}", again=status in PASSING, pause=curl.getinfo(pycurl.RETRY_AFTER))
    if code == pycurl.E_RANGE_ERROR:
        message = "the server cannot continue a broken transfer"
    return TransferError(cleaned(message), again=code not in LASTING)
