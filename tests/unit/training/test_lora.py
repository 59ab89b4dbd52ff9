"""LoRA: what learns, what stays, and that what is saved is a stock model that judges as the one that was trained."""

import numpy as np
import pytest
import torch
from families import Row
from pair_tasks import TRUTH, Q, T
from toys import model_folder

from yiju.base.errors import YijuError
from yiju.models import suited
from yiju.models.folder import load_model, load_tokenizer
from yiju.models.inference import predict_logits
from yiju.models.suited import require_suited
from yiju.models.tokens import encode_pairs
from yiju.training.loop import Machine
from yiju.training.pair_model import GivenPairs, finetune_pairs
from yiju.training.techniques.lora import low_rank

PAIRS = GivenPairs(Q, T, TRUTH)
ON = {"enabled": True, "rank": 2}
FAST = {"epochs": 2, "learning_rate": 1e-2, "batch_size": 16, "warmup": 0.0}


@pytest.mark.parametrize("architecture", ["bert", "xlm-roberta", "modernbert", "deberta-v2", "albert", "qwen3"])
def test_layers_move_by_matrices_of_the_rank_and_embeddings_stay(tmp_path, family_folder, architecture):
    pytest.importorskip("peft", reason="peft is not installed")
    folder = family_folder(Row("two labels", architecture))
    finetune_pairs(
        *(folder, PAIRS, PAIRS, tmp_path / "out", tmp_path / "work", {"finetune": FAST | {"lora": ON}}),
        machine=Machine("cpu", 1, 400),
    )
    model = load_model(tmp_path / "out", "classifier", whole=True)
    before, after = load_model(folder, "classifier").state_dict(), model.state_dict()
    assert before.keys() == after.keys()
    moved = {name: after[name] - weight for name, weight in before.items() if not torch.equal(after[name], weight)}
    own = [name for name in moved if name.startswith(f"{model.base_model_prefix}.")]
    assert not any("embeddings" in name or "embed_tokens" in name or "norm" in name.lower() for name in own)
    layers = [change for name, change in moved.items() if suited.LAYER.search(name)]
    assert layers and all(torch.linalg.matrix_rank(change, atol=1e-4) <= 2 for change in layers)
    assert any(not name.startswith(f"{model.base_model_prefix}.") for name in moved)


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_the_model_is_stock_again_and_judges_as_it_was_trained(tmp_path, dropout):
    pytest.importorskip("peft", reason="peft is not installed")
    folder = model_folder(tmp_path)
    model, tokenizer = load_model(folder, "classifier", seed=1).eval(), load_tokenizer(folder)
    names, pairs = list(model.state_dict()), encode_pairs(tokenizer, Q, T, 32)
    with low_rank(model, 3, 6.0, dropout):
        with torch.no_grad():
            for name, weight in model.named_parameters():
                if "lora_" in name:
                    weight.normal_(generator=torch.Generator().manual_seed(len(name)))
        trained = predict_logits(model, pairs, 200)
    assert list(model.state_dict()) == names
    assert all(weight.requires_grad for weight in model.parameters())
    np.testing.assert_allclose(predict_logits(model, pairs, 200), trained, rtol=0, atol=1e-5)


def test_without_its_package_it_is_refused_at_the_start(tmp_path, monkeypatch):
    folder = model_folder(tmp_path)
    monkeypatch.setattr(suited, "find_spec", lambda name: None)
    with pytest.raises(YijuError, match=r"^finetune\.lora: needs the package peft, which is not installed"):
        require_suited(load_model(folder, "classifier"), load_tokenizer(folder), ["lora"])


def test_moved_word_embeddings_and_lora_exclude_each_other(tmp_path):
    both = {"finetune": {"fgm": {"enabled": True}, "lora": ON}}
    with pytest.raises(YijuError, match="lora and fgm exclude each other: LoRA keeps the word embeddings"):
        finetune_pairs(model_folder(tmp_path / "start"), PAIRS, PAIRS, tmp_path / "out", tmp_path / "work", both)
