"""Bring one file of a test set to where it is read."""

from yiju.data.fetching.fetch import fetch
from yiju.job.stage import stage

with stage(snakemake) as job:
    known = job.resources
    fetch(job.settings, job.output[0], known.downloads, known.mirrors.split(), known.home, known.terms, known.lock)
