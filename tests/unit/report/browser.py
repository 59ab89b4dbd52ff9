"""A page as a real browser makes it of its file, where there is a Chromium."""

import os
import subprocess
from pathlib import Path

import patience
from at_hand import CHROMIUM


def dump(page: Path, folder: Path) -> str:
    """The document after its programs ran, as text. folder: for what the browser writes."""
    # Within a container only root may be there, and no sandbox.
    options = ["--headless", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage", "--window-size=1280,900"]
    options += ["--no-sandbox"] if os.geteuid() == 0 else []
    command = [CHROMIUM, *options, f"--user-data-dir={folder / 'browser'}", "--dump-dom", page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=patience.SECONDS, check=True)
    return done.stdout
