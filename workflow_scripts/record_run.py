"""Record the configuration of the run and the versions of what computed it."""

from yiju.report.record import record_run
from yiju.stage import stage

with stage(snakemake) as job:
    asked = job.resources
    machine = {"device": asked.device, "jobs": {"gpus": asked.gpus, "batch_tokens": asked.batch_tokens}}
    record_run(job.settings | machine, job.output.config, job.output.versions)
