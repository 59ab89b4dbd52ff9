# What a person reads: the run's record, its figures, one page.


rule record_run:
    # After the results, so that the record names what computed them.
    input:
        results=[f"<run>{branch}/sets/{name}/metrics.json" for branch in BRANCHES for name in JUDGED_SETS],
        files=[
            *expand("<data>/corpora/{corpus}.files.json", corpus=SETTINGS.corpora.use),
            *expand("<data>/sets/{set}.files.json", set=TEST_SETS),
        ],
    output:
        config="<run>/config.resolved.yaml",
        versions="<run>/versions.json",
        checksums="<run>/checksums.json",
    log:
        "<logs>/record_run.log",
    conda:
        # The environment that trained: its libraries are the ones worth recording.
        "../envs/torch.yaml"
    resources:
        # As in the rules that read them: what is asked of the machine makes no other result.
        device=SETTINGS.device,
        # Not `gpus` and `nodes`: a cluster would give them to this job.
        training_gpus=SETTINGS.jobs.gpus,
        training_nodes=SETTINGS.jobs.nodes,
        batch_tokens=SETTINGS.jobs.batch_tokens,
        max_minutes=MAX_MINUTES,
        save_every=SAVE_EVERY,
        trackers=TRACKERS,
    params:
        settings=config_of.record_run(SETTINGS),
        code=code_version("record_run"),
    message:
        "Recording configuration and versions"
    script:
        "../workflow_scripts/record_run.py"


rule plot_corpora:
    input:
        ledger="<data>/ledger.json",
        statistics="<data>/statistics.json",
        duplicates="<data>/duplicates.json",
        shortcuts="<data>/shortcuts.json",
    output:
        ledger=report("<run>/report/ledger.svg", caption="../report/ledger.rst", category="Corpora"),
        labels=report("<run>/report/labels.svg", caption="../report/labels.rst", category="Corpora"),
        lengths=report("<run>/report/lengths.svg", caption="../report/lengths.rst", category="Corpora"),
        overlap=report("<run>/report/overlap.svg", caption="../report/overlap.rst", category="Corpora"),
        duplicates=report("<run>/report/duplicates.svg", caption="../report/duplicates.rst", category="Corpora"),
        shortcuts=report("<run>/report/shortcuts.svg", caption="../report/shortcuts.rst", category="Corpora"),
    log:
        "<logs>/plot_corpora.log",
    conda:
        "../envs/report.yaml"
    params:
        settings=config_of.plot_corpora(SETTINGS),
        code=code_version("plot_corpora"),
    message:
        "Plotting corpora"
    script:
        "../workflow_scripts/plot_corpora.py"


rule plot_training:
    input:
        posttrain=branch(SETTINGS.posttrain.enabled, then=["<run>/posttrained/steps.jsonl"], otherwise=[]),
        folds=fine_tunings(),
    output:
        report("<run>/report/training.svg", caption="../report/training.rst", category="Training"),
    log:
        "<logs>/plot_training.log",
    conda:
        "../envs/report.yaml"
    params:
        code=code_version("plot_training"),
    message:
        "Plotting training curves"
    script:
        "../workflow_scripts/plot_training.py"


rule plot_variants:
    input:
        "<run>/variants.json",
    output:
        report("<run>/report/variants.svg", caption="../report/variants.rst", category="Variants"),
    log:
        "<logs>/plot_variants.log",
    conda:
        "../envs/report.yaml"
    params:
        code=code_version("plot_variants"),
    message:
        "Plotting variants"
    script:
        "../workflow_scripts/plot_variants.py"


rule plot_study:
    input:
        "<run>/study/{set}/study.json",
    output:
        report("<run>/report/study.{set}.svg", caption="../report/study.rst", category="Study"),
    log:
        "<logs>/plot_study.{set}.log",
    conda:
        "../envs/report.yaml"
    params:
        code=code_version("plot_study"),
    message:
        "Plotting the study of {wildcards.set}"
    script:
        "../workflow_scripts/plot_study.py"


