"""Assign the training pairs to folds."""

from yiju.data.folds import assign_folds
from yiju.job.stage import stage

with stage(snakemake) as job:
    settings, out = job.settings, job.output
    assign_folds(
        job.input.pairs,
        job.input.ledger,
        out.folds,
        out.unused,
        settings["corpora"],
        settings["folds"],
        settings["seed"],
        settings["grouped_folds"],
        settings["duplicates"],
        settings["conflicts"],
    )
