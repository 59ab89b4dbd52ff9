"""Fit the baseline that sees only how far two sentences overlap."""

from yiju.evaluation.baseline import fit_overlap_baseline
from yiju.stage import stage

with stage(snakemake) as job:
    fit_overlap_baseline(job.input.pairs, job.input.folds, job.output[0])
