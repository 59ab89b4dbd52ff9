"""Attribution methods: one file each under `methods/`, known by its name; a new method is a new file.

`attribute(subject, pairs, labels, options)` of such a file explains the log-probability of one label for every pair.
subject: the classifier (`yiju.attribution.subject`); pairs: `Sequences`; labels: int64 [pairs] (a file with
`JUDGES = True` also takes None: those with the larger logit); options: those of the method in `yiju.settings.explain`,
all given. It returns `Scores`. A pair's scores depend on nothing but itself.
"""

from pathlib import Path

METHODS = tuple(sorted(file.stem for file in (Path(__file__).parent / "methods").glob("[a-z]*.py")))
