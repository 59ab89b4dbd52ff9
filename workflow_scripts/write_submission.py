"""Write the competition's file."""

from yiju.explain.rationales.write_submission import write_submission
from yiju.job.stage import stage

with stage(snakemake) as job:
    files = job.input
    write_submission(files.examples, files.faithful, files.fused, job.output.f1, job.output.text, job.output.archive)
