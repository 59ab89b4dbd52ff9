"""Select the faithful rationales of a set."""

from yiju.rationale.faithful import select_rationales
from yiju.stage import stage

with stage(snakemake) as job:
    select_rationales(job.input.scores, job.input.attributions, job.settings, job.output[0])
