"""Draw accuracy and rationale metrics beside their baselines."""

from yiju.job.stage import stage
from yiju.report.training_figures import plot_accuracy, plot_rationales

with stage(snakemake) as job:
    explained = [(name, method) for name in job.settings["explained"] for method in job.settings["methods"]]
    plot_accuracy(job.settings["sets"], job.input.judgements, job.output.accuracy)
    plot_rationales(explained, job.input.rationales, job.output.rationales)
