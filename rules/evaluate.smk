# How good, beside what is trivial.


rule fit_overlap_baseline:
    input:
        pairs="<data>/pairs.parquet",
        folds="<data>/folds.parquet",
    output:
        "<run>/overlap.json",
    log:
        "<logs>/fit_overlap_baseline.log",
    conda:
        "../envs/data.yaml"
    params:
        code=code_version("fit_overlap_baseline"),
    message:
        "Fitting the overlap baseline"
    script:
        "../workflow_scripts/fit_overlap_baseline.py"


rule evaluate_predictions:
    input:
        examples=items_of,
        scores="<run>/sets/{set}/scores.parquet",
        overlap="<run>/overlap.json",
    output:
        metrics="<run>/sets/{set}/metrics.json",
        judged="<run>/sets/{set}/judged.parquet",
    log:
        "<logs>/evaluate_predictions.{set}.log",
    conda:
        "../envs/data.yaml"
    params:
        settings=resampling(),
        code=code_version("evaluate_predictions"),
    message:
        "Evaluating judgements of {wildcards.set}"
    script:
        "../workflow_scripts/evaluate_predictions.py"


rule evaluate_rationales:
    input:
        examples=items_of,
        faithful="<run>/sets/{set}/{method}/faithful.jsonl",
        harmonised="<run>/sets/{set}/{method}/harmonised.jsonl",
    output:
        "<run>/sets/{set}/{method}/metrics.json",
    log:
        "<logs>/evaluate_rationales.{set}.{method}.log",
    conda:
        "../envs/data.yaml"
    params:
        settings=lambda wildcards: resampling()
        | section("explain", "ratio")
        | {"last_original": SETTINGS.test_sets.catalogue[wildcards.set].last_original},
        code=code_version("evaluate_rationales"),
    message:
        "Evaluating rationales of {wildcards.set} by {wildcards.method}"
    script:
        "../workflow_scripts/evaluate_rationales.py"
