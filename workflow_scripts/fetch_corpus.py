"""Bring one file of a corpus to where its reader looks for it."""

from yiju.fetching import fetch
from yiju.stage import stage

with stage(snakemake) as job:
    fetch(job.settings["source"], job.settings["sha256"], job.output[0])
