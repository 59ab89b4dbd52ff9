# New training pairs from old ones.


rule augment_pairs:
    input:
        pairs="<data>/pairs.parquet",
        folds="<data>/folds.parquet",
        held_out="<data>/held_out.parquet",
        conflicts="<data>/conflicts.parquet",
        unused="<data>/unused.parquet",
        # Their texts, where children that are nearly their pairs are left out.
        sets=branch(
            SETTINGS.corpora.filters.near_leaks, then=expand("<data>/sets/{set}.parquet", set=TEST_SETS), otherwise=[]
        ),
    output:
        pairs="<branch>/data/augmented.parquet",
        account="<branch>/data/augmentation.json",
    log:
        "<branch>/logs/augment_pairs.log",
    conda:
        "../envs/data.yaml"
    params:
        settings=lambda wildcards: config_of.augment_pairs(of(wildcards)),
        code=code_version("augment_pairs"),
    message:
        "Augmenting training pairs{wildcards.variant}"
    script:
        "../workflow_scripts/augment_pairs.py"
