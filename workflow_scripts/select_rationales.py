"""Select the faithful rationales of a set."""

from yiju.explain.rationales.faithful import select_rationales
from yiju.job.stage import stage

with stage(snakemake) as job:
    files = job.input
    outputs = job.output.faithful, job.output.submitted
    select_rationales(files.scores, files.attributions, job.settings, *outputs, files.ratio or None)
