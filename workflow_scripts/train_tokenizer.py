"""Learn the vocabulary of a model built from scratch, or take the given one."""

from yiju.job.stage import stage
from yiju.models.vocabulary import write_vocabulary

with stage(snakemake) as job:
    files = job.input
    given = next(iter(files.get("given", [])), None)
    write_vocabulary(files.texts, files.pairs, files.folds, given, job.settings["size"], job.output[0])
