"""Augment the training pairs."""

from yiju.data.augment.pipeline import Inputs, augment_pairs
from yiju.job.stage import stage

with stage(snakemake) as job:
    files = job.input
    inputs = Inputs(files.pairs, files.folds, files.held_out, files.conflicts, files.unused, files.sets)
    augment_pairs(inputs, job.output.pairs, job.output.account, job.settings)
