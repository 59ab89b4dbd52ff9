"""Collect the sentences of post-training."""

from yiju.pairs import write_texts
from yiju.stage import stage

with stage(snakemake) as job:
    settings = job.settings
    write_texts(job.input.pairs, job.input.sets, job.output[0], settings["corpora"], settings["transductive"])
