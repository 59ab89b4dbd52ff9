"""Collect the sentences or pairs of post-training."""

from yiju.data.pairs.texts import write_texts
from yiju.job.stage import stage

with stage(snakemake) as job:
    files = job.input
    write_texts(files.pairs, files.held_out, files.ledger, files.sets, job.output[0], **job.settings)
