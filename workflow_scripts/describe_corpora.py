"""Describe every split: labels, lengths, overlap, and what the vocabulary covers."""

from yiju.job.stage import stage
from yiju.models.corpus_statistics import describe_corpora

with stage(snakemake) as job:
    describe_corpora(job.input.pairs, job.input.tokenizer, job.output[0], **job.settings)
