# What each judgement rests on: scores, rationales, the competition's file.


rule draw_explained:
    input:
        examples=items_of,
        scores="<branch>/sets/{set}/scores.parquet",
    output:
        table="<branch>/sets/{set}/explained/items.parquet",
        scores="<branch>/sets/{set}/explained/scores.parquet",
    log:
        "<branch>/logs/draw_explained.{set}.log",
    conda:
        "../envs/data.yaml"
    params:
        settings=config_of.draw_explained(SETTINGS),
        code=code_version("draw_explained"),
    message:
        "Drawing pairs of {wildcards.set} to be explained{wildcards.variant}"
    script:
        "../workflow_scripts/draw_explained.py"


rule attribute_tokens:
    input:
        examples=explained_items,
        scores=explained_scores,
        models=computed("finetune", [file for model in of_members("model") for file in folder(model)]),
        calibration="<branch>/calibration.json",
        measured=measured_of,
    output:
        table="<branch>/sets/{set}/attributions/{method}.parquet",
        facts="<branch>/sets/{set}/attributions/{method}.explained.parquet",
        members=of_each_member("<branch>/folds/{member}/{{set}}/attributions/{{method}}.parquet"),
    log:
        "<branch>/logs/attribute_tokens.{set}.{method}.log",
    conda:
        "../envs/torch.yaml"
    threads: ALL_MEMBERS
    resources:
        gpu=min(1, SETTINGS.jobs.gpus),
        device=SETTINGS.device,
        batch_tokens=SETTINGS.jobs.batch_tokens,
    params:
        settings=lambda wildcards: config_of.attribute_tokens(of(wildcards), wildcards.method),
        code=lambda wildcards: code_version("attribute_tokens", *modules_of(wildcards.method)),
    message:
        "Attributing judgements of {wildcards.set} by {wildcards.method}{wildcards.variant}"
    script:
        "../workflow_scripts/attribute_tokens.py"


rule choose_method:
    input:
        examples="<data>/dev.parquet",
        scores="<branch>/sets/dev/scores.parquet",
        calibration="<branch>/calibration.json",
        models=computed("finetune", [file for model in of_members("model") for file in folder(model)]),
    output:
        "<branch>/explanation.json",
    log:
        "<branch>/logs/choose_method.log",
    conda:
        "../envs/torch.yaml"
    threads: ALL_MEMBERS
    resources:
        gpu=min(1, SETTINGS.jobs.gpus),
        device=SETTINGS.device,
        batch_tokens=SETTINGS.jobs.batch_tokens,
    params:
        settings=lambda wildcards: config_of.choose_method(of(wildcards)),
        code=code_version("choose_method", *modules_of(MEASURED)),
    message:
        "Measuring on dev which method explains best{wildcards.variant}"
    script:
        "../workflow_scripts/choose_method.py"


rule choose_ratio:
    input:
        examples=explained_items,
        scores=explained_scores,
        calibration="<branch>/calibration.json",
        attributions="<branch>/sets/dev/attributions/{method}.parquet",
        models=computed("finetune", [file for model in of_members("model") for file in folder(model)]),
    output:
        "<branch>/{method}.ratio.json",
    log:
        "<branch>/logs/choose_ratio.{method}.log",
    conda:
        "../envs/torch.yaml"
    threads: ALL_MEMBERS
    resources:
        gpu=min(1, SETTINGS.jobs.gpus),
        device=SETTINGS.device,
        batch_tokens=SETTINGS.jobs.batch_tokens,
    params:
        settings=lambda wildcards: config_of.choose_ratio(of(wildcards)),
        code=code_version("choose_ratio"),
    message:
        "Choosing on dev how much {wildcards.method} selects{wildcards.variant}"
    script:
        "../workflow_scripts/choose_ratio.py"


rule select_rationales:
    input:
        scores=explained_scores,
        attributions="<branch>/sets/{set}/attributions/{method}.parquet",
        ratio="<branch>/{method}.ratio.json" if SETTINGS.explain.select.by == "dev" else [],
    output:
        faithful="<branch>/sets/{set}/{method}/faithful.jsonl",
        submitted="<branch>/sets/{set}/{method}/submitted.jsonl",
    log:
        "<branch>/logs/select_rationales.{set}.{method}.log",
    conda:
        "../envs/data.yaml"
    params:
        settings=config_of.select_rationales(SETTINGS),
        code=code_version("select_rationales"),
    message:
        "Selecting rationales of {wildcards.set} by {wildcards.method}{wildcards.variant}"
    script:
        "../workflow_scripts/select_rationales.py"


