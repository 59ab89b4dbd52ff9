"""Explaining bi-encoders on the CPU: yiju beside a loop over sentence-transformers, and beside Captum.

    .venv/bin/python benchmarks/bi_encoders.py ../shared/corpora

Real pairs of LCQMC test, drawn from a seed; an encoder of the shape of bge-small-zh or bge-base-zh with random weights,
the vector of [CLS], normalised, cosine; float32. All ways explain the same pairs by turns in one process; medians. The
first pair, which warms up, does not count.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

os.environ.setdefault("GOMP_SPINCOUNT", "1000")

import attribution
import lcqmc
import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Normalize, Transformer
from sentence_transformers.sentence_transformer.modules import Pooling
from torch import Tensor
from transformers import BertConfig, BertModel

from yiju import Explainer
from yiju.config.method import get_method
from yiju.explain.attribution import score_pairs
from yiju.explain.interaction import joint_occlusion

SHAPES = {
    "small": {"hidden_size": 512, "num_hidden_layers": 4, "num_attention_heads": 8, "intermediate_size": 2048},
    "base": {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072},
}
BATCH = 8
Pair = tuple[str, str]
Ways = dict[str, Callable[[Sequence[Pair]], object]]


def save_model(shape: str, vocabulary: Path, folder: Path) -> None:
    """A folder of sentence-transformers with the modules of bge-zh."""
    torch.manual_seed(0)
    encoder = folder / "encoder"
    BertModel(BertConfig(vocab_size=lcqmc.VOCABULARY, **SHAPES[shape])).save_pretrained(encoder)
    lcqmc.read_tokenizer(vocabulary).save_pretrained(encoder)
    body = Transformer(str(encoder))
    modules = [body, Pooling(SHAPES[shape]["hidden_size"], "cls"), Normalize()]
    SentenceTransformer(modules=modules, device="cpu").save_pretrained(str(folder / "model"), create_model_card=False)


def without_each(pair: Pair) -> list[Pair]:
    """The pair, and the pair without each of its characters."""
    q, t = pair
    firsts = [(q[:place] + q[place + 1 :], t) for place in range(len(q))]
    return [pair, *firsts, *((q, t[:place] + t[place + 1 :]) for place in range(len(t)))]


def loop(model: SentenceTransformer, pairs: Sequence[Pair]) -> list[np.ndarray]:
    """Every variant of a pair by itself."""
    found = []
    for pair in pairs:
        vectors = [model.encode(list(one), show_progress_bar=False) for one in without_each(pair)]
        scores = np.array([float(q @ t) for q, t in vectors])
        found.append(scores[0] - scores[1:])
    return found


def batched(model: SentenceTransformer, pairs: Sequence[Pair]) -> None:
    """All variants of a pair in one call, 32 texts at a time."""
    for pair in pairs:
        q, t = zip(*without_each(pair), strict=True)
        vectors = [model.encode(list(side), show_progress_bar=False) for side in (q, t)]
        (vectors[0] * vectors[1]).sum(-1)


def captum(model: SentenceTransformer, steps: int, pairs: Sequence[Pair]) -> None:
    """IntegratedGradients of the word embeddings of both texts, from [MASK]; batches padded to their longest texts."""
    from captum.attr import IntegratedGradients

    encoder, tokenizer = model[0].auto_model, model.tokenizer
    words = encoder.get_input_embeddings()

    def cosine(q: Tensor, t: Tensor, q_mask: Tensor, t_mask: Tensor) -> Tensor:
        vectors = [
            encoder(inputs_embeds=one, attention_mask=mask).last_hidden_state[:, 0]
            for one, mask in ((q, q_mask), (t, t_mask))
        ]
        return torch.cosine_similarity(*vectors)

    method = IntegratedGradients(cosine)
    for first in range(0, len(pairs), BATCH):
        texts = zip(*pairs[first : first + BATCH], strict=True)
        sides = [tokenizer(list(side), padding=True, return_tensors="pt") for side in texts]
        ids = [side["input_ids"] for side in sides]
        blank = [torch.where(torch.isin(one, torch.tensor([101, 102, 0])), one, tokenizer.mask_token_id) for one in ids]
        masks = tuple(side["attention_mask"] for side in sides)
        with torch.no_grad():
            inputs, baselines = (tuple(words(one) for one in part) for part in (ids, blank))
        method.attribute(inputs, baselines, additional_forward_args=masks, n_steps=steps)


def without_two(model: SentenceTransformer, pairs: Sequence[Pair]) -> None:
    """Every pair without a character of either text, one by one, beside the pairs without one."""
    for q, t in pairs:
        firsts, seconds = ([text, *(text[:place] + text[place + 1 :] for place in range(len(text)))] for text in (q, t))
        for one in firsts:
            for other in seconds:
                model.encode([one, other], show_progress_bar=False)


def joint(explainer: Explainer, pairs: Sequence[Pair]) -> None:
    with explainer.before(pairs) as ensemble:
        joint_occlusion(ensemble, np.ones(len(pairs), dtype=np.int64), "delete")


def ours(explainer: Explainer, method: str, options: dict, pairs: Sequence[Pair]) -> np.ndarray:
    chosen = {"method": method} | get_method(method).options.model_validate(options).model_dump()
    with explainer.before(pairs) as ensemble:
        return score_pairs(ensemble, np.ones(len(pairs), dtype=np.int64), chosen, bar=False).values[0]


def ways(folder: Path, steps: int) -> dict[str, Ways]:
    explainer, model = Explainer.from_pretrained(folder, device="cpu"), SentenceTransformer(str(folder), device="cpu")
    gradients = {"steps": steps, "max_steps": steps}
    return {
        "occlusion": {
            "a loop over variants": partial(loop, model),
            "a call a pair, batches of 32": partial(batched, model),
            "yiju": partial(ours, explainer, "occlusion", {"removal": "delete"}),
        },
        "joint occlusion": {
            "a loop over variants": partial(without_two, model),
            "yiju": partial(joint, explainer),
        },
        f"integrated gradients, {steps} steps": {
            "captum": partial(captum, model, steps),
            "yiju": partial(ours, explainer, "integrated_gradients", gradients),
        },
    }


def check(table: Ways, pairs: Sequence[Pair]) -> None:
    """What is compared are the same scores."""
    expected = np.concatenate(table["a loop over variants"](pairs))
    np.testing.assert_allclose(table["yiju"](pairs), expected, atol=1e-5)


def measured(table: Ways, pairs: Sequence[Pair], repeat: int) -> dict[str, float]:
    """Median seconds a pair of each way, which take turns."""
    seconds: dict[str, list[float]] = {way: [] for way in table}
    for turn in range(1 + repeat):
        for way, explain in table.items():
            begun = time.perf_counter()
            explain(pairs if turn else pairs[:1])
            if turn:
                seconds[way].append((time.perf_counter() - begun) / len(pairs))
    return {way: median(own) for way, own in seconds.items()}


def rows_of(name: str, seconds: dict[str, float]) -> tuple[list[str], list[list[str]]]:
    rows = [[way, f"{1 / own:,.2f}", f"{own / seconds['yiju']:.2f}"] for way, own in seconds.items()]
    return [name, "pairs a second", "times yiju's"], rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path, help="folder of the real corpora")
    parser.add_argument("--shape", choices=SHAPES, default="base")
    parser.add_argument("--pairs", type=int, default=24)
    parser.add_argument("--steps", type=int, default=20, help="of integrated gradients")
    parser.add_argument("--repeat", type=int, default=3, help="turns of each way")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    # Of Chinese characters alone, each of which is a token: the scores of both ways are then the same.
    pairs = [one for one in attribution.draw(given.corpora, 40 * given.pairs) if "".join(one).isalpha()]
    pairs = [one for one in pairs if not "".join(one).isascii() and all("一" <= c <= "龥" for c in "".join(one))]
    print(f"{given.shape}, {given.threads} threads, torch {torch.__version__}, medians of {given.repeat}\n", flush=True)
    with TemporaryDirectory() as place:
        save_model(given.shape, given.corpora / "vocab" / "vocab.txt", Path(place))
        tables = ways(Path(place) / "model", given.steps)
        check(tables["occlusion"], pairs[:2])
        for name, table in tables.items():
            chosen = pairs[: given.pairs // 8 if name == "joint occlusion" else given.pairs]
            print(lcqmc.table(*rows_of(name, measured(table, chosen, given.repeat))), flush=True)
        # A query with candidates: what is taken from the query is the same before all of them.
        query, candidates = pairs[0][0], [t for _, t in pairs[: given.pairs]]
        found = measured(tables["occlusion"], [(query, one) for one in candidates], given.repeat)
        print(lcqmc.table(*rows_of(f"occlusion, a query and {given.pairs} candidates", found)), flush=True)


if __name__ == "__main__":
    main()
