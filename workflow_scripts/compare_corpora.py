"""Count the pairs that corpora share, exactly and nearly."""

from yiju.near.matrix import compare_corpora
from yiju.stage import stage

with stage(snakemake) as job:
    settings = job.settings
    compare_corpora(job.input[0], job.output[0], settings["near_similarity"], settings["sample"], settings["seed"])
