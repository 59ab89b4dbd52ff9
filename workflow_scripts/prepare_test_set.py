"""Read a test set, and its gold where there is any."""

from yiju.data.sets import prepare_test_set
from yiju.job.stage import stage

with stage(snakemake) as job:
    prepare_test_set(job.input.examples, job.input.get("gold"), job.output[0])
