"""Read a corpus in its native format into the one table of all corpora."""

from yiju.corpora.normalise import normalise_corpus
from yiju.stage import stage

with stage(snakemake) as job:
    splits = zip(job.input.files, job.settings["splits"], strict=True)
    files = [{"path": path, "split": split} for path, split in splits]
    normalise_corpus(job.wildcards.corpus, files, job.settings, job.output.pairs, job.output.rejected)