rule fuse_rationales:
    input:
        examples=explained_items,
        selected="<branch>/sets/{set}/{method}/submitted.jsonl",
        pairs="<data>/pairs.parquet" if SETTINGS.fusion.relations == "published" else [],
        calibration="<branch>/calibration.json" if SETTINGS.fusion.by_consensus else [],
    output:
        "<branch>/sets/{set}/{method}/harmonised.jsonl",
    log:
        "<branch>/logs/fuse_rationales.{set}.{method}.log",
    conda:
        "../envs/data.yaml"
    params:
        settings=config_of.fuse_rationales(SETTINGS),
        code=code_version("fuse_rationales"),
    message:
        "Fusing rationales of {wildcards.set}{wildcards.variant}"
    script:
        "../workflow_scripts/fuse_rationales.py"


rule write_submission:
    input:
        examples=items_of,
        faithful="<branch>/sets/{set}/{method}/submitted.jsonl",
        fused="<branch>/sets/{set}/{method}/harmonised.jsonl",
    output:
        f1="<branch>/sets/{set}/{method}/sim_rationale_f1.txt",
        text="<branch>/sets/{set}/{method}/sim_rationale_f1_f2_f3.txt",
        archive="<branch>/sets/{set}/{method}/sim_rationale_f1_f2_f3.zip",
    log:
        "<branch>/logs/write_submission.{set}.{method}.log",
    conda:
        "../envs/data.yaml"
    params:
        code=code_version("write_submission"),
    message:
        "Writing the submission for {wildcards.set}{wildcards.variant}"
    script:
        "../workflow_scripts/write_submission.py"


rule index_evidence:
    # Only where evidence is asked for. It reads the model and changes nothing of it.
    input:
        augmented=computed("augment", "data/augmented.parquet"),
        pairs="<data>/pairs.parquet",
        model=computed("finetune", folder("folds/{member}/model")),
        checkpoints=computed("finetune", "folds/{member}/checkpoints") if KEEPS_STATES else [],
    output:
        indexed("<branch>/folds/{member}/model"),
    log:
        "<branch>/logs/index_evidence.{member}.log",
    conda:
        "../envs/torch.yaml"
    threads: ONE_MEMBER
    resources:
        gpu=min(1, SETTINGS.jobs.gpus),
        device=SETTINGS.device,
        batch_tokens=SETTINGS.jobs.batch_tokens,
    params:
        code=code_version("index_evidence"),
    message:
        "Indexing the pairs that fold {wildcards.member} learnt{wildcards.variant}"
    script:
        "../workflow_scripts/index_evidence.py"


rule examine_examples:
    input:
        examples=[table_of(name) for name in JUDGED_SETS],
        judged=expand("<run>/sets/{set}/judged.parquet", set=JUDGED_SETS),
        pairs="<data>/pairs.parquet",
        models=[f"<run>/{file}" for model in of_members("model") for file in folder(model)],
        evidence=indexed(f"<run>/folds/{MEMBERS[0]}/model") if SETTINGS.explain.evidence else [],
        calibration="<run>/calibration.json",
        measured="<run>/explanation.json" if MEASURED in SETTINGS.explain.methods else [],
        ratios=branch(
            SETTINGS.explain.select.by == "dev",
            then=expand("<run>/{method}.ratio.json", method=SETTINGS.explain.methods),
            otherwise=[],
        ),
    output:
        "<run>/examples.jsonl",
    log:
        "<logs>/examine_examples.log",
    conda:
        "../envs/torch.yaml"
    threads: ALL_MEMBERS
    resources:
        gpu=min(1, SETTINGS.jobs.gpus),
        device=SETTINGS.device,
        batch_tokens=SETTINGS.jobs.batch_tokens,
    params:
        settings=config_of.examine_examples(SETTINGS),
        code=code_version("examine_examples", *(one for name in SETTINGS.explain.methods for one in modules_of(name))),
    message:
        "Examining examples of every set"
    script:
        "../workflow_scripts/examine_examples.py"
