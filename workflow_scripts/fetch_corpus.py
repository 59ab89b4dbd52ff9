"""Bring one file of a corpus to where its reader looks for it."""

from yiju.data.fetching.fetch import fetch
from yiju.job.stage import stage

with stage(snakemake) as job:
    known = job.resources
    where = known.home, known.terms, known.lock
    fetch(job.settings, job.output[0], known.downloads, known.mirrors.split(), *where)
