"""The conda files of the rules, generated from the one list of pins: `python -m tools.environments`."""

from __future__ import annotations

from yiju.base.files import write_text
from yiju.job.code_version import SCRIPTS

REQUIREMENTS, ENVIRONMENTS = SCRIPTS.parent / "requirements", SCRIPTS.parent / "envs"
# What each environment holds: an environment is a domain of rules, a list what a domain adds.
LISTS = {"data": ("data",), "torch": ("data", "torch"), "report": ("data", "report")}
PYTHON = "3.11"


def pins(name: str) -> list[str]:
    """Pinned packages of an environment, sorted."""
    texts = [(REQUIREMENTS / f"{part}.txt").read_text(encoding="utf-8") for part in LISTS[name]]
    lines = [line for text in texts for line in text.split("\n")]
    return sorted((line for line in lines if line and not line.startswith("#")), key=str.lower)


def conda_file(name: str) -> str:
    """Text of envs/<name>.yaml."""
    head = "# Generated from requirements/*.txt by `make envs`; do not edit.\nchannels: [conda-forge, nodefaults]\n"
    packages = "".join(f"      - {pin}\n" for pin in pins(name))
    return f"{head}dependencies:\n  - python={PYTHON}\n  - pip\n  - pip:\n{packages}"


if __name__ == "__main__":
    for name in LISTS:
        write_text(ENVIRONMENTS / f"{name}.yaml", conda_file(name))
