"""Read a corpus in its native format into the one table of all corpora."""

from yiju.data.corpora.normalise import normalise_corpus
from yiju.data.source_checksums import record_sources
from yiju.job.stage import stage

with stage(snakemake) as job:
    corpus, out, known = job.wildcards.corpus, job.output, job.resources
    # In the order of the configuration, an archive once; a local file may be compressed otherwise than it says.
    names = dict.fromkeys(file["file"] for file in job.settings["files"])
    paths = dict(zip(names, job.input.files, strict=True))
    files = [{**file, "path": paths[file["file"]]} for file in job.settings["files"]]
    checksums = {file["path"]: file["sha256"] for file in files}
    record_sources(f"corpora/{corpus}", checksums, known.home, known.terms, out.files)
    normalise_corpus(corpus, files, job.settings, out.pairs, out.rejected)
