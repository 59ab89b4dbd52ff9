"""The conda files of the rules, generated from the one list of pins: `python -m yiju.environments`."""

from __future__ import annotations

from yiju.provenance import SCRIPTS, write_text

REQUIREMENTS, ENVIRONMENTS = SCRIPTS.parent / "requirements", SCRIPTS.parent / "envs"
NAMES = ("data", "torch", "report")
PYTHON = "3.11"


def pins(name: str) -> list[str]:
    """Pinned packages of a requirements file and of those that it includes, sorted."""
    found: list[str] = []
    for line in (REQUIREMENTS / f"{name}.txt").read_text(encoding="utf-8").split("\n"):
        if line.startswith("-r "):
            found += pins(line.removeprefix("-r ").removesuffix(".txt"))
        elif line and not line.startswith("#"):
            found.append(line)
    return sorted(found, key=str.lower)


def conda_file(name: str) -> str:
    """Text of envs/<name>.yaml."""
    head = (
        f"# Generated from requirements/{name}.txt by `make envs`; do not edit.\nchannels: [conda-forge, nodefaults]\n"
    )
    packages = "".join(f"      - {pin}\n" for pin in pins(name))
    return f"{head}dependencies:\n  - python={PYTHON}\n  - pip\n  - pip:\n{packages}"


if __name__ == "__main__":
    for name in NAMES:
        write_text(ENVIRONMENTS / f"{name}.yaml", conda_file(name))
