"""Merge the corpora's tables, filter them, and account for every row."""

from yiju.data.pairs.merge import Corpus, Outputs, merge_corpora
from yiju.job.stage import stage

with stage(snakemake) as job:
    settings, out = job.settings, job.output
    merge_corpora(
        [Corpus(*files) for files in zip(settings["use"], job.input.corpora, job.input.rejected, strict=True)],
        job.input.sets,
        Outputs(out.pairs, out.dropped, out.held_out, out.conflicts, out.ledger),
        settings["filters"],
        settings.get("near_similarity"),
        settings["carving"],
        next(iter(job.input.corrections), None),
    )
