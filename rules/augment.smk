# New training pairs from old ones.


rule augment_pairs:
    input:
        pairs="<data>/pairs.parquet",
        folds="<data>/folds.parquet",
        held_out="<data>/held_out.parquet",
        torn="<data>/torn.parquet",
        unlearnt="<data>/unlearnt.parquet",
        # Their texts, where children that are nearly their pairs are left out.
        sets=branch(
            SETTINGS.corpora.filters.near_leaks, then=expand("<data>/sets/{set}.parquet", set=EXPLAINED), otherwise=[]
        ),
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
