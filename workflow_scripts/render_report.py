"""Render the run's report."""

from yiju.job.stage import stage
from yiju.report.page import render_report

with stage(snakemake) as job:
    # Timings of earlier jobs lie beside the log; no rule declares them, so the page takes what is there.
    render_report(
        dict(job.input.items()),
        job.log.parent.parent,
        job.settings["synthetic"],
        job.output[0],
        job.settings["language"],
    )
