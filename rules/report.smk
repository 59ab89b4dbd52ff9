# What a person reads: the run's record, and one page.


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
        suspects="<data>/suspects.parquet",
        suspects_summary="<data>/suspects.json",
        posttrain=branch(SETTINGS.posttrain.enabled, then=["<run>/posttrained/steps.jsonl"], otherwise=[]),
        folds=fine_tunings(),
        examples=[shown_table(name) for name in JUDGED_SETS],
        judged=expand("<run>/sets/{set}/judged.parquet", set=JUDGED_SETS),
        judgements=expand("<run>/sets/{set}/metrics.json", set=JUDGED_SETS),
        examined="<run>/examples.jsonl",
        explanation="<run>/explanation.json",
        faithfulness=expand("<run>/sets/{set}/faithfulness.json", set=EXPLAINED),
        behaviour=branch(SETTINGS.evaluate.behaviour, then=["<run>/behaviour.json"], otherwise=[]),
        members=branch(len(MEMBERS) > 1, then=["<run>/members.json"], otherwise=[]),
        calibration="<run>/calibration.json",
        out_of_fold=branch(SETTINGS.finetune.folds > 1, then=["<run>/out_of_fold.json"], otherwise=[]),
        variants=branch(SETTINGS.variants, then=["<run>/variants.json"], otherwise=[]),
        distillation=["<run>/distill/comparison.json"] if LEARNERS else [],
        learning_curve=branch(SIZES, then=["<run>/learning_curve/learning_curve.json"], otherwise=[]),
        study=expand("<run>/study/{set}/study.json", set=SETTINGS.study.sets),
        rationales=expand("<run>/sets/{set}/{method}/metrics.json", set=EXPLAINED, method=SETTINGS.explain.methods),
        harmonised=expand(
            "<run>/sets/{set}/{method}/harmonised.jsonl", set=EXPLAINED, method=SETTINGS.explain.methods[0]
        ),
    output:
        # All that `snakemake --report` shows of the results: this page is the report.
        report("<run>/report/index.html", category="Report"),
    log:
        "<logs>/render_report.log",
    conda:
        "../envs/report.yaml"
    params:
        settings=config_of.render_report(SETTINGS) | {"synthetic": SYNTHETIC},
        code=code_version("render_report", "yiju.base.chinese", "yiju.base.traditional"),
    message:
        "Rendering the report"
    script:
        "../workflow_scripts/render_report.py"
