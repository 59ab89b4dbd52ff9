# From the publishers' files to one table for each corpus and set. Local files are read where they lie. What reads or
# fetches files runs where Snakemake does: a cluster's nodes often see no network, and may not see the files either.


rule fetch_corpus:
    output:
        "<raw>/corpora/{corpus}/{file}",
    log:
        "<logs>/fetch_corpus.{corpus}.{file}.log",
    localrule: True
    conda:
        "../envs/data.yaml"
    resources:
        # Where else the file may come from makes no other file: a change of these reruns nothing.
        downloads=SETTINGS.corpora.downloads,
        lock=SETTINGS.corpora.lock,
        mirrors=lambda wildcards: " ".join(source_of(wildcards).mirrors),
        home=lambda wildcards: SETTINGS.corpora.catalogue[wildcards.corpus].home or "",
        terms=lambda wildcards: SETTINGS.corpora.catalogue[wildcards.corpus].terms or "",
    params:
        settings=lambda wildcards: config_of.fetch_corpus(SETTINGS, wildcards.corpus, wildcards.file),
        code=code_version("fetch_corpus"),
    message:
        "Fetching {wildcards.corpus}: {wildcards.file}"
    script:
        "../workflow_scripts/fetch_corpus.py"


rule fetch_test_set:
    output:
        "<raw>/test_sets/{set}/{file}",
    log:
        "<logs>/fetch_test_set.{set}.{file}.log",
    localrule: True
    conda:
        "../envs/data.yaml"
    resources:
        # As above.
        downloads=SETTINGS.corpora.downloads,
        lock=SETTINGS.corpora.lock,
        mirrors=lambda wildcards: " ".join(set_source_of(wildcards).mirrors),
        home=lambda wildcards: SETTINGS.test_sets.catalogue[wildcards.set].home or "",
        terms=lambda wildcards: SETTINGS.test_sets.catalogue[wildcards.set].terms or "",
    params:
        settings=lambda wildcards: config_of.fetch_test_set(SETTINGS, wildcards.set, wildcards.file),
        code=code_version("fetch_test_set"),
    message:
        "Fetching test set {wildcards.set}: {wildcards.file}"
    script:
        "../workflow_scripts/fetch_test_set.py"


rule normalise_corpus:
    input:
        files=lambda wildcards: corpus_files(wildcards.corpus),
    output:
        pairs="<data>/corpora/{corpus}.parquet",
        rejected="<data>/corpora/{corpus}.rejected.parquet",
        files="<data>/corpora/{corpus}.files.json",
    log:
        "<logs>/normalise_corpus.{corpus}.log",
    localrule: True
    conda:
        "../envs/data.yaml"
    resources:
        shared=lambda wildcards: sharing(wildcards.corpus),
        # For messages alone.
        home=lambda wildcards: SETTINGS.corpora.catalogue[wildcards.corpus].home or "",
        terms=lambda wildcards: SETTINGS.corpora.catalogue[wildcards.corpus].terms or "",
    params:
        settings=lambda wildcards: config_of.normalise_corpus(SETTINGS, wildcards.corpus),
        code=lambda wildcards: code_version(
            "normalise_corpus", module_name(SETTINGS.corpora.catalogue[wildcards.corpus].reader)
        ),
    message:
        "Reading {wildcards.corpus}"
    script:
        "../workflow_scripts/normalise_corpus.py"


rule prepare_test_set:
    input:
        examples=set_file("items"),
        gold=set_file("gold"),
    output:
        table="<data>/sets/{set}.parquet",
        files="<data>/sets/{set}.files.json",
    log:
        "<logs>/prepare_test_set.{set}.log",
    localrule: True
    conda:
        "../envs/data.yaml"
    resources:
        # For messages alone.
        home=lambda wildcards: SETTINGS.test_sets.catalogue[wildcards.set].home or "",
        terms=lambda wildcards: SETTINGS.test_sets.catalogue[wildcards.set].terms or "",
    params:
        settings=lambda wildcards: config_of.prepare_test_set(SETTINGS, wildcards.set),
        code=code_version("prepare_test_set"),
    message:
        "Reading test set {wildcards.set}"
    script:
        "../workflow_scripts/prepare_test_set.py"
