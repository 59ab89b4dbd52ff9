# What each judgement rests on: scores, rationales, the competition's file.


rule attribute_tokens:
    input:
        examples=items_of,
        scores="<run>/sets/{set}/scores.parquet",
        model=folder("<run>/folds/{fold}/model"),
    output:
        "<run>/folds/{fold}/{set}/attributions/{method}.parquet",
    log:
        "<logs>/attribute_tokens.{fold}.{set}.{method}.log",
    conda:
        "../envs/torch.yaml"
    threads: MANY
    resources:
        gpu=min(1, SETTINGS.jobs.gpus),
        device=SETTINGS.device,
        batch_tokens=SETTINGS.jobs.batch_tokens,
    params:
        settings=section("explain", "steps", "target") | section("encoder", "max_length"),
        code=lambda wildcards: code_version("attribute_tokens", f"yiju.attribution.methods.{wildcards.method}"),
    message:
        "Attributing fold {wildcards.fold} on {wildcards.set} by {wildcards.method}"
    script:
        "../workflow_scripts/attribute_tokens.py"


rule select_rationales:
    input:
        scores="<run>/sets/{set}/scores.parquet",
        attributions=expand("<run>/folds/{fold}/{{set}}/attributions/{{method}}.parquet", fold=FOLDS),
    output:
        "<run>/sets/{set}/{method}/faithful.jsonl",
    log:
        "<logs>/select_rationales.{set}.{method}.log",
    conda:
        "../envs/data.yaml"
    params:
        settings=section("explain", "ratio"),
        code=code_version("select_rationales"),
    message:
        "Selecting rationales of {wildcards.set} by {wildcards.method}"
    script:
        "../workflow_scripts/select_rationales.py"


rule fuse_rationales:
    input:
        examples=items_of,
        selected="<run>/sets/{set}/{method}/faithful.jsonl",
        pairs="<data>/pairs.parquet",
    output:
        "<run>/sets/{set}/{method}/harmonised.jsonl",
    log:
        "<logs>/fuse_rationales.{set}.{method}.log",
    conda:
        "../envs/data.yaml"
    params:
        settings=section("fusion"),
        code=code_version("fuse_rationales"),
    message:
        "Fusing rationales of {wildcards.set}"
    script:
        "../workflow_scripts/fuse_rationales.py"


rule write_submission:
    input:
        examples=items_of,
        faithful="<run>/sets/{set}/{method}/faithful.jsonl",
        fused="<run>/sets/{set}/{method}/harmonised.jsonl",
    output:
        f1="<run>/sets/{set}/{method}/sim_rationale_f1.txt",
        text="<run>/sets/{set}/{method}/sim_rationale_f1_f2_f3.txt",
        archive="<run>/sets/{set}/{method}/sim_rationale_f1_f2_f3.zip",
    log:
        "<logs>/write_submission.{set}.{method}.log",
    conda:
        "../envs/data.yaml"
    params:
        code=code_version("write_submission"),
    message:
        "Writing the submission for {wildcards.set}"
    script:
        "../workflow_scripts/write_submission.py"
