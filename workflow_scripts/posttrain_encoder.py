"""Post-train the encoder as a masked language model."""

from pathlib import Path

from yiju.job.stage import stage
from yiju.training.posttrain import posttrain_encoder

with stage(snakemake) as job:
    *weights, steps = job.output
    job.train(
        posttrain_encoder,
        texts=job.input.texts,
        model=Path(job.input.start[0]).parent,
        settings=job.settings,
        weights=weights,
        steps=steps,
    )
