"""A hub on this machine that serves folders as checkpoints, in the protocol that huggingface_hub speaks."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from projects import ROOT
from transformers import BertConfig, BertForMaskedLM, BertTokenizerFast
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


def rbt3(folder: Path) -> Path:
    """A folder in the form of hfl/rbt3: its files, names of weights and keys, but narrow, and with random weights.

    Its vocabulary has the characters of the sample in the place of 21,128 pieces.
    """
    folder.mkdir(parents=True)
    text = (ROOT / "data/sample/LCQMC/train.tsv").read_text(encoding="utf-8")
    characters = sorted({character for character in text if not character.isspace()})
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
        num_hidden_layers=3,
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


def _json(value: object) -> Answer:
    data = json.dumps(value).encode()

    def answer(handler: Handler, _: int) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    return answer
