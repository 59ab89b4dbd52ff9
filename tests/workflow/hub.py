"""A hub on this machine that serves folders as checkpoints, in the protocol that huggingface_hub speaks."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from families.charsmap import charsmap
from families.tokenizer_kinds import ROBERTA
from projects import ROOT
from transformers import (
    BertConfig,
    BertForMaskedLM,
    BertTokenizerFast,
    XLMRobertaConfig,
    XLMRobertaForSequenceClassification,
    XLMRobertaTokenizer,
)
from unit.data.fetching.loopback import Answer, Handler, Loopback, held


def serve_checkpoint(server: Loopback, name: str, revision: str, folder: Path) -> None:
    """Serve the files of a folder as the checkpoint `name` of the hub at commit `revision`, and at no other."""
    files = sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())
    told = {"id": name, "modelId": name, "sha": revision, "private": False, "tags": [], "downloads": 0}
    told["siblings"] = [{"rfilename": file} for file in files]
    sizes = {file: (folder / file).stat().st_size for file in files}
    tree = [{"type": "file", "path": file, "size": size, "oid": "0" * 40} for file, size in sizes.items()]
    server.answers[f"/api/models/{name}/revision/{revision}"] = _json(told)
    server.answers[f"/api/models/{name}/tree/{revision}"] = _json(tree)
    for file in files:
        server.answers[f"/{name}/resolve/{revision}/{file}"] = held(revision, (folder / file).read_bytes())


def chinese_bert(folder: Path, layers: int) -> Path:
    """A folder in the form of hfl/rbt3 and its sisters: their files, names of weights and keys, but narrow, and with
    random weights.

    Its vocabulary has the characters of the sample in the place of 21,128 pieces.
    """
    folder.mkdir(parents=True)
    characters = _characters_of_the_sample()
    unused = [f"[unused{number}]" for number in range(1, 100)]
    pieces = [f"##{character}" for character in characters]
    tokens = ["[PAD]", *unused, "[UNK]", "[CLS]", "[SEP]", "[MASK]", *characters, *pieces]
    (folder / "vocab.txt").write_text("\n".join(tokens) + "\n", encoding="utf-8")
    tokenizer = BertTokenizerFast(str(folder / "vocab.txt"))
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    marks = {f"{kind}_token": f"[{kind.upper()}]" for kind in ("unk", "sep", "pad", "cls", "mask")}
    shape = BertConfig(
        vocab_size=len(tokens),
        hidden_size=32,
        num_hidden_layers=layers,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=512,
    )
    known = shape.to_dict() | {"architectures": ["BertForMaskedLM"], "model_type": "bert"}
    plain = {"config.json": known, "special_tokens_map.json": marks, "added_tokens.json": {}}
    for file, value in (plain | {"tokenizer_config.json": {"init_inputs": []}}).items():
        (folder / file).write_text(json.dumps(value), encoding="utf-8")
    with torch.random.fork_rng():
        torch.manual_seed(7)
        # It has a pooler, too.
        weights = BertForMaskedLM(shape).state_dict()
        weights["bert.pooler.dense.weight"], weights["bert.pooler.dense.bias"] = (
            torch.randn(32, 32) / 6,
            torch.zeros(32),
        )
    torch.save(weights, folder / "pytorch_model.bin")
    return folder


def bge_reranker(folder: Path) -> Path:
    """A folder in the form of BAAI/bge-reranker-base: an XLM-R of one logit, but narrow, and with random weights.

    Its vocabulary has the characters of the sample in the place of 250,002 pieces.
    """
    *special, mask = ROBERTA
    pieces = [(token, 0.0) for token in special] + [(piece, -5.0) for piece in ("▁", *_characters_of_the_sample())]
    tokenizer = XLMRobertaTokenizer(vocab=[*pieces, (mask, 0.0)], _spm_precompiled_charsmap=charsmap())
    shape = XLMRobertaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=12,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=514,
        type_vocab_size=1,
        bos_token_id=0,
        pad_token_id=1,
        eos_token_id=2,
        num_labels=1,
    )
    with torch.random.fork_rng():
        torch.manual_seed(7)
        XLMRobertaForSequenceClassification(shape).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _characters_of_the_sample() -> list[str]:
    text = (ROOT / "data/sample/LCQMC/train.tsv").read_text(encoding="utf-8")
    return sorted({character for character in text if not character.isspace()})


def _json(value: object) -> Answer:
    data = json.dumps(value).encode()

    def answer(handler: Handler, _: int) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    return answer
