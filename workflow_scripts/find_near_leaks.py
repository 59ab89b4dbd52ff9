"""Find the training pairs that are nearly pairs of a held-out set."""

from yiju.data.near_duplicates.near_leaks import find_near_leaks
from yiju.job.stage import stage

with stage(snakemake) as job:
    find_near_leaks(
        job.input.pairs, job.input.sets, job.output.leaks, job.output.summary, job.settings["near_similarity"]
    )
