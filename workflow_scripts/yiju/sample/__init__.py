"""The project's own seeded sample corpora: `python -m yiju.sample FOLDER` writes them, the same bytes every time."""
