"""Fit the baseline that sees only how far two sentences overlap."""

from yiju.job.stage import stage
from yiju.models.lexical_baseline import fit_overlap_baseline

with stage(snakemake) as job:
    fit_overlap_baseline(job.input.pairs, job.input.folds, job.output[0])
