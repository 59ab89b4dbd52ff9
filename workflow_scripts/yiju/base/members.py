"""The trainings that judge together: one for every fold and seed, each with a name and a seed of its own."""

from __future__ import annotations

import hashlib


def members(folds: int, seeds: int) -> list[str]:
    """Names of all members, those of the first seed before the others: 0, 1, …, then 0.1, 1.1, …"""
    return [f"{fold}.{repeat}" if repeat else str(fold) for repeat in range(seeds) for fold in range(folds)]


def parse_member(name: str) -> tuple[int, int]:
    """Fold and repeat (0 for the first seed) of a member."""
    fold, _, repeat = name.partition(".")
    return int(fold), int(repeat or 0)


def member_seed(seed: int, fold: int, repeat: int) -> int:
    """The seed that everything random in a member's training follows; `seed` + fold in the first repeat."""
    if not repeat:
        return seed + fold
    # Far from every sum of a seed and a fold.
    digest = hashlib.sha256(f"{seed}.{fold}.{repeat}".encode()).digest()
    return int.from_bytes(digest[:4], "big")
