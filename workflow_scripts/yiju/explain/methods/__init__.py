"""Attribution methods: one file each, known by its name; a new method is a new file.

There are two kinds. A file with `REMOVES = True` has `attribute(ensemble, labels, options)`, which explains the
log-probability of one label by what the judgement of all members together becomes without segments; ensemble:
`yiju.explain.ensemble`; it returns `SegmentScores`. Any other file has
`attribute(subject, pairs, labels, options)`, which explains the judgement of one member in one order by its tokens;
subject: the classifier (`yiju.explain.subject`); pairs: `Sequences`; it returns `TokenScores`, which segments share
and of which all members' mean is taken. labels: int64 [pairs] (a file with `JUDGES = True` also takes None: those with
the larger logit); options: those of the method in `yiju.config.explanations`, all given. A pair's scores depend on
nothing but itself.

A file whose method does not fit every classifier has `supports(model)` too: None where it fits, else one sentence that
says why it does not, without a full stop. One whose scores depend on the seed says `DRAWS = True`, so that the study
explains with another seed too.
"""

from pathlib import Path

METHODS = tuple(sorted(file.stem for file in Path(__file__).parent.glob("[a-z]*.py")))
