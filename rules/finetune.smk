# The classifier: one for each fold and seed, what it says of every set, and what all of them say together.


rule finetune_intermediate:
    input:
        pairs="<data>/intermediate.parquet",
        dev="<data>/dev.parquet",
        start=post_trained,
        accelerate=SETTINGS.training.accelerate or [],
    output:
        weights=folder("<branch>/intermediate"),
        steps="<branch>/intermediate/steps.jsonl",
        calibration="<branch>/intermediate/calibration.json",
    log:
        "<branch>/logs/finetune_intermediate.log",
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
    params:
        settings=lambda wildcards: config_of.finetune_intermediate(of(wildcards)),
        code=lambda wildcards: code_version("finetune_intermediate", *techniques_of(wildcards)),
    message:
        "Fine-tuning on other corpora first{wildcards.variant}"
    script:
        "../workflow_scripts/finetune_intermediate.py"


rule finetune_fold:
    input:
        augmented=learnt_pairs,
        dev="<data>/dev.parquet",
        start=before_fine_tuning,
        accelerate=SETTINGS.training.accelerate or [],
    output:
        weights=folder("<branch>/folds/{member}/model"),
        steps="<branch>/folds/{member}/steps.jsonl",
        calibration="<branch>/folds/{member}/calibration.json",
        dynamics="<branch>/folds/{member}/dynamics.parquet",
        checkpoints=directory("<branch>/folds/{member}/checkpoints") if KEEPS_STATES else [],
    log:
        "<branch>/logs/finetune_fold.{member}.log",
    conda:
        "../envs/torch.yaml"
    threads: MEMBER_TRAINING
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
    params:
        settings=lambda wildcards: config_of.finetune_fold(of(wildcards)),
        code=lambda wildcards: code_version("finetune_fold", *techniques_of(wildcards)),
    message:
        "Fine-tuning fold {wildcards.member}{wildcards.variant}"
    script:
        "../workflow_scripts/finetune_fold.py"


rule predict_pairs:
    # All sets at once: to load the libraries and the model takes longer than to judge most sets.
    input:
        examples=[table_of(name) for name in JUDGED_SETS],
        model=computed("finetune", folder("folds/{member}/model")),
        calibration=computed("finetune", "folds/{member}/calibration.json"),
    output:
        expand("<branch>/folds/{{member}}/{set}/scores.parquet", set=JUDGED_SETS),
    log:
        "<branch>/logs/predict_pairs.{member}.log",
    conda:
        "../envs/torch.yaml"
    threads: ONE_MEMBER
    resources:
        gpu=min(1, SETTINGS.jobs.gpus),
        device=SETTINGS.device,
        batch_tokens=SETTINGS.jobs.batch_tokens,
    params:
        settings=lambda wildcards: config_of.predict_pairs(of(wildcards)),
        code=code_version("predict_pairs"),
    message:
        "Judging all sets with fold {wildcards.member}{wildcards.variant}"
    script:
        "../workflow_scripts/predict_pairs.py"


rule predict_held_out:
    input:
        augmented=computed("augment", "data/augmented.parquet"),
        model=computed("finetune", folder("folds/{member}/model")),
        calibration=computed("finetune", "folds/{member}/calibration.json"),
    output:
        "<branch>/folds/{member}/held_out.parquet",
    log:
        "<branch>/logs/predict_held_out.{member}.log",
    conda:
        "../envs/torch.yaml"
    threads: ONE_MEMBER
    resources:
        gpu=min(1, SETTINGS.jobs.gpus),
        device=SETTINGS.device,
        batch_tokens=SETTINGS.jobs.batch_tokens,
    params:
        settings=lambda wildcards: config_of.predict_held_out(of(wildcards)),
        code=code_version("predict_held_out"),
    message:
        "Judging what fold {wildcards.member} holds out{wildcards.variant}"
    script:
        "../workflow_scripts/predict_held_out.py"


rule calibrate_ensemble:
    input:
        dev="<data>/dev.parquet",
        scores=expand("<branch>/folds/{member}/dev/scores.parquet", member=MEMBERS),
        calibrations=computed("finetune", of_members("calibration.json")),
    output:
        "<branch>/calibration.json",
    log:
        "<branch>/logs/calibrate_ensemble.log",
    conda:
        "../envs/data.yaml"
    params:
        settings=lambda wildcards: config_of.calibrate_ensemble(of(wildcards)),
        code=code_version("calibrate_ensemble"),
    message:
        "Calibrating all folds together{wildcards.variant}"
    script:
        "../workflow_scripts/calibrate_ensemble.py"


rule combine_folds:
    # In the order of sets, then of members.
    input:
        scores=[f"<branch>/folds/{member}/{name}/scores.parquet" for name in JUDGED_SETS for member in MEMBERS],
        calibration="<branch>/calibration.json",
    output:
        expand("<branch>/sets/{set}/scores.parquet", set=JUDGED_SETS),
    log:
        "<branch>/logs/combine_folds.log",
    conda:
        "../envs/data.yaml"
    params:
        settings=lambda wildcards: config_of.combine_folds(of(wildcards)),
        code=code_version("combine_folds"),
    message:
        "Combining the folds' judgements{wildcards.variant}"
    script:
        "../workflow_scripts/combine_folds.py"
