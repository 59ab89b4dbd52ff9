"""Random masking of what the classifier reads, and the switches of all techniques in the configuration."""

from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from pair_tasks import assert_same, expected, gradients, toy_task
from torch.nn import functional
from toys import classifier

from yiju.encoder.folder import load_tokenizer
from yiju.errors import YijuError
from yiju.settings import load
from yiju.training.masking import Hiding
from yiju.training.objective import PLAIN, Techniques

CONFIG = Path(__file__).resolve().parents[3] / "config.yaml"
ROWS = np.arange(20)


def test_each_token_that_stands_for_text_is_hidden_with_the_share(tmp_path):
    _, tokenizer = classifier(tmp_path)
    hiding = Hiding.of(0.3, tokenizer)
    frame = [tokenizer.cls_token_id, tokenizer.sep_token_id, tokenizer.pad_token_id]
    ids = torch.tensor([*frame, tokenizer.unk_token_id, 20, 21]).repeat(20_000, 1)
    hidden = hiding(ids, torch.rand(ids.shape, generator=torch.Generator().manual_seed(1)))
    assert torch.equal(hidden[:, :3], ids[:, :3])
    changed = hidden != ids
    assert (hidden[changed] == tokenizer.mask_token_id).all()
    # 20,000 draws a column: four standard deviations are .013.
    assert ((changed[:, 3:].double().mean(0) - 0.3).abs() < 0.013).all()


def test_what_is_hidden_depends_on_the_seed_and_not_on_the_budget(tmp_path):
    task = toy_task(tmp_path, Techniques(hiding=Hiding(0.4, 4, (0, 2, 3))))
    one, same, other = gradients(task, ROWS, 1, 5), gradients(task, ROWS, 90, 5), gradients(task, ROWS, 1, 6)
    assert_same(same, one)
    assert one[0] != other[0]
    assert one[0] != gradients(toy_task(tmp_path / "plain", PLAIN), ROWS, 1, 5)[0]


def test_markers_are_those_of_the_masked_text_on_both_sides(tmp_path):
    """The model sees [MASK] as if the sentences had been written so, and no match with what is hidden."""
    task = toy_task(tmp_path, Techniques(hiding=Hiding.of(0.4, classifier(tmp_path / "again")[1])), marker=True)
    tokenizer = load_tokenizer(tmp_path)
    seen = []
    embeddings = task.model.classifier.bert.embeddings.token_type_embeddings
    embeddings.register_forward_pre_hook(lambda module, args: seen.append(args[0]))
    (micro,) = task.micro_batches(ROWS, 10_000, 5)
    ids, sides = micro.inputs["input_ids"], micro.inputs["token_type_ids"]
    task.model(**micro.inputs)
    for row in range(len(ids)):
        for place in range(ids.shape[1]):
            across = ids[row][sides[row] != sides[row, place]].tolist()
            token = ids[row, place].item()
            match = token in across and token not in tokenizer.all_special_ids
            assert seen[0][row, place] == sides[row, place] + 2 * match
    before = task.pairs.batch(np.array(sorted(ROWS, key=lambda row: -task.lengths[row]))).input_ids
    hidden = ids == tokenizer.mask_token_id
    assert hidden.any() and torch.equal(ids[~hidden], before[~hidden])


def test_everything_at_once_is_still_a_mean_over_pairs(tmp_path):
    """R-Drop, weights, smoothing and hiding together: any micro-batches, the same."""
    weights = np.linspace(0.5, 1.5, 31)
    task = toy_task(tmp_path, Techniques(0.1, 2.0, None, Hiding(0.2, 4, (0, 2, 3))), weights)
    assert_same(gradients(task, ROWS, 1), gradients(task, ROWS, 10_000))
    (micro,) = task.micro_batches(ROWS, 10_000, 5)
    names = ("input_ids", "attention_mask", "token_type_ids")
    logits = task.model.classifier(**{name: micro.inputs[name] for name in names}).logits
    each = functional.cross_entropy(logits, micro.inputs["labels"], label_smoothing=0.1, reduction="none")
    assert_same(gradients(task, ROWS, 10_000), expected(task, (micro.inputs["weights"] * each).mean()))


def test_the_configuration_says_which_techniques_are_on(tmp_path):
    model, tokenizer = classifier(tmp_path)
    settings = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))["finetune"]
    assert Techniques.of(settings, model, tokenizer) == PLAIN
    on = settings | {"label_smoothing": 0.1, "mask_share": 0.2, "rdrop": {"enabled": True, "alpha": 3.0}}
    chosen = Techniques.of(on, model, tokenizer)
    assert (chosen.label_smoothing, chosen.rdrop_alpha, chosen.hiding.share, chosen.passes) == (0.1, 3.0, 0.2, 2)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"rdrop": {"alpha": -1.0}}, "finetune.rdrop.alpha"),
        ({"multi_dropout": {"samples": 1}}, "finetune.multi_dropout.samples"),
        ({"multi_dropout": {"combine": "max"}}, "finetune.multi_dropout.combine"),
        ({"mixup": {"at": "first"}}, "'embedding', 'pooler', 'last' or 'inner'"),
        ({"mixup": {"beta": 0.0}}, "finetune.mixup.beta"),
        ({"weighting": "bleu"}, "finetune.weighting"),
        ({"label_smoothing": -0.1}, "finetune.label_smoothing"),
        ({"mask_share": 1.0}, "finetune.mask_share"),
        ({"mixup": {"enabled": True}, "rdrop": {"enabled": True}}, "mixup and rdrop both ask"),
    ],
)
def test_settings_without_sense_are_refused(change, says):
    config = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    for key, value in change.items():
        own = config["finetune"]
        own[key] = own[key] | value if isinstance(value, dict) else value
    with pytest.raises(YijuError) as refusal:
        load(config, [CONFIG])
    assert says in str(refusal.value)
