# Which explanation to trust: all methods of the study, on pairs drawn from a set, as the members of the base judge them.


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
        settings=lambda wildcards: config_of.draw_study(SETTINGS, wildcards.set),
        code=code_version("draw_study"),
    message:
        "Drawing pairs of {wildcards.set} for the study"
    script:
        "../workflow_scripts/draw_study.py"


rule attribute_study:
    input:
        examples="<run>/study/{set}/items.parquet",
        scores="<run>/study/{set}/scores.parquet",
        models=[f"<run>/{file}" for model in of_members("model") for file in folder(model)],
        calibration="<run>/calibration.json",
    output:
        table="<run>/study/{set}/attributions/{method}.parquet",
        facts="<run>/study/{set}/attributions/{method}.explained.parquet",
        members=of_each_member("<run>/study/{{set}}/{member}/attributions/{{method}}.parquet"),
        again="<run>/study/{set}/again/{method}.parquet",
        edited="<run>/study/{set}/edited/{method}.parquet",
        turned="<run>/study/{set}/turned/{method}.parquet",
        seconds="<run>/study/{set}/seconds/{method}.json",
    log:
        "<logs>/attribute_study.{set}.{method}.log",
    conda:
        "../envs/torch.yaml"
    threads: ALL_MEMBERS
    resources:
        gpu=min(1, SETTINGS.jobs.gpus),
        device=SETTINGS.device,
        batch_tokens=SETTINGS.jobs.batch_tokens,
    params:
        settings=lambda wildcards: config_of.attribute_study(SETTINGS, wildcards.method),
        code=lambda wildcards: code_version("attribute_study", *modules_of(wildcards.method)),
    message:
        "Attributing pairs of {wildcards.set} by {wildcards.method}"
    script:
        "../workflow_scripts/attribute_study.py"


rule attribute_randomised:
    input:
        examples="<run>/study/{set}/items.parquet",
        scores="<run>/study/{set}/scores.parquet",
        models=[f"<run>/{file}" for model in of_members("model") for file in folder(model)],
    output:
        "<run>/study/{set}/randomised/{method}.parquet",
    log:
        "<logs>/attribute_randomised.{set}.{method}.log",
    conda:
        "../envs/torch.yaml"
    threads: ALL_MEMBERS
    resources:
        gpu=min(1, SETTINGS.jobs.gpus),
        device=SETTINGS.device,
        batch_tokens=SETTINGS.jobs.batch_tokens,
    params:
        settings=lambda wildcards: config_of.attribute_randomised(SETTINGS, wildcards.method),
        code=lambda wildcards: code_version("attribute_randomised", *modules_of(wildcards.method)),
    message:
        "Attributing pairs of {wildcards.set} by {wildcards.method} as weights are drawn anew"
    script:
        "../workflow_scripts/attribute_randomised.py"


rule measure_trivial:
    input:
        examples="<run>/study/{set}/items.parquet",
        scores="<run>/study/{set}/scores.parquet",
        models=[f"<run>/{file}" for model in of_members("model") for file in folder(model)],
        calibration="<run>/calibration.json",
    output:
        measured="<run>/study/{set}/trivial.parquet",
        left_out="<run>/study/{set}/left_out.parquet",
        removed="<run>/study/{set}/removed.parquet",
    log:
        "<logs>/measure_trivial.{set}.log",
    conda:
        "../envs/torch.yaml"
    threads: ALL_MEMBERS
    resources:
        gpu=min(1, SETTINGS.jobs.gpus),
        device=SETTINGS.device,
        batch_tokens=SETTINGS.jobs.batch_tokens,
    params:
        settings=config_of.measure_trivial(SETTINGS),
        code=code_version("measure_trivial"),
    message:
        "Measuring pairs of {wildcards.set} by rules that ignore it"
    script:
        "../workflow_scripts/measure_trivial.py"


