"""Select the faithful rationales of a set."""

from yiju.rationale.faithful import select_rationales
from yiju.stage import stage

with stage(snakemake) as job:
    files = job.input
    select_rationales(files.scores, files.attributions, job.settings, job.output[0], files.ratio or None)
