"""Fuse the rationales of a set into the harmonised ones."""

from yiju.rationale.harmonised import fuse_rationales
from yiju.stage import stage

with stage(snakemake) as job:
    settings = job.settings
    fuse_rationales(
        job.input.examples, job.input.selected, job.input.pairs, settings["originals"], settings["order"], job.output[0]
    )
