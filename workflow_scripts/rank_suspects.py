"""Rank training pairs by what speaks against their label."""

from yiju.evaluation.suspects import rank_suspects
from yiju.job.stage import stage

with stage(snakemake) as job:
    rank_suspects(
        job.input.pairs,
        job.input.dynamics,
        next(iter(job.input.out_of_fold), None),
        job.output.table,
        job.output.summary,
    )
