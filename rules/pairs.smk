# From tables of corpora to what is learnt: merged and filtered pairs, sentences, folds.


rule merge_corpora:
    input:
        corpora=expand("<data>/corpora/{corpus}.parquet", corpus=SETTINGS.corpora.use),
        rejected=expand("<data>/corpora/{corpus}.rejected.parquet", corpus=SETTINGS.corpora.use),
        sets=expand("<data>/sets/{set}.parquet", set=EXPLAINED),
    output:
        pairs="<data>/pairs.parquet",
        dropped="<data>/dropped.parquet",
        held_out="<data>/held_out.parquet",
        torn="<data>/torn.parquet",
        ledger="<data>/ledger.json",
    log:
        "<logs>/merge_corpora.log",
    conda:
        "../envs/data.yaml"
    params:
        settings=merging(),
        code=code_version("merge_corpora"),
    message:
        "Merging corpora"
    script:
        "../workflow_scripts/merge_corpora.py"


rule write_texts:
    input:
        pairs="<data>/pairs.parquet",
        held_out="<data>/held_out.parquet",
        sets=expand("<data>/sets/{set}.parquet", set=EXPLAINED),
    output:
        "<data>/texts.parquet",
    log:
        "<logs>/write_texts.log",
    conda:
        "../envs/data.yaml"
    params:
        settings=section("posttrain", "corpora", "transductive"),
        code=code_version("write_texts"),
    message:
        "Collecting sentences for post-training"
    script:
        "../workflow_scripts/write_texts.py"


rule prepare_dev_set:
    input:
        "<data>/pairs.parquet",
    output:
        "<data>/dev.parquet",
    log:
        "<logs>/prepare_dev_set.log",
    conda:
        "../envs/data.yaml"
    params:
        settings=section("finetune", "corpora"),
        code=code_version("prepare_dev_set"),
    message:
        "Collecting dev pairs"
    script:
        "../workflow_scripts/prepare_dev_set.py"


rule assign_folds:
    input:
        "<data>/pairs.parquet",
    output:
        folds="<data>/folds.parquet",
        unlearnt="<data>/unlearnt.parquet",
    log:
        "<logs>/assign_folds.log",
    conda:
        "../envs/data.yaml"
    params:
        settings=section("finetune", "corpora", "folds", "grouped_folds")
        | {"seed": SETTINGS.seed, **SETTINGS.corpora.filters.model_dump(include={"duplicates", "conflicts"})},
        code=code_version("assign_folds"),
    message:
        "Assigning training pairs to folds"
    script:
        "../workflow_scripts/assign_folds.py"
