"""Merge the corpora's tables, filter them, and account for every row."""

from yiju.pairs import merge_corpora
from yiju.stage import stage

with stage(snakemake) as job:
    merge_corpora(
        job.input.corpora,
        job.input.rejected,
        job.input.sets,
        job.output.pairs,
        job.output.dropped,
        job.output.ledger,
        job.settings["filters"],
    )
