"""Write the competition's file."""

from yiju.rationale.hand_in import write_submission
from yiju.stage import stage

with stage(snakemake) as job:
    write_submission(job.input.examples, job.input.fused, job.output.text, job.output.archive)
