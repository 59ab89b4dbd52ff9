# New training pairs from old ones.


rule augment_pairs:
    input:
        pairs="<data>/pairs.parquet",
        folds="<data>/folds.parquet",
        sets=expand("<data>/sets/{set}.parquet", set=EXPLAINED),
    output:
        "<data>/augmented.parquet",
    log:
        "<logs>/augment_pairs.log",
    conda:
        "../envs/data.yaml"
    params:
        settings=section("augment") | {"leaks": SETTINGS.corpora.filters.leaks},
        code=code_version("augment_pairs"),
    message:
        "Augmenting training pairs"
    script:
        "../workflow_scripts/augment_pairs.py"
