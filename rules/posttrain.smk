# The encoder: built or fetched, then post-trained on the run's sentences.


rule train_tokenizer:
    input:
        texts="<data>/texts.parquet",
        pairs="<data>/augmented.parquet",
        given=[SETTINGS.encoder.scratch.vocabulary] if SETTINGS.encoder.scratch.vocabulary else [],
    output:
        "<run>/vocab.txt",
    log:
        "<logs>/train_tokenizer.log",
    conda:
        "../envs/torch.yaml"
    params:
        settings={"size": SETTINGS.encoder.scratch.vocabulary_size},
        code=code_version("train_tokenizer"),
    message:
        "Learning a vocabulary"
    script:
        "../workflow_scripts/train_tokenizer.py"


rule start_encoder:
    input:
        vocabulary=branch(SETTINGS.encoder.source == "scratch", then="<run>/vocab.txt", otherwise=[]),
        checkpoint=checkpoint_files(SETTINGS.encoder),
    output:
        folder("<run>/start"),
    log:
        "<logs>/start_encoder.log",
    conda:
        "../envs/torch.yaml"
    params:
        settings=starting(),
        code=code_version("start_encoder"),
    message:
        "Preparing the encoder"
    script:
        "../workflow_scripts/start_encoder.py"


rule posttrain_encoder:
    input:
        texts="<data>/texts.parquet",
        start=folder("<run>/start"),
    output:
        weights=folder("<run>/posttrained"),
        steps="<run>/posttrained/steps.jsonl",
    log:
        "<logs>/posttrain_encoder.log",
    conda:
        "../envs/torch.yaml"
    threads: MANY
    resources:
        gpu=SETTINGS.jobs.gpus,
        device=SETTINGS.device,
        batch_tokens=SETTINGS.jobs.batch_tokens,
    params:
        settings=training("posttrain", "enabled", "corpora", "transductive"),
        code=code_version("posttrain_encoder"),
    message:
        "Post-training the encoder"
    script:
        "../workflow_scripts/posttrain_encoder.py"
