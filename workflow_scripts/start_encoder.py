"""Build or fetch the encoder that the run starts from."""

from yiju.job.stage import stage
from yiju.models.start_encoder import start_encoder

with stage(snakemake) as job:
    techniques = job.resources.get("techniques", "")
    start_encoder(job.settings, job.input.get("vocabulary"), job.output, techniques.split(",") if techniques else [])
