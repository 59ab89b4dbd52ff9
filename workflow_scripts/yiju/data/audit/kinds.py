"""What an audit of files may find, by name: known without polars, for the help of the command line."""

from __future__ import annotations

# By the name that --fail-on takes: what the finding is.
KINDS = {
    "no-pairs": "rows that are no pairs",
    "duplicates": "pairs that occur again",
    "conflicts": "pairs with both labels",
    "contradictions": "labels that other labels of the file contradict",
    "odd-characters": "characters that hardly anybody typed",
    "shortcuts": "labels that can be guessed without comparing the sentences",
    "leaks": "pairs that two files share",
    "near-leaks": "pairs of two files that are nearly the same",
}
