# From tables of corpora to what is learnt: merged and filtered pairs, sentences, folds.


rule merge_corpora:
    input:
        corpora=expand("<data>/corpora/{corpus}.parquet", corpus=SETTINGS.corpora.use),
        rejected=expand("<data>/corpora/{corpus}.rejected.parquet", corpus=SETTINGS.corpora.use),
        sets=expand("<data>/sets/{set}.parquet", set=TEST_SETS),
        corrections=[SETTINGS.corpora.corrections] if SETTINGS.corpora.corrections else [],
    output:
        pairs="<data>/pairs.parquet",
        dropped="<data>/dropped.parquet",
        held_out="<data>/held_out.parquet",
        conflicts="<data>/conflicts.parquet",
        ledger="<data>/ledger.json",
    log:
        "<logs>/merge_corpora.log",
    conda:
        "../envs/data.yaml"
    params:
        settings=config_of.merge_corpora(SETTINGS),
        code=code_version("merge_corpora"),
    message:
        "Merging corpora"
    script:
        "../workflow_scripts/merge_corpora.py"


rule write_texts:
    input:
        pairs="<data>/pairs.parquet",
        held_out="<data>/held_out.parquet",
        ledger="<data>/ledger.json",
        sets=expand("<data>/sets/{set}.parquet", set=TEST_SETS),
    output:
        "<data>/texts.parquet",
    log:
        "<logs>/write_texts.log",
    conda:
        "../envs/data.yaml"
    params:
        settings=config_of.write_texts(SETTINGS),
        code=code_version("write_texts"),
    message:
        "Collecting sentences for post-training"
    script:
        "../workflow_scripts/write_texts.py"


rule prepare_split:
    input:
        "<data>/pairs.parquet",
    output:
        "<data>/{split}.parquet",
    log:
        "<logs>/prepare_split.{split}.log",
    conda:
        "../envs/data.yaml"
    params:
        settings=lambda wildcards: config_of.prepare_split(SETTINGS, wildcards.split),
        code=code_version("prepare_split"),
    message:
        "Collecting {wildcards.split} pairs"
    script:
        "../workflow_scripts/prepare_split.py"


rule assign_folds:
    input:
        pairs="<data>/pairs.parquet",
        # Where nothing is left to learn, it tells why.
        ledger="<data>/ledger.json",
    output:
        folds="<data>/folds.parquet",
        unused="<data>/unused.parquet",
    log:
        "<logs>/assign_folds.log",
    conda:
        "../envs/data.yaml"
    params:
        settings=config_of.assign_folds(SETTINGS),
        code=code_version("assign_folds"),
    message:
        "Assigning training pairs to folds"
    script:
        "../workflow_scripts/assign_folds.py"


rule collect_intermediate:
    input:
        pairs="<data>/pairs.parquet",
        folds="<data>/folds.parquet",
    output:
        "<data>/intermediate.parquet",
    log:
        "<logs>/collect_intermediate.log",
    conda:
        "../envs/data.yaml"
    params:
        settings=config_of.collect_intermediate(SETTINGS),
        code=code_version("collect_intermediate"),
    message:
        "Collecting the pairs that are learnt first"
    script:
        "../workflow_scripts/collect_intermediate.py"
