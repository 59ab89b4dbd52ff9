"""Read a test set, and its gold where there is any."""

from yiju.data.sets import prepare_test_set
from yiju.data.source_checksums import record_sources
from yiju.job.stage import stage

with stage(snakemake) as job:
    known = job.resources
    checksums = dict(zip(job.input, job.settings["sha256"], strict=True))
    record_sources(f"test_sets/{job.wildcards.set}", checksums, known.home, known.terms, job.output.files)
    prepare_test_set(job.input.examples, job.input.gold or None, job.output.table)
