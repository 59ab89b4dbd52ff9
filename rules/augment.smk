# New training pairs from old ones.


rule augment_pairs:
    input:
        pairs="<data>/pairs.parquet",
        folds="<data>/folds.parquet",
        held_out="<data>/held_out.parquet",
        conflicts="<data>/conflicts.parquet",
        unused="<data>/unused.parquet",
        # Their texts, where children that are nearly their pairs are left out, or minimal pairs made.
        sets=lambda wildcards: (
            expand("<data>/sets/{set}.parquet", set=TEST_SETS)
            if SETTINGS.corpora.filters.near_leaks or of(wildcards).augment.behaviour
            else []
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
