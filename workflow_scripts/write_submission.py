"""Write the competition's file."""

from yiju.rationale.hand_in import write_submission
from yiju.stage import stage

with stage(snakemake) as job:
    files = job.input
    write_submission(files.examples, files.faithful, files.fused, job.output.f1, job.output.text, job.output.archive)
