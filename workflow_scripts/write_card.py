"""Write the model card of one member, student or control, and yiju.json beside it."""

from yiju.job.stage import stage
from yiju.report.card import write_card

with stage(snakemake) as job:
    write_card(
        dict(job.input.items()),
        job.wildcards.get("learner") or job.wildcards.member,
        job.settings["run"],
        job.settings["defaults"],
        job.settings["synthetic"],
        job.output.card,
    )
