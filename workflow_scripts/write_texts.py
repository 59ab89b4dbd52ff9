"""Collect the sentences of post-training."""

from yiju.pairs import write_texts
from yiju.stage import stage

with stage(snakemake) as job:
    settings, files = job.settings, job.input
    write_texts(files.pairs, files.held_out, files.sets, job.output[0], settings["corpora"], settings["transductive"])
