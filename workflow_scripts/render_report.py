"""Render the run's report."""

from yiju.report.page import render_report
from yiju.stage import stage

with stage(snakemake) as job:
    # Timings of earlier jobs lie beside the log; no rule declares them, so the page takes what is there.
    render_report(dict(job.input.items()), job.log.parent.parent, job.settings["synthetic"], job.output[0])
