"""The project's own seeded sample corpora: `python -m tools.sample FOLDER` writes them, the same bytes every time."""
