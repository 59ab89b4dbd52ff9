# What a model folder says of itself, for whoever it is handed to.


rule write_card:
    # In the order of sets.
    input:
        model=computed("finetune", "folds/{member}/model/config.json"),
        weights=computed("finetune", "folds/{member}/model/model.safetensors"),
        calibration=computed("finetune", "folds/{member}/calibration.json"),
        scores=expand("<branch>/folds/{{member}}/{set}/scores.parquet", set=JUDGED_SETS),
        examples=[table_of(name) for name in JUDGED_SETS],
        overlap="<run>/overlap.json",
        ledger="<data>/ledger.json",
        near_leaks="<data>/near_leaks.json",
        versions="<run>/versions.json",
        explanation="<branch>/explanation.json",
    output:
        card="<branch>/folds/{member}/model/README.md",
        about="<branch>/folds/{member}/model/yiju.json",
    log:
        "<branch>/logs/write_card.{member}.log",
    conda:
        "../envs/report.yaml"
    params:
        settings=lambda wildcards: config_of.write_card(of(wildcards)) | {"synthetic": SYNTHETIC},
        code=code_version("write_card", "yiju.base.chinese", "yiju.base.traditional"),
    message:
        "Writing the model card of fold {wildcards.member}{wildcards.variant}"
    script:
        "../workflow_scripts/write_card.py"
