"""Augment the training pairs."""

from yiju.augment import augment_pairs
from yiju.stage import stage

with stage(snakemake) as job:
    files, out = job.input, job.output
    augment_pairs(files.pairs, files.folds, files.held_out, out.pairs, out.account, job.settings)
