"""Collect the pairs that are learnt before fine-tuning."""

from yiju.data.intermediate import collect_intermediate
from yiju.job.stage import stage

with stage(snakemake) as job:
    settings = job.settings
    collect_intermediate(
        job.input.pairs,
        job.input.folds,
        job.output[0],
        settings["corpora"],
        settings["folds"],
        settings["duplicates"],
        settings["conflicts"],
    )
