"""Draw part of the training pairs for a learning curve."""

from yiju.data.subsets import draw_subset
from yiju.job.stage import stage

with stage(snakemake) as job:
    sizes = [float(share) for share in job.resources.sizes.split(",")]
    draw_subset(job.input.augmented, job.input.folds, job.settings, job.output[0], sizes)
