"""Fuse the rationales of a set into the harmonised ones."""

from yiju.explain.rationales.harmonised import fuse_rationales
from yiju.job.stage import stage

with stage(snakemake) as job:
    files = job.input
    fuse_rationales(
        files.examples,
        files.selected,
        job.settings,
        job.output[0],
        files.pairs or None,
        files.calibration or None,
    )
