# The encoder: built or fetched, then post-trained on the run's sentences.


rule train_tokenizer:
    input:
        texts="<data>/texts.parquet",
        pairs="<data>/pairs.parquet",
        folds="<data>/folds.parquet",
        given=[SETTINGS.encoder.scratch.vocabulary] if SETTINGS.encoder.scratch.vocabulary else [],
    output:
        "<run>/vocab.txt",
    log:
        "<logs>/train_tokenizer.log",
    conda:
        "../envs/torch.yaml"
    resources:
        shared=SHARED,
    params:
        settings=config_of.train_tokenizer(SETTINGS),
        code=code_version("train_tokenizer"),
    message:
        "Learning a vocabulary"
    script:
        "../workflow_scripts/train_tokenizer.py"


rule start_encoder:
    input:
        vocabulary=lambda wildcards: "<run>/vocab.txt" if of(wildcards).encoder.source == "scratch" else [],
        checkpoint=lambda wildcards: [local(file) for file in checkpoint_files(of(wildcards).encoder)],
    output:
        folder("<branch>/start"),
    log:
        "<branch>/logs/start_encoder.log",
    # A checkpoint is fetched here: see corpora.smk.
    localrule: True
    conda:
        "../envs/torch.yaml"
    resources:
        shared=SHARED,
        techniques=checked_early,
    params:
        settings=lambda wildcards: config_of.start_encoder(of(wildcards)),
        code=code_version("start_encoder"),
    message:
        "Preparing the encoder{wildcards.variant}"
    script:
        "../workflow_scripts/start_encoder.py"


rule posttrain_encoder:
    input:
        texts="<data>/texts.parquet",
        start=computed("start", folder("start")),
        dictionary=lambda wildcards: of(wildcards).posttrain.dictionary or [],
        accelerate=SETTINGS.training.accelerate or [],
    output:
        weights=folder("<branch>/posttrained"),
        steps="<branch>/posttrained/steps.jsonl",
    log:
        "<branch>/logs/posttrain_encoder.log",
    conda:
        "../envs/torch.yaml"
    threads: FIRST_TRAINING
    resources:
        gpu=RESERVED,
        gpus=SETTINGS.jobs.gpus,
        gres=EVENLY,
        nodes=SETTINGS.jobs.nodes,
        device=SETTINGS.device,
        batch_tokens=SETTINGS.jobs.batch_tokens,
        max_minutes=MAX_MINUTES,
        save_every=SAVE_EVERY,
        trackers=TRACKERS,
        shared=SHARED,
    params:
        settings=lambda wildcards: config_of.posttrain_encoder(of(wildcards)),
        code=code_version("posttrain_encoder"),
    message:
        "Post-training the encoder{wildcards.variant}"
    script:
        "../workflow_scripts/posttrain_encoder.py"
