"""Bring one file of a test set to where it is read."""

from yiju.fetching import fetch
from yiju.stage import stage

with stage(snakemake) as job:
    fetch(job.settings, job.output[0], job.resources.downloads, job.resources.mirrors.split())
