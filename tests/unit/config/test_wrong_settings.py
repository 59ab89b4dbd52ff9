"""What is wrong with a configuration is said with key, file, line and what is allowed."""

import pytest
import yaml
from configurations import CONFIG, merged, read

from yiju.base.errors import YijuError
from yiju.config.load import load

CATALOGUE = "corpora: {catalogue: {Mine: {reader: lcqmc, files: [%s]}}}"
DIGITS = "0123456789abcdef"


def refused(text, tmp_path):
    """The message with which a preset of this text is refused."""
    preset = tmp_path / "mine.yaml"
    preset.write_text(text, encoding="utf-8")
    with pytest.raises(YijuError) as error:
        load(read(CONFIG, preset), [CONFIG, preset])
    return str(error.value)


def test_a_missing_key_without_a_default_is_named_with_the_file_to_write_it_into(tmp_path):
    message = refused("corpora:\n  catalogue:\n    Mine: {reader: lcqmc}", tmp_path)
    assert message.endswith(f"corpora.catalogue.Mine.files ({tmp_path}/mine.yaml line 3): missing; write it there")


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("colour: red", "colour (mine.yaml line 1)", "no such key; allowed here: run, seed, language, device"),
        ("finetune:\n  epoch: 3", "finetune.epoch (mine.yaml line 2)", "allowed here: corpora, folds"),
        ("finetune: {fgm: {eps: 1.0}}", "finetune.fgm.eps (mine.yaml line 1)", "allowed here: enabled, epsilon"),
        (
            CATALOGUE % "{split: train, source: a.tsv, sha: x}",
            "corpora.catalogue.Mine.files.0.sha (mine.yaml line 1)",
            "no such key; allowed here: source, sha256, md5, mirrors, hub, revision, split, member, member_sha256",
        ),
        ("seed: one", "seed (mine.yaml line 1)", "valid integer; found 'one'"),
        ("seed: -1", "seed (mine.yaml line 1)", "greater than or equal to 0; found -1"),
        ("seed: 1.5", "seed (mine.yaml line 1)", "valid integer"),
        ("run: ../elsewhere", "run (mine.yaml line 1)", "a name has Latin letters, digits and the signs _ . - only"),
        ("run: 我的", "run (mine.yaml line 1)", "begins with a letter or digit; found '我的'"),
        ("run: ''", "run (mine.yaml line 1)", "begins with a letter or digit; found ''"),
        ("run:", "run (mine.yaml line 1)", "no value is given; write one, or take the line out"),
        ("finetune:\n  epochs:", "finetune.epochs (mine.yaml line 2)", "no value is given; write one, or take the"),
        ("finetune: {learning_rate: 2E5}", "finetune.learning_rate (mine.yaml line 1)", "a minus or a point may be"),
        ("posttrain: {learning_rate: 2}", "posttrain.learning_rate (mine.yaml line 1)", "may be missing; found 2"),
        ("finetune: {weight_decay: 5}", "finetune.weight_decay (mine.yaml line 1)", "or equal to 1; found 5"),
        ("finetune: {learning_rate: fast}", "finetune.learning_rate (", "a valid number or 'auto'; found 'fast'"),
        ("finetune: {evaluate_every: often}", "finetune.evaluate_every (", "a valid integer or 'auto'; found 'often'"),
        ("seed: '1'", "seed (mine.yaml line 1)", "found '1'; write the number without quotes"),
        ("finetune: {epochs: '3'}", "finetune.epochs (mine.yaml line 1)", "'3'; write the number without quotes"),
        ("finetune: {average_orders: 'true'}", "finetune.average_orders (", "write true or false, without quotes"),
        ("seed: 1e3", "seed (mine.yaml line 1)", "write the whole number out: 1000"),
        (
            "finetune: {fgm: true}",
            "finetune.fgm (mine.yaml line 1)",
            "(its keys: enabled, epsilon), found True; write {enabl",
        ),
        ("corpora: {use: LCQMC}", "corpora.use (mine.yaml line 1)", "found 'LCQMC'; write a list: [LCQMC]"),
        ("corpora:\n  use:\n    - yes", "corpora.use.0 (mine.yaml line 3)", "found True; YAML takes it for true or"),
        ("device: gpu", "device (mine.yaml line 1)", "'auto', 'cpu' or 'cuda'; found 'gpu'"),
        (
            "corpora:\n  max_rejected: 1.5",
            "corpora.max_rejected (mine.yaml line 2)",
            "equal to 1; found 1.5",
        ),
        ("finetune:\n\n  epochs: 0", "finetune.epochs (mine.yaml line 3)", "greater than 0; found 0"),
        ("finetune: {folds: 0}", "finetune.folds (mine.yaml line 1)", "greater than or equal to 1; found 0"),
        ("finetune: {corpora: []}", "finetune.corpora (mine.yaml line 1)", "at least 1 item"),
        ("finetune: {fgm: {enabled: 'yes'}}", "finetune.fgm.enabled (mine.yaml line 1)", "valid boolean; found 'yes'"),
        ("training: {precision: tf32}", "training.precision (mine.yaml line 1)", "'fp32', 'bf16' or 'fp16'"),
        ("training: {max_minutes: 0}", "training.max_minutes (mine.yaml line 1)", "greater than 0; found 0"),
        ("training: {trackers: [visdom]}", "training.trackers.0 (mine.yaml line 1)", "found 'visdom'"),
        ("finetune: {learning_rate: -0.1}", "finetune.learning_rate (mine.yaml line 1)", "greater than 0; found -0.1"),
        (
            "finetune: {fgm: {enabled: true, epsilon: 0}}",
            "finetune.fgm.epsilon (mine.yaml line 1)",
            "greater than 0; found 0",
        ),
        (
            "finetune: {pgd: {enabled: true, steps: 0}}",
            "finetune.pgd.steps (mine.yaml line 1)",
            "greater than or equal to 1; found 0",
        ),
        (
            "finetune: {mixup: {enabled: true, at: third}}",
            "finetune.mixup.at (mine.yaml line 1)",
            "'embedding', 'pooler', 'last' or 'inner'; found 'third'",
        ),
        ("finetune: {seeds: 0}", "finetune.seeds (mine.yaml line 1)", "greater than or equal to 1; found 0"),
        (
            "finetune: {fgm: {enabled: true}, pgd: {enabled: true}}",
            "finetune (mine.yaml line 1)",
            "enable one of them",
        ),
        ("finetune: {decision_threshold: 0.97}", "finetune (mine.yaml line 1)", "set calibrate: false to choose it"),
        ("posttrain: {dictionary: words.txt}", "posttrain (mine.yaml line 1)", "read with masking: words only"),
        ("posttrain: {packing: true, unit: pairs}", "posttrain (mine.yaml line 1)", "set unit: sentences"),
        ("encoder: {max_length: 10000}", "encoder.max_length (mine.yaml line 1)", "less than or equal to 8192"),
        ("encoder: {match_marker: maybe}", "encoder.match_marker (mine.yaml line 1)", "found 'maybe'"),
        ("posttrain: {corpora: some}", "posttrain.corpora (mine.yaml line 1)", "'all'"),
        (
            "augment: {method: much}",
            "augment.method (mine.yaml line 1)",
            "'none', 'published' or 'closure'; found 'much'",
        ),
        ("explain: {select: {ratio: 0}}", "explain.select.ratio (mine.yaml line 1)", "greater than 0; found 0"),
        ("explain: {select: {by: best}}", "explain.select.by (mine.yaml line 1)", "'mass' or 'dev'; found 'best'"),
        ("fusion: {relations: some}", "fusion.relations (mine.yaml line 1)", "'found' or 'none'; found 'some'"),
        ("fusion: {similarity: 0}", "fusion.similarity (mine.yaml line 1)", "greater than 0; found 0"),
        (
            "fusion: {originals: null}",
            "fusion.originals (mine.yaml line 1)",
            "no value is given; write one, or take the line out. Input should be a valid string",
        ),
        ("fusion: {share: all}", "fusion.share (mine.yaml line 1)", "'original' or 'consensus'; found 'all'"),
        ("evaluate: {bootstrap: 10}", "evaluate.bootstrap (mine.yaml line 1)", "greater than or equal to 100"),
        ("training: {compile: true, accelerate: a.yaml}", "training (mine.yaml line 1)", "do not go together"),
        (
            "training: {accelerate: a.yaml}\nfinetune: {ema: {enabled: true}}",
            "finetune.ema (mine.yaml line 2)",
            "needs whole weights, which training.accelerate shards",
        ),
        ("jobs: {gpus: 100}", "posttrain.batch_size (", "less than the 100 processes of a training"),
        (
            "finetune: {intermediate: {corpora: [AFQMC]}, multi_dropout: {enabled: true, combine: sum}}",
            "finetune (mine.yaml line 1)",
            "scale the head twice; take mean",
        ),
        ("jobs: {gpus: -1}", "jobs.gpus (mine.yaml line 1)", "greater than or equal to 0; found -1"),
        ("corpora: {nli_labels: {neutral: 2}}", "corpora.nli_labels.neutral (mine.yaml line 1)", "0 or 1; found 2"),
        ("encoder: 3", "encoder (mine.yaml line 1)", "found 3"),
        ("explain: {methods: [guess]}", "explain (mine.yaml line 1)", "no method 'guess'; there are attention_rollout"),
        (
            "explain: {options: {guess: {steps: 3}}}",
            "explain (mine.yaml line 1)",
            "no method 'guess'; there are attention_rollout",
        ),
        (
            "explain: {options: {occlusion: {steps: 3}}}",
            "explain (mine.yaml line 1)",
            "occlusion has no option 'steps'; it has removal",
        ),
        (
            "explain: {options: {path: {method: integrated_gradients, steps: 0}}}",
            "explain (mine.yaml line 1)",
            "options.path.steps: Input should be greater than or equal to 1; found 0",
        ),
        (
            "distill: {teacher: run, start: members}\nfinetune: {loss: bce}",
            "distill.start (mine.yaml line 1)",
            "set distill.start: encoder, or finetune.loss: cross_entropy",
        ),
        (
            "corpora: {catalogue: {BQ: {files: [{split: dev, source: dev.csv}]}}}\ndistill: {corpora: [BQ]}",
            "distill.corpora (mine.yaml line 2)",
            "names BQ, without a file of split train, and a student learns train pairs alone",
        ),
        ("study: {methods: [guess]}", "study.methods (mine.yaml line 1)", "no method 'guess'"),
        ("study: {sets: [C]}", "study.sets (mine.yaml line 1)", "names 'C', which is not in the sets judged"),
        (
            "encoder: {scratch: {heads: 3}}",
            "encoder.scratch (mine.yaml line 1)",
            "3 heads do not divide a width of 128",
        ),
        ("encoder: {source: folder}", "encoder (mine.yaml line 1)", "source folder or hub needs a name"),
        ("encoder: {name: bert}", "encoder (mine.yaml line 1)", "source scratch takes none"),
        ("encoder: {source: hub, name: a/b}", "encoder (mine.yaml line 1)", "a hub model needs its revision"),
        (
            "encoder: {source: hub, name: a/b, revision: main}",
            "encoder.revision (mine.yaml line 1)",
            "a commit is written with its 40 hexadecimal digits (0 to 9, a to f), because a branch or",
        ),
        (
            "corpora:\n  sts_scores: {negative: 5.0}",
            "corpora.sts_scores (mine.yaml line 2)",
            "negative must lie below positive",
        ),
        (
            "corpora: {use: [LCQMC, Mine]}",
            "corpora (mine.yaml line 1)",
            "'Mine', which is not in catalogue: LCQMC",
        ),
        ("test_sets: {use: [C]}", "test_sets (mine.yaml line 1)", "use names 'C', which is not in catalogue: sample"),
        ("test_sets: {catalogue: {dev: {items: {source: a}}}}", "test_sets (mine.yaml line 1)", "'dev' is taken by"),
        ("test_sets: {catalogue: {test: {items: {source: a}}}}", "test_sets (mine.yaml line 1)", "'test' is taken by"),
        (
            CATALOGUE % "{split: training, source: a.tsv}",
            "corpora.catalogue.Mine.files.0.split (mine.yaml line 1)",
            "'train', 'dev' or 'test'",
        ),
        (
            CATALOGUE % '{split: train, source: "https://example.org/a.tsv"}',
            "corpora.catalogue.Mine.files.0 (mine.yaml line 1)",
            "a URL needs its sha256",
        ),
        (
            CATALOGUE % f"{{split: train, source: a.tsv, sha256: {DIGITS}}}",
            "corpora.catalogue.Mine.files.0.sha256 (mine.yaml line 1)",
            "a SHA-256 checksum has 64 hexadecimal digits",
        ),
        (
            CATALOGUE % "{split: train, source: a/x.tsv}, {split: dev, source: b/x.tsv}",
            "corpora.catalogue.Mine (mine.yaml line 1)",
            "two sources have the name x.tsv",
        ),
        (
            CATALOGUE % "{split: train, source: a.zip, member: x}, {split: dev, source: a.zip, member: x}",
            "corpora.catalogue.Mine (mine.yaml line 1)",
            "a file, or a member of an archive, is named twice",
        ),
        (
            CATALOGUE % "{split: train, source: a.tsv, mirrors: ['https://b/a.tsv']}",
            "corpora.catalogue.Mine.files.0 (mine.yaml line 1)",
            "mirrors are other URLs of a source that is a URL",
        ),
        (
            CATALOGUE % "{split: train, source: a.tsv, hub: who/what}",
            "corpora.catalogue.Mine.files.0 (mine.yaml line 1)",
            "hub and revision come together",
        ),
        (
            "corpora: {filters: {conflicts: true}}",
            "corpora.filters.conflicts (mine.yaml line 1)",
            "'drop', 'first', 'majority' or 'keep'",
        ),
        (CATALOGUE % "", "corpora.catalogue.Mine.files (mine.yaml line 1)", "at least 1 item"),
        (
            "corpora: {catalogue: {LCQMC: {reader: lcqm}}}",
            "corpora.catalogue.LCQMC (mine.yaml line 1)",
            "no reader 'lcqm'; there are afqmc, ccks2018",
        ),
        (
            "corpora: {catalogue: {LCQMC: {options: {separator: ','}}}}",
            "corpora.catalogue.LCQMC (mine.yaml line 1)",
            "reader lcqmc has no option 'separator'; allowed: none",
        ),
    ],
)
def test_a_wrong_value_is_refused_with_key_file_line_and_what_is_allowed(text, place, says, tmp_path):
    message = refused(text, tmp_path).replace(f"{tmp_path}/", "")

    assert place in message
    assert says in message
    assert message.count("\n") == 1
    assert "gives text" not in message


