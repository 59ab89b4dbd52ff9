# A student: what a teacher says of pairs, learnt by a smaller model. None of it without distill.teacher.


rule score_for_student:
    input:
        augmented="<run>/data/augmented.parquet",
        pairs="<data>/pairs.parquet",
        held_out="<data>/held_out.parquet",
        members=weights_of_members(OWN_TEACHER),
        calibration="<run>/calibration.json" if OWN_TEACHER else [],
        teacher=TEACHER_FILES,
    output:
        pairs="<run>/distill/teacher_scores.parquet",
        account="<run>/distill/teacher_scores.json",
    log:
        "<logs>/score_for_student.log",
    conda:
        "../envs/torch.yaml"
    threads: ALL_MEMBERS
    resources:
        gpu=min(1, SETTINGS.jobs.gpus),
        device=SETTINGS.device,
        batch_tokens=SETTINGS.jobs.batch_tokens,
    params:
        settings=config_of.score_for_student(SETTINGS),
        code=code_version("score_for_student"),
    message:
        "Letting the teacher score the student's pairs"
    script:
        "../workflow_scripts/score_for_student.py"


rule train_student:
    input:
        teacher_scores="<run>/distill/teacher_scores.parquet",
        dev="<data>/dev.parquet",
        start=start_of_student,
        members=weights_of_members(SETTINGS.distill.start == "members"),
        accelerate=SETTINGS.training.accelerate or [],
    output:
        weights=folder("<run>/distill/{learner}/model"),
        steps="<run>/distill/{learner}/steps.jsonl",
        calibration="<run>/distill/{learner}/calibration.json",
    log:
        "<logs>/train_student.{learner}.log",
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
        settings=lambda wildcards: config_of.train_student(SETTINGS, wildcards.learner),
        code=code_version("train_student", *technique_files(STARTS.get(STUDENT, SETTINGS))),
    message:
        "Training the {wildcards.learner}"
    script:
        "../workflow_scripts/train_student.py"


rule predict_student:
    input:
        examples=[table_of(name) for name in JUDGED_SETS],
        model=folder("<run>/distill/{learner}/model"),
        calibration="<run>/distill/{learner}/calibration.json",
    output:
        expand("<run>/distill/{{learner}}/{set}/scores.parquet", set=JUDGED_SETS),
    log:
        "<logs>/predict_student.{learner}.log",
    conda:
        "../envs/torch.yaml"
    threads: ONE_MEMBER
    resources:
        gpu=min(1, SETTINGS.jobs.gpus),
        device=SETTINGS.device,
        batch_tokens=SETTINGS.jobs.batch_tokens,
    params:
        settings=config_of.predict_student(SETTINGS),
        code=code_version("predict_student"),
    message:
        "Judging all sets with the {wildcards.learner}"
    script:
        "../workflow_scripts/predict_student.py"


rule predict_teacher:
    input:
        examples=[table_of(name) for name in JUDGED_SETS],
        teacher=TEACHER_FILES,
    output:
        expand("<run>/distill/teacher/{set}/scores.parquet", set=JUDGED_SETS),
    log:
        "<logs>/predict_teacher.log",
    conda:
        "../envs/torch.yaml"
    threads: ALL_MEMBERS
    resources:
        gpu=min(1, SETTINGS.jobs.gpus),
        device=SETTINGS.device,
        batch_tokens=SETTINGS.jobs.batch_tokens,
    params:
        settings=config_of.predict_teacher(SETTINGS),
        code=code_version("predict_teacher"),
    message:
        "Judging all sets with the teacher"
    script:
        "../workflow_scripts/predict_teacher.py"


rule compare_student:
    # In the order of sets, then of judges, the teacher first.
    input:
        examples=[table_of(name) for name in JUDGED_SETS],
        scores=[f"{place}/{name}/scores.parquet" for name in JUDGED_SETS for place in JUDGES],
        members=weights_of_members(OWN_TEACHER),
        calibration="<run>/calibration.json" if OWN_TEACHER else [],
        students=[file for learner in LEARNERS for file in folder(f"<run>/distill/{learner}/model")],
        teacher=TEACHER_FILES,
    output:
        "<run>/distill/comparison.json",
    log:
        "<logs>/compare_student.log",
    conda:
        "../envs/torch.yaml"
    threads: ALL_MEMBERS
    resources:
        gpu=min(1, SETTINGS.jobs.gpus),
        device=SETTINGS.device,
        batch_tokens=SETTINGS.jobs.batch_tokens,
    params:
        settings=config_of.compare_student(SETTINGS),
        code=code_version("compare_student", *modules_of(SETTINGS.explain.candidates[0])),
    message:
        "Comparing student and teacher"
    script:
        "../workflow_scripts/compare_student.py"


rule write_student_card:
    # In the order of sets.
    input:
        model="<run>/distill/{learner}/model/config.json",
        weights="<run>/distill/{learner}/model/model.safetensors",
        calibration="<run>/distill/{learner}/calibration.json",
        scores=expand("<run>/distill/{{learner}}/{set}/scores.parquet", set=JUDGED_SETS),
        examples=[table_of(name) for name in JUDGED_SETS],
        overlap="<run>/overlap.json",
        ledger="<data>/ledger.json",
        near_leaks="<data>/near_leaks.json",
        versions="<run>/versions.json",
    output:
        card="<run>/distill/{learner}/model/README.md",
        about="<run>/distill/{learner}/model/yiju.json",
    log:
        "<logs>/write_card.{learner}.log",
    conda:
        "../envs/report.yaml"
    params:
        settings=lambda wildcards: config_of.write_student_card(SETTINGS) | {"synthetic": SYNTHETIC},
        code=code_version("write_card", "yiju.base.chinese", "yiju.base.traditional"),
    message:
        "Writing the model card of the {wildcards.learner}"
    script:
        "../workflow_scripts/write_card.py"
