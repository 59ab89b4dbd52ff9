"""Learn the vocabulary of a model built from scratch, or take the given one."""

from yiju.encoder.vocabulary import write_vocabulary
from yiju.stage import stage

with stage(snakemake) as job:
    given = next(iter(job.input.get("given", [])), None)
    write_vocabulary(job.input.texts, job.input.pairs, given, job.settings["size"], job.output[0])
