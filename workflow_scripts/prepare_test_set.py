"""Read a test set, and its gold where there is any."""

from yiju.rationale.sets import prepare_test_set
from yiju.stage import stage

with stage(snakemake) as job:
    prepare_test_set(job.input.examples, job.input.get("gold"), job.output[0])