rule measure_study:
    input:
        examples="<run>/study/{set}/items.parquet",
        scores="<run>/study/{set}/scores.parquet",
        models=[f"<run>/{file}" for model in of_members("model") for file in folder(model)],
        calibration="<run>/calibration.json",
        attributions="<run>/study/{set}/attributions/{method}.parquet",
        left_out="<run>/study/{set}/left_out.parquet",
        removed="<run>/study/{set}/removed.parquet",
    output:
        "<run>/study/{set}/measured/{method}.parquet",
    log:
        "<logs>/measure_study.{set}.{method}.log",
    conda:
        "../envs/torch.yaml"
    threads: ALL_MEMBERS
    resources:
        gpu=min(1, SETTINGS.jobs.gpus),
        device=SETTINGS.device,
        batch_tokens=SETTINGS.jobs.batch_tokens,
    params:
        settings=lambda wildcards: config_of.measure_study(SETTINGS, wildcards.method),
        code=code_version("measure_study"),
    message:
        "Measuring pairs of {wildcards.set} by {wildcards.method}"
    script:
        "../workflow_scripts/measure_study.py"


rule measure_matrix:
    input:
        examples="<run>/study/{set}/items.parquet",
        scores="<run>/study/{set}/scores.parquet",
        models=[f"<run>/{file}" for model in of_members("model") for file in folder(model)],
        calibration="<run>/calibration.json",
    output:
        "<run>/study/{set}/matrices/{estimator}.parquet",
    log:
        "<logs>/measure_matrix.{set}.{estimator}.log",
    conda:
        "../envs/torch.yaml"
    threads: ALL_MEMBERS
    resources:
        gpu=min(1, SETTINGS.jobs.gpus),
        device=SETTINGS.device,
        batch_tokens=SETTINGS.jobs.batch_tokens,
    params:
        settings=lambda wildcards: config_of.measure_matrix(SETTINGS, wildcards.estimator),
        code=code_version("measure_matrix"),
    message:
        "Measuring the matrices of pairs of {wildcards.set} by {wildcards.estimator}"
    script:
        "../workflow_scripts/measure_matrix.py"


rule compare_methods:
    # In the order of methods, then of members.
    input:
        examples="<run>/study/{set}/items.parquet",
        scores="<run>/study/{set}/scores.parquet",
        measured=expand("<run>/study/{{set}}/measured/{method}.parquet", method=SETTINGS.study.methods),
        trivial="<run>/study/{set}/trivial.parquet",
        matrices=expand("<run>/study/{{set}}/matrices/{estimator}.parquet", estimator=SETTINGS.study.matrices),
        attributions=expand("<run>/study/{{set}}/attributions/{method}.parquet", method=SETTINGS.study.methods),
        members=[
            file
            for method in SETTINGS.study.methods
            for file in of_each_member(f"<run>/study/{{{{set}}}}/{{member}}/attributions/{method}.parquet")
        ],
        randomised=expand("<run>/study/{{set}}/randomised/{method}.parquet", method=SETTINGS.study.methods),
        again=expand("<run>/study/{{set}}/again/{method}.parquet", method=SETTINGS.study.methods),
        edited=expand("<run>/study/{{set}}/edited/{method}.parquet", method=SETTINGS.study.methods),
        turned=expand("<run>/study/{{set}}/turned/{method}.parquet", method=SETTINGS.study.methods),
        seconds=expand("<run>/study/{{set}}/seconds/{method}.json", method=SETTINGS.study.methods),
    output:
        "<run>/study/{set}/study.json",
    log:
        "<logs>/compare_methods.{set}.log",
    conda:
        "../envs/data.yaml"
    params:
        settings=lambda wildcards: config_of.compare_methods(SETTINGS, wildcards.set),
        code=code_version("compare_methods"),
    message:
        "Comparing explanation methods on {wildcards.set}"
    script:
        "../workflow_scripts/compare_methods.py"
