"""Draw reliability, thresholds, accuracy and rationale metrics with their intervals."""

from yiju.job.stage import stage
from yiju.report.sections.reliability_section import plot_reliability
from yiju.report.sections.thresholds_section import plot_thresholds
from yiju.report.training_figures import plot_accuracy, plot_rationales

with stage(snakemake) as job:
    sets, found, out = job.settings["sets"], job.input, job.output
    explained = [(name, method) for name in job.settings["explained"] for method in job.settings["methods"]]
    plot_reliability(found.calibration, out.reliability)
    plot_thresholds(sets, found.judged, found.judgements, out.thresholds)
    plot_accuracy(sets, found.judgements, out.accuracy)
    plot_rationales(explained, found.rationales, out.rationales)
