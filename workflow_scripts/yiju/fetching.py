"""A corpus file or test set from where the configuration says, whole and checked, or not at all."""

from __future__ import annotations

import logging
import shutil
import tempfile
from pathlib import Path

from yiju.errors import YijuError
from yiju.provenance import atomic, sha256

log = logging.getLogger(__name__)
RETRIES = 3
TIMEOUT_SECONDS = 60


def fetch(source: str, checksum: str | None, out: str | Path) -> None:
    """Bring `source` to `out`: a local file (relative to the working directory, or absolute) or an http(s) URL.

    checksum: SHA-256 of the file as stored; a URL must have one. The file appears under its name only when it is
    whole and its checksum right. Compressed files stay as they are: the readers open them in place.
    """
    if source.startswith(("http://", "https://")):
        _download(source, checksum, Path(out))
    else:
        _copy(Path(source), checksum, Path(out))
    log.info("%s: %d bytes from %s", out, Path(out).stat().st_size, source)


def _copy(source: Path, checksum: str | None, out: Path) -> None:
    if not source.is_file():
        raise YijuError(
            f"{source}: no such file (wanted for {out}). Get the corpus from its publisher, whose terms apply "
            "(data/README.md says where), put the file there, or point its `source` in the configuration at it"
        )
    with atomic(out) as temporary:
        shutil.copyfile(source, temporary)
        found = sha256(temporary)
        if checksum and found != checksum:
            raise YijuError(
                f"{source}: its SHA-256 is {found}, expected {checksum}; "
                "get the file again, or correct `sha256` in the configuration if another version is meant"
            )


def _download(url: str, checksum: str | None, out: Path) -> None:
    if not checksum:
        raise YijuError(f"{url}: a URL needs its `sha256` in the configuration, so that what arrives is what was meant")
    import pooch
    from requests.exceptions import RequestException

    out.parent.mkdir(parents=True, exist_ok=True)
    # A folder of its own beside the target: what a broken transfer leaves goes with it, and the move is atomic.
    with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as folder:
        store = pooch.create(
            path=folder,
            base_url="",
            registry={out.name: f"sha256:{checksum}"},
            urls={out.name: url},
            retry_if_failed=RETRIES,
        )
        try:
            # Redirects and proxies are the library's business. "identity": a server must not repack the bytes.
            downloader = pooch.HTTPDownloader(
                progressbar=True, timeout=TIMEOUT_SECONDS, headers={"Accept-Encoding": "identity"}
            )
            whole = store.fetch(out.name, downloader=downloader)
        except ValueError as error:
            raise YijuError(f"{url}: {_one_line(error)}; nothing was kept. Correct `sha256`, or try again") from None
        except (RequestException, OSError) as error:
            raise YijuError(
                f"{url}: {_one_line(error)}. Try again, or download the file by hand and name its path as `source`"
            ) from None
        Path(whole).replace(out)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")
