"""A file of a hub dataset at a pinned commit, by the hub's own library."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from huggingface_hub import hf_hub_download
from huggingface_hub.errors import HfHubHTTPError, HTTPError, LocalEntryNotFoundError, XetDownloadError

from yiju.base.addresses import cleaned
from yiju.base.errors import YijuError
from yiju.data.fetching.failures import Check, Unavailable
from yiju.data.fetching.store import keep


def download_from_hub(hub: str, revision: str, path: str, check: Check, stored: Path, by_hand: str) -> None:
    """Bring `path` of the dataset `hub` (owner/name) at commit `revision` to `stored`.

    The library tries again by itself, and reads HF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE; what a killed process left is
    not continued. check: finds out whether what came is what is meant; by_hand: end of the message, what to do without
    a network. Raises Unavailable, or YijuError where a file is not what arrived first.
    """
    place = f"hub dataset {hub} at {revision[:8]}, {path}"
    # Beside the store's file, so that moving it is atomic; the library leaves notes of its own in there. Each user has
    # one: nobody can write to what another user's killed process left.
    folder = stored.with_name(f"{stored.name}.{os.getuid()}.hub")
    try:
        came = Path(hf_hub_download(hub, path, repo_type="dataset", revision=revision, local_dir=folder))
        if problem := check(came):
            kind, remedy = YijuError if problem.locked else Unavailable, problem.remedy[0].upper() + problem.remedy[1:]
            raise kind(f"{place}: {problem.text}, and it was not kept. {remedy}, {by_hand}")
        keep(came, stored)
    except (HTTPError, XetDownloadError, OSError, RuntimeError, ValueError) as error:
        raise Unavailable(f"{place}: {_why(error)}. Try again, {by_hand}") from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _why(error: Exception) -> str:
    """What happened, in one line."""
    if isinstance(error, LocalEntryNotFoundError) and isinstance(error.__cause__, Exception):
        # "Please check your connection", whatever it was.
        error = error.__cause__
    if isinstance(error, HfHubHTTPError) and error.response.status_code in (401, 403):
        return (
            f"HTTP {error.response.status_code}: the dataset may ask you to accept its terms on its page, "
            "and for your token in HF_TOKEN"
        )
    if isinstance(error, HfHubHTTPError):
        return f"HTTP {error.response.status_code}"
    # It may name an address that the hub led to, signed for a while.
    return cleaned(" ".join(str(error).split())).rstrip(".") or type(error).__name__
