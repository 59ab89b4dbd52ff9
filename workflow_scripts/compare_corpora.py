"""Count the pairs that corpora share, exactly and nearly."""

from yiju.data.near_duplicates.corpora_matrix import compare_corpora
from yiju.job.stage import stage

with stage(snakemake) as job:
    settings = job.settings
    compare_corpora(job.input[0], job.output[0], settings["near_similarity"], settings["sample"], settings["seed"])