rule plot_metrics:
    input:
        calibration="<run>/calibration.json",
        judged=expand("<run>/sets/{set}/judged.parquet", set=JUDGED_SETS),
        judgements=expand("<run>/sets/{set}/metrics.json", set=JUDGED_SETS),
        rationales=expand("<run>/sets/{set}/{method}/metrics.json", set=EXPLAINED, method=SETTINGS.explain.methods),
    output:
        reliability=report("<run>/report/reliability.svg", caption="../report/reliability.rst", category="Metrics"),
        thresholds=report("<run>/report/thresholds.svg", caption="../report/thresholds.rst", category="Metrics"),
        accuracy=report("<run>/report/accuracy.svg", caption="../report/accuracy.rst", category="Metrics"),
        rationales=report("<run>/report/rationales.svg", caption="../report/rationales.rst", category="Metrics"),
    log:
        "<logs>/plot_metrics.log",
    conda:
        "../envs/report.yaml"
    params:
        settings=config_of.plot_metrics(SETTINGS),
        code=code_version("plot_metrics"),
    message:
        "Plotting metrics"
    script:
        "../workflow_scripts/plot_metrics.py"


rule render_report:
    input:
        config="<run>/config.resolved.yaml",
        versions="<run>/versions.json",
        checksums="<run>/checksums.json",
        model="<run>/folds/0/model/config.json",
        ledger="<data>/ledger.json",
        near_leaks="<data>/near_leaks.json",
        duplicates="<data>/duplicates.json",
        shortcuts="<data>/shortcuts.json",
        statistics="<data>/statistics.json",
        augmentation="<data>/augmentation.json",
        posttrain=branch(SETTINGS.posttrain.enabled, then=["<run>/posttrained/steps.jsonl"], otherwise=[]),
        folds=fine_tunings(),
        examples=[shown_table(name) for name in JUDGED_SETS],
        judged=expand("<run>/sets/{set}/judged.parquet", set=JUDGED_SETS),
        judgements=expand("<run>/sets/{set}/metrics.json", set=JUDGED_SETS),
        examined="<run>/examples.jsonl",
        explanation="<run>/explanation.json",
        faithfulness=expand("<run>/sets/{set}/faithfulness.json", set=EXPLAINED),
        members=branch(len(MEMBERS) > 1, then=["<run>/members.json"], otherwise=[]),
        calibration="<run>/calibration.json",
        out_of_fold=branch(SETTINGS.finetune.folds > 1, then=["<run>/out_of_fold.json"], otherwise=[]),
        variants=branch(SETTINGS.variants, then=["<run>/variants.json"], otherwise=[]),
        study=expand("<run>/study/{set}/study.json", set=SETTINGS.study.sets),
        rationales=expand("<run>/sets/{set}/{method}/metrics.json", set=EXPLAINED, method=SETTINGS.explain.methods),
        faithful=expand("<run>/sets/{set}/{method}/faithful.jsonl", set=EXPLAINED, method=SETTINGS.explain.methods[0]),
        harmonised=expand(
            "<run>/sets/{set}/{method}/harmonised.jsonl", set=EXPLAINED, method=SETTINGS.explain.methods[0]
        ),
        ledger_figure="<run>/report/ledger.svg",
        labels_figure="<run>/report/labels.svg",
        lengths_figure="<run>/report/lengths.svg",
        overlap_figure="<run>/report/overlap.svg",
        duplicates_figure="<run>/report/duplicates.svg",
        shortcuts_figure="<run>/report/shortcuts.svg",
        training_figure="<run>/report/training.svg",
        reliability_figure="<run>/report/reliability.svg",
        thresholds_figure="<run>/report/thresholds.svg",
        accuracy_figure="<run>/report/accuracy.svg",
        rationales_figure="<run>/report/rationales.svg",
        study_figures=expand("<run>/report/study.{set}.svg", set=SETTINGS.study.sets),
        variants_figure=branch(SETTINGS.variants, then=["<run>/report/variants.svg"], otherwise=[]),
    output:
        report("<run>/report/index.html", caption="../report/page.rst", category="Report"),
    log:
        "<logs>/render_report.log",
    conda:
        "../envs/report.yaml"
    params:
        settings={"synthetic": SYNTHETIC},
        code=code_version("render_report"),
    message:
        "Rendering the report"
    script:
        "../workflow_scripts/render_report.py"
