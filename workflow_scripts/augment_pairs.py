"""Augment the training pairs."""

from yiju.augment import augment_pairs
from yiju.stage import stage

with stage(snakemake) as job:
    settings = job.settings
    augment_pairs(
        job.input.pairs, job.input.folds, job.input.sets, job.output[0], settings["method"], settings["leaks"]
    )
