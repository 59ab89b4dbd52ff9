"""Write the index of the pairs that a member learnt beside its model."""

from pathlib import Path

from yiju.explain.evidence.index_member import index_member
from yiju.job.stage import stage

with stage(snakemake) as job:
    job.launch(
        index_member,
        augmented=job.input.augmented,
        pairs=job.input.pairs,
        model=Path(job.input.model[0]).parent,
        member=job.wildcards.member,
        checkpoints=job.input.checkpoints or None,
    )
