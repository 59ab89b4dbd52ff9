"""The pictures of the README and of these pages, taken from the sample run and nothing else.

    make pictures

with a browser of the Chromium kind.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image

FOLDER = Path(__file__).parent
# Of the report: what it begins with, without what is folded.
SHORTENED = "<style>.terms, .search { display: none }</style></head>"
COLOURS = 128


def report(run: Path, folder: Path) -> str:
    """The address of the shortened report of a run, written to `folder`."""
    text = (run / "report/index.html").read_text(encoding="utf-8")
    page = folder / "report.html"
    page.write_text(text.replace("</head>", SHORTENED, 1), encoding="utf-8")
    return page.as_uri()


# By file name: where the page is that it shows, and its size in pixels.
PICTURES: dict[str, tuple[Callable[[Path, Path], str], tuple[int, int]]] = {"report.png": (report, (1200, 1765))}


def take(name: str, run: Path, browser: str) -> None:
    """Write a picture into this folder, in few colours."""
    page, size = PICTURES[name]
    with tempfile.TemporaryDirectory() as folder:
        shot = Path(folder) / name
        switches = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            f"--user-data-dir={folder}/user",
        ]
        window = f"--window-size={size[0]},{size[1]}"
        address = page(run, Path(folder))
        subprocess.run([browser, *switches, window, f"--screenshot={shot}", address], check=True, capture_output=True)
        Image.open(shot).convert("RGB").quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
            FOLDER / name, optimize=True
        )


if __name__ == "__main__":
    for picture in PICTURES:
        take(picture, Path(sys.argv[1]), sys.argv[2])
