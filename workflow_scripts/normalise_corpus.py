"""Read a corpus in its native format into the one table of all corpora."""

from pathlib import Path

from yiju.data.corpora.normalise import normalise_corpus
from yiju.job.stage import stage

with stage(snakemake) as job:
    fetched = {Path(path).name: path for path in job.input.files}
    files = [{**file, "path": fetched[file["file"]]} for file in job.settings["files"]]
    normalise_corpus(job.wildcards.corpus, files, job.settings, job.output.pairs, job.output.rejected)
