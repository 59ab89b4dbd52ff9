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
        examples=[table_of(name) for name in JUDGED_SETS],
        scores=expand("<branch>/sets/{set}/scores.parquet", set=JUDGED_SETS),
        overlap="<run>/overlap.json",
        calibration="<branch>/calibration.json",
    output:
        metrics=expand("<branch>/sets/{set}/metrics.json", set=JUDGED_SETS),
        judged=expand("<branch>/sets/{set}/judged.parquet", set=JUDGED_SETS),
    log:
        "<branch>/logs/evaluate_predictions.log",
    conda:
        "../envs/data.yaml"
    params:
        settings=config_of.evaluate_predictions(SETTINGS),
        code=code_version("evaluate_predictions"),
    message:
        "Evaluating judgements{wildcards.variant}"
    script:
        "../workflow_scripts/evaluate_predictions.py"


rule evaluate_out_of_fold:
    input:
        augmented=computed("augment", "data/augmented.parquet"),
        held_out=expand("<branch>/folds/{member}/held_out.parquet", member=MEMBERS),
    output:
        table="<branch>/out_of_fold.parquet",
        metrics="<branch>/out_of_fold.json",
    log:
        "<branch>/logs/evaluate_out_of_fold.log",
    conda:
        "../envs/data.yaml"
    params:
        code=code_version("evaluate_out_of_fold"),
    message:
        "Evaluating judgements of held-out training pairs{wildcards.variant}"
    script:
        "../workflow_scripts/evaluate_out_of_fold.py"


rule evaluate_rationales:
    input:
        examples=explained_items,
        faithful="<branch>/sets/{set}/{method}/faithful.jsonl",
        harmonised="<branch>/sets/{set}/{method}/harmonised.jsonl",
    output:
        "<branch>/sets/{set}/{method}/metrics.json",
    log:
        "<branch>/logs/evaluate_rationales.{set}.{method}.log",
    conda:
        "../envs/data.yaml"
    params:
        settings=lambda wildcards: config_of.evaluate_rationales(SETTINGS, wildcards.set),
        code=code_version("evaluate_rationales"),
    message:
        "Evaluating rationales of {wildcards.set} by {wildcards.method}{wildcards.variant}"
    script:
        "../workflow_scripts/evaluate_rationales.py"


rule evaluate_faithfulness:
    # Attributions in the order of methods.
    input:
        examples=explained_items,
        scores=explained_scores,
        models=[f"<run>/{file}" for model in of_members("model") for file in folder(model)],
        calibration="<run>/calibration.json",
        attributions=expand("<run>/sets/{{set}}/attributions/{method}.parquet", method=SETTINGS.explain.methods),
    output:
        "<run>/sets/{set}/faithfulness.json",
    log:
        "<logs>/evaluate_faithfulness.{set}.log",
    conda:
        "../envs/torch.yaml"
    threads: ALL_MEMBERS
    resources:
        gpu=min(1, SETTINGS.jobs.gpus),
        device=SETTINGS.device,
        batch_tokens=SETTINGS.jobs.batch_tokens,
    params:
        settings=config_of.evaluate_faithfulness(SETTINGS),
        code=code_version("evaluate_faithfulness"),
    message:
        "Measuring how faithful the explanations of {wildcards.set} are"
    script:
        "../workflow_scripts/evaluate_faithfulness.py"


rule test_behaviour:
    input:
        pairs="<data>/dev.parquet",
        models=[f"<run>/{file}" for model in of_members("model") for file in folder(model)],
        calibration="<run>/calibration.json",
        overlap="<run>/overlap.json",
    output:
        facts="<run>/behaviour.json",
        table="<run>/behaviour.parquet",
    log:
        "<logs>/test_behaviour.log",
    conda:
        "../envs/torch.yaml"
    threads: ALL_MEMBERS
    resources:
        gpu=min(1, SETTINGS.jobs.gpus),
        device=SETTINGS.device,
        batch_tokens=SETTINGS.jobs.batch_tokens,
    params:
        settings=config_of.test_behaviour(SETTINGS),
        code=code_version("test_behaviour", "yiju.explain.methods.occlusion"),
    message:
        "Testing what the model does when one thing changes"
    script:
        "../workflow_scripts/test_behaviour.py"


rule compare_members:
    # In the order of sets, then methods, then members.
    input:
        examples=[table_of(name) for name in JUDGED_SETS],
        scores=[f"<run>/folds/{member}/{name}/scores.parquet" for name in JUDGED_SETS for member in MEMBERS],
        attributions=[
            f"<run>/folds/{member}/{name}/attributions/{method}.parquet"
            for name in EXPLAINED
            for method in SETTINGS.explain.methods
            for member in MEMBERS
        ],
    output:
        "<run>/members.json",
    log:
        "<logs>/compare_members.log",
    conda:
        "../envs/data.yaml"
    params:
        settings=config_of.compare_members(SETTINGS),
        code=code_version("compare_members"),
    message:
        "Comparing folds and seeds"
    script:
        "../workflow_scripts/compare_members.py"


rule compare_variants:
    # In the order of sets, branches and members.
    input:
        examples=[table_of(name) for name in JUDGED_SETS],
        scores=[
            f"<run>{branch}/folds/{member}/{name}/scores.parquet"
            for name in JUDGED_SETS
            for branch in BRANCHES
            for member in MEMBERS
        ],
        metrics=[f"<run>{branch}/sets/{name}/metrics.json" for name in JUDGED_SETS for branch in BRANCHES],
    output:
        "<run>/variants.json",
    log:
        "<logs>/compare_variants.log",
    conda:
        "../envs/data.yaml"
    params:
        settings=config_of.compare_variants(SETTINGS),
        code=code_version("compare_variants"),
    message:
        "Comparing variants"
    script:
        "../workflow_scripts/compare_variants.py"
