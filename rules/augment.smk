# New training pairs from old ones.


rule augment_pairs:
    input:
        pairs="<data>/pairs.parquet",
        folds="<data>/folds.parquet",
        held_out="<data>/held_out.parquet",
    output:
        pairs="<data>/augmented.parquet",
        account="<data>/augmentation.json",
    log:
        "<logs>/augment_pairs.log",
    conda:
        "../envs/data.yaml"
    params:
        settings=augmenting(),
        code=code_version("augment_pairs"),
    message:
        "Augmenting training pairs"
    script:
        "../workflow_scripts/augment_pairs.py"