def test_a_text_that_config_gives_is_explained():
    with pytest.raises(YijuError, match=r"finetune.epochs \(--config\): .*; --config gives text inside a section"):
        load(merged(read(CONFIG), {"finetune": {"epochs": "3"}}), [CONFIG])


@pytest.mark.parametrize(
    ("key", "names"),
    [
        ("corpora.use", ["LCQMC", "LCQMC"]),
        ("test_sets.use", ["sample", "sample"]),
        ("posttrain.corpora", ["LCQMC", "LCQMC"]),
        ("finetune.corpora", ["LCQMC", "LCQMC"]),
        ("finetune.intermediate.corpora", ["LCQMC", "LCQMC"]),
        ("explain.methods", ["occlusion", "lime", "occlusion"]),
        ("study.sets", ["dev", "dev"]),
        ("study.methods", ["occlusion", "occlusion"]),
        ("evaluate.splits", ["test", "test"]),
        ("training.trackers", ["tensorboard", "tensorboard"]),
    ],
)
def test_a_name_that_stands_in_a_list_twice_is_refused(key, names, tmp_path):
    value = names
    for part in reversed(key.split(".")):
        value = {part: value}
    message = refused(yaml.safe_dump(value), tmp_path)
    assert f"{key} ({tmp_path}/mine.yaml line " in message
    assert f"{names[0]!r} stands in this list more than once; name it once" in message


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("finetune: {corpora: [Mine]}", "finetune.corpora"),
        ("posttrain: {corpora: [Mine]}", "posttrain.corpora"),
        ("fusion: {originals: Mine}", "fusion.originals"),
    ],
)
def test_a_corpus_that_the_run_does_not_use_is_refused_with_key_file_line_and_what_is_allowed(text, key, tmp_path):
    message = refused(text, tmp_path).replace(f"{tmp_path}/", "")

    assert f"{key} (mine.yaml line 1)" in message
    assert "names 'Mine', which is not in corpora.use: LCQMC, AFQMC" in message


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("finetune:\n      weightin: x", "finetune.weightin (mine.yaml line 4)", "no such key; allowed here: corpora"),
        ("finetune: {epochs: many}", "finetune.epochs (mine.yaml line 3)", "valid number; found 'many'"),
        ("finetune: {mixup: {beta: 0}}", "finetune.mixup.beta (mine.yaml line 3)", "greater than 0; found 0"),
        ("encoder: {scratch: {heads: 3}}", "encoder.scratch (mine.yaml line 3)", "do not divide a width of 128"),
        (
            "finetune: {fgm: {enabled: true}, pgd: {enabled: true}}",
            "finetune (mine.yaml line 3)",
            "fgm and pgd both move",
        ),
        ("finetune: {corpora: [LCQMC]}", "finetune.corpora (mine.yaml line 3)", "judged on, the same pairs; change it"),
        (
            "encoder: {scratch: {vocabulary_size: 200}}",
            "encoder.scratch.vocabulary_size (mine.yaml line 3)",
            "all variants share one vocabulary",
        ),
    ],
)
def test_a_wrong_key_of_a_variant_is_named_as_it_stands_in_the_configuration(text, place, says, tmp_path):
    message = refused(f"variants:\n  mine:\n    {text}\n", tmp_path).replace(f"{tmp_path}/", "")

    assert f"  variants.mine.{place}: " in message
    assert says in message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("base: {finetune: {epochs: 1}}", "variants.base (mine.yaml line 1): the run as configured bears this name"),
        ("mine: {corpora: {use: [LCQMC]}}", "variants.mine.corpora (mine.yaml line 1): Input should be 'encoder', "),
        ("my own: {finetune: {epochs: 1}}", "variants.my own (mine.yaml line 1): a name has Latin letters"),
        ("mine: {}", "variants.mine (mine.yaml line 1): computes nothing that base does not compute as well"),
        ("mine: {finetune: {epochs: 8}}", "variants.mine (mine.yaml line 1): computes nothing that base does not"),
        # Changes a key that nothing reads while the method is another.
        ("mine: {augment: {closure: {share: 0.1}}}", "variants.mine (mine.yaml line 1): computes nothing that base"),
        (
            "one: {finetune: {epochs: 1}}, two: {finetune: {epochs: 1.0}}",
            "variants.two (mine.yaml line 1): computes nothing that one does not compute as well",
        ),
    ],
)
def test_a_variant_without_a_meaning_of_its_own_is_refused(text, says, tmp_path):
    assert says in refused(f"variants: {{{text}}}", tmp_path).replace(f"{tmp_path}/", "")


def test_every_wrong_key_is_named_at_once(tmp_path):
    message = refused("seed: one\ndevice: gpu\nfinetune: {epoch: 3}", tmp_path)

    assert [line.split(" (")[0] for line in message.split("\n")[1:]] == ["  seed", "  device", "  finetune.epoch"]


def test_the_place_of_a_key_is_the_last_file_that_holds_it(tmp_path):
    first, last = tmp_path / "first.yaml", tmp_path / "last.yaml"
    first.write_text("seed: 1\n", encoding="utf-8")
    last.write_text("\nseed: -1\n", encoding="utf-8")

    with pytest.raises(YijuError) as error:
        load(read(CONFIG, first, last), [CONFIG, first, last])

    assert "seed (" in str(error.value)
    assert "last.yaml line 2)" in str(error.value)
