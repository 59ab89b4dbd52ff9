# What is learnt from fewer pairs. None of it without learning_curve.sizes; trained and judged as the run's members are.


rule draw_subset:
    input:
        augmented="<run>/data/augmented.parquet",
        folds="<data>/folds.parquet",
    output:
        "<run>/learning_curve/{share}/pairs.parquet",
    log:
        "<logs>/draw_subset.{share}.log",
    conda:
        "../envs/data.yaml"
    resources:
        # A resource, so that another list of sizes draws only those that are new.
        sizes=",".join(map(str, SETTINGS.learning_curve.sizes)),
    params:
        settings=lambda wildcards: config_of.draw_subset(SETTINGS, wildcards.share),
        code=code_version("draw_subset"),
    message:
        "Drawing a share of {wildcards.share} of the training pairs"
    script:
        "../workflow_scripts/draw_subset.py"


rule compare_sizes:
    # In the order of sets, then of sizes, the whole last, then of members.
    input:
        examples=[table_of(name) for name in JUDGED_SETS],
        scores=[
            f"<run>{size}/folds/{member}/{name}/scores.parquet"
            for name in JUDGED_SETS
            for size in [*SIZES, ""]
            for member in SETTINGS.curve_members
        ],
        pairs=[*(f"<run>{size}/pairs.parquet" for size in SIZES), "<run>/data/augmented.parquet"],
    output:
        "<run>/learning_curve/learning_curve.json",
    log:
        "<logs>/compare_sizes.log",
    conda:
        "../envs/data.yaml"
    params:
        settings=config_of.compare_sizes(SETTINGS),
        code=code_version("compare_sizes"),
    message:
        "Comparing what was learnt from fewer pairs"
    script:
        "../workflow_scripts/compare_sizes.py"
