"""What surrounds the computation of one Snakemake job: log, devices, launcher, code version, shared results."""
