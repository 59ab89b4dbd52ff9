# Which explanation to trust: all methods of the study by all members of the base, on pairs drawn from a set.


rule draw_study:
    input:
        examples=items_of,
        scores="<run>/sets/{set}/scores.parquet",
    output:
        table="<run>/study/{set}/items.parquet",
        scores="<run>/study/{set}/scores.parquet",
    log:
        "<logs>/draw_study.{set}.log",
    conda:
        "../envs/data.yaml"
    params:
        settings=lambda wildcards: jobs.drawing(SETTINGS, wildcards.set),
        code=code_version("draw_study"),
    message:
        "Drawing pairs of {wildcards.set} for the study"
    script:
        "../workflow_scripts/draw_study.py"


rule attribute_study:
    input:
        examples="<run>/study/{set}/items.parquet",
        scores="<run>/study/{set}/scores.parquet",
        model=folder("<run>/folds/{member}/model"),
    output:
        table="<run>/study/{set}/{member}/attributions/{method}.parquet",
        facts="<run>/study/{set}/{member}/attributions/{method}.explained.parquet",
        seconds="<run>/study/{set}/{member}/seconds/{method}.json",
    log:
        "<logs>/attribute_study.{member}.{set}.{method}.log",
    conda:
        "../envs/torch.yaml"
    threads: MANY
    resources:
        gpu=min(1, SETTINGS.jobs.gpus),
        device=SETTINGS.device,
        batch_tokens=SETTINGS.jobs.batch_tokens,
    params:
        settings=lambda wildcards: jobs.explaining(SETTINGS, wildcards.method),
        code=lambda wildcards: code_version("attribute_study", module_of(wildcards.method)),
    message:
        "Attributing fold {wildcards.member} on pairs of {wildcards.set} by {wildcards.method}"
    script:
        "../workflow_scripts/attribute_study.py"


rule attribute_randomised:
    input:
        examples="<run>/study/{set}/items.parquet",
        scores="<run>/study/{set}/scores.parquet",
        model=folder(f"<run>/folds/{MEMBERS[0]}/model"),
    output:
        table="<run>/study/{set}/randomised/{method}.parquet",
        facts="<run>/study/{set}/randomised/{method}.explained.parquet",
    log:
        "<logs>/attribute_randomised.{set}.{method}.log",
    conda:
        "../envs/torch.yaml"
    threads: MANY
    resources:
        gpu=min(1, SETTINGS.jobs.gpus),
        device=SETTINGS.device,
        batch_tokens=SETTINGS.jobs.batch_tokens,
    params:
        settings=lambda wildcards: jobs.explaining(SETTINGS, wildcards.method),
        code=lambda wildcards: code_version("attribute_randomised", module_of(wildcards.method)),
    message:
        "Attributing random weights on pairs of {wildcards.set} by {wildcards.method}"
    script:
        "../workflow_scripts/attribute_randomised.py"


rule measure_trivial:
    input:
        examples="<run>/study/{set}/items.parquet",
        scores="<run>/study/{set}/scores.parquet",
        model=folder("<run>/folds/{member}/model"),
    output:
        measured="<run>/study/{set}/{member}/trivial.parquet",
        left_out="<run>/study/{set}/{member}/left_out.parquet",
    log:
        "<logs>/measure_trivial.{member}.{set}.log",
    conda:
        "../envs/torch.yaml"
    threads: MANY
    resources:
        gpu=min(1, SETTINGS.jobs.gpus),
        device=SETTINGS.device,
        batch_tokens=SETTINGS.jobs.batch_tokens,
    params:
        settings=jobs.measuring(SETTINGS),
        code=code_version("measure_trivial"),
    message:
        "Measuring fold {wildcards.member} on pairs of {wildcards.set} by rules that ignore it"
    script:
        "../workflow_scripts/measure_trivial.py"


rule measure_study:
    input:
        examples="<run>/study/{set}/items.parquet",
        scores="<run>/study/{set}/scores.parquet",
        model=folder("<run>/folds/{member}/model"),
        attributions="<run>/study/{set}/{member}/attributions/{method}.parquet",
        left_out="<run>/study/{set}/{member}/left_out.parquet",
    output:
        "<run>/study/{set}/{member}/measured/{method}.parquet",
    log:
        "<logs>/measure_study.{member}.{set}.{method}.log",
    conda:
        "../envs/torch.yaml"
    threads: MANY
    resources:
        gpu=min(1, SETTINGS.jobs.gpus),
        device=SETTINGS.device,
        batch_tokens=SETTINGS.jobs.batch_tokens,
    params:
        settings=lambda wildcards: jobs.measuring(SETTINGS) | {"name": wildcards.method},
        code=code_version("measure_study"),
    message:
        "Measuring fold {wildcards.member} on pairs of {wildcards.set} by {wildcards.method}"
    script:
        "../workflow_scripts/measure_study.py"


rule compare_methods:
    # In the order of methods and members.
    input:
        examples="<run>/study/{set}/items.parquet",
        measured=[
            f"<run>/study/{{set}}/{member}/measured/{method}.parquet"
            for method in SETTINGS.study.methods
            for member in MEMBERS
        ],
        trivial=expand("<run>/study/{{set}}/{member}/trivial.parquet", member=MEMBERS),
        attributions=[
            f"<run>/study/{{set}}/{member}/attributions/{method}.parquet"
            for method in SETTINGS.study.methods
            for member in MEMBERS
        ],
        randomised=expand("<run>/study/{{set}}/randomised/{method}.parquet", method=SETTINGS.study.methods),
        seconds=[
            f"<run>/study/{{set}}/{member}/seconds/{method}.json"
            for method in SETTINGS.study.methods
            for member in MEMBERS
        ],
    output:
        "<run>/study/{set}/study.json",
    log:
        "<logs>/compare_methods.{set}.log",
    conda:
        "../envs/data.yaml"
    params:
        settings=lambda wildcards: {"set": wildcards.set, "methods": SETTINGS.study.methods, "members": MEMBERS}
        | {"select": jobs.selecting_in_study(SETTINGS)}
        | resampling(),
        code=code_version("compare_methods"),
    message:
        "Comparing explanation methods on {wildcards.set}"
    script:
        "../workflow_scripts/compare_methods.py"
