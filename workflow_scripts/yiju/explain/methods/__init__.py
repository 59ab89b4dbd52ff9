"""Attribution methods: one file each, known by its name; a new method is a new file.

A file holds `METHOD`, what is known of the method without computing (`yiju.config.method`), and `attribute`, of which
there are two kinds. Where `METHOD` says `removes=True`, it is `attribute(ensemble, labels, options)`. It explains the
log-probability of one label by what the judgement of all members together becomes without segments, and returns
`SegmentScores`; ensemble: `yiju.explain.ensemble`. Else it is `attribute(subject, pairs, labels, options)`. It explains
the judgement of one member in one order by its tokens, and returns `TokenScores`, which segments share and of which
all members' mean is taken; subject: the classifier (`yiju.explain.subject`); pairs: `TokenizedPairs`. labels: int64
[pairs] (None, for those with the larger logit, where `METHOD` says `judges=True`); options: all that the method has. A
pair's scores depend on nothing but itself.

A file whose method does not fit every classifier has `supports(model)` too: None where it fits, else one sentence that
says why it does not, without a full stop. torch, and modules that import it, are imported inside functions: a
configuration is validated without it.
"""

from yiju.config.method import METHODS

__all__ = ["METHODS"]
