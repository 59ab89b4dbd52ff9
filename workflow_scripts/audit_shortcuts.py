"""Find out how far labels can be guessed without comparing the two sentences."""

from yiju.data.audit.shortcuts import audit_shortcuts
from yiju.job.stage import stage

with stage(snakemake) as job:
    audit_shortcuts(job.input[0], job.output[0], job.settings["sample"], job.settings["seed"])
