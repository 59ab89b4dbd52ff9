# What there is to know of the data before anything is learnt from it, and afterwards of its labels.


rule find_near_leaks:
    input:
        pairs="<data>/pairs.parquet",
        sets=expand("<data>/sets/{set}.parquet", set=TEST_SETS),
    output:
        leaks="<data>/near_leaks.parquet",
        summary="<data>/near_leaks.json",
    log:
        "<logs>/find_near_leaks.log",
    conda:
        "../envs/data.yaml"
    threads: 2
    params:
        settings=config_of.find_near_leaks(SETTINGS),
        code=code_version("find_near_leaks"),
    message:
        "Looking for training pairs that are nearly pairs of held-out sets"
    script:
        "../workflow_scripts/find_near_leaks.py"


rule compare_corpora:
    input:
        "<data>/pairs.parquet",
    output:
        "<data>/duplicates.json",
    log:
        "<logs>/compare_corpora.log",
    conda:
        "../envs/data.yaml"
    threads: 2
    params:
        settings=config_of.compare_corpora(SETTINGS),
        code=code_version("compare_corpora"),
    message:
        "Counting what corpora have in common"
    script:
        "../workflow_scripts/compare_corpora.py"


rule audit_shortcuts:
    input:
        "<data>/pairs.parquet",
    output:
        "<data>/shortcuts.json",
    log:
        "<logs>/audit_shortcuts.log",
    conda:
        "../envs/data.yaml"
    params:
        settings=config_of.audit_shortcuts(SETTINGS),
        code=code_version("audit_shortcuts"),
    message:
        "Predicting labels without reading both sentences"
    script:
        "../workflow_scripts/audit_shortcuts.py"


rule describe_corpora:
    input:
        pairs="<data>/pairs.parquet",
        tokenizer="<run>/start/tokenizer.json",
    output:
        "<data>/statistics.json",
    log:
        "<logs>/describe_corpora.log",
    conda:
        "../envs/torch.yaml"
    params:
        settings=config_of.describe_corpora(SETTINGS),
        code=code_version("describe_corpora"),
    message:
        "Describing corpora"
    script:
        "../workflow_scripts/describe_corpora.py"


rule rank_suspects:
    input:
        pairs="<data>/pairs.parquet",
        dynamics=expand("<run>/folds/{member}/dynamics.parquet", member=MEMBERS),
        out_of_fold=branch(SETTINGS.finetune.folds > 1, then=["<run>/out_of_fold.parquet"], otherwise=[]),
    output:
        table="<data>/suspects.parquet",
        summary="<data>/suspects.json",
    log:
        "<logs>/rank_suspects.log",
    conda:
        "../envs/data.yaml"
    params:
        code=code_version("rank_suspects"),
    message:
        "Ranking training pairs by what speaks against their label"
    script:
        "../workflow_scripts/rank_suspects.py"
