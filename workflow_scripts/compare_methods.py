"""Compare explanation methods on the drawn pairs of a set, and recommend one."""

from yiju.evaluation.study.compare_methods import compare_methods
from yiju.job.stage import stage

with stage(snakemake) as job:
    files = job.input
    compare_methods(
        items=files.examples,
        scores=files.scores,
        measured=files.measured,
        trivial=files.trivial,
        matrices=files.matrices,
        attributions=files.attributions,
        members=files.members,
        randomised=files.randomised,
        again=files.again,
        edited=files.edited,
        turned=files.turned,
        seconds=files.seconds,
        settings=job.settings,
        out=job.output[0],
    )
