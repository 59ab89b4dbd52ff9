"""Draw what became of the corpora, what they are like, what they share and which shortcuts they reward."""

from yiju.job.stage import stage
from yiju.report.corpora_figures import plot_labels, plot_ledger, plot_shortcuts
from yiju.report.corpora_panels import plot_duplicates, plot_lengths, plot_overlap

with stage(snakemake) as job:
    found, out = job.input, job.output
    plot_ledger(found.ledger, job.settings["use"], out.ledger)
    plot_labels(found.statistics, out.labels)
    plot_lengths(found.statistics, out.lengths)
    plot_overlap(found.statistics, out.overlap)
    plot_duplicates(found.duplicates, out.duplicates)
    plot_shortcuts(found.shortcuts, out.shortcuts)
