"""Assign the training pairs to folds."""

from yiju.folds import assign_folds
from yiju.stage import stage

with stage(snakemake) as job:
    settings = job.settings
    assign_folds(
        job.input[0],
        job.output[0],
        settings["corpora"],
        settings["folds"],
        settings["seed"],
        settings["grouped_folds"],
        settings["duplicates"],
    )
