"""A run's files, small and made up, as the report's inputs."""

import json

import polars as pl
import yaml
from unit.report import small_corpora

from yiju.base import tables
from yiju.base.members import members

CONFIG = {
    "run": "small",
    "seed": 1,
    "corpora": {"use": ["A"], "filters": small_corpora.FILTERS},
    "test_sets": {"use": ["told", "untold"], "catalogue": {}},
    "encoder": {"source": "scratch", "name": None, "revision": None, "max_length": 64},
    "posttrain": {"enabled": True, "corpora": "all", "epochs": 2, "stop_after": None, "transductive": False},
    "finetune": {
        "corpora": ["A"],
        "folds": 2,
        "grouped_folds": True,
        "epochs": 3,
        "batch_size": 8,
        "fgm": {"enabled": True},
        **{key: {"enabled": False} for key in ("layer_rates", "pgd", "rdrop", "multi_dropout", "mixup", "masking")},
        "ema": {"enabled": True},
        "weighting": "edit_distance",
        "label_smoothing": 0.1,
        "seeds": 1,
        "intermediate": {"corpora": [], "epochs": 1.0},
        "calibrate": True,
        "decision_threshold": 0.5,
        "average_orders": False,
    },
    "evaluate": {"splits": ["test"], "gold_sets": "best"},
    "explain": {
        "splits": [],
        "methods": ["one", "two"],
        "options": {"one": {"method": "occlusion"}},
        "select": {"by": "ratio", "ratio": 0.7},
    },
    "fusion": {"order": "importance", "relations": "none", "originals": "A", "similarity": 0.4, "share": "original"},
}
MODEL = {"num_hidden_layers": 2, "hidden_size": 8, "num_attention_heads": 2, "vocab_size": 1234, "match_marker": True}
VERSIONS = {
    "recorded": "2026-05-04T03:02Z",
    "yiju": "0.1.0",
    "commit": None,
    "python": "3.11.1",
    "libraries": {"polars": "2.1.0", "torch": "2.13.0"},
    "platform": {"system": "Linux", "machine": "x86_64", "cores": 2, "processor": None, "memory_gb": 8.2, "gpus": []},
}
# No rows of a generator.
REAL = {"corpora": [], "test_sets": []}
CHECKSUMS = {"corpora/A/train.tsv": {"bytes": 12_345_678, "sha256": "0123456789abcdef" * 4}}
CALIBRATED = {"ece.calibrated": 0.012, "ece.calibrated.high": 0.02}
SENTENCES = ("今天冷吗", "天气 冷么")


def small_run(folder, sets=("told", "untold"), methods=("one", "two"), posttrain=True, folds=2, **changes):
    """Write a run's files and give their paths by the names of render_report's inputs.

    The set `untold` has neither labels nor gold. changes: corpora, sentences, last_original, finetune and fusion
    (keys that differ), splits, metrics (by set) and fit (keys of metrics.json and calibration.json), and those of
    `small_corpora.write`.
    """
    corpora = changes.get("corpora", ("A",))
    config = CONFIG | {
        "corpora": {"use": list(corpora), "filters": small_corpora.FILTERS | changes.get("filters", {})},
        "test_sets": {"use": list(sets), "catalogue": {name: {"last_original": None} for name in sets}},
        "explain": CONFIG["explain"] | {"methods": list(methods)},
        "fusion": CONFIG["fusion"] | changes.get("fusion", {}),
        "posttrain": CONFIG["posttrain"] | {"enabled": posttrain},
        "augment": {"method": changes.get("augment", "closure")},
        "finetune": CONFIG["finetune"] | {"folds": folds, "corpora": list(corpora[:1])} | changes.get("finetune", {}),
        "evaluate": CONFIG["evaluate"]
        | {"splits": list(changes.get("splits", ("test",)))}
        | changes.get("evaluate", {}),
    }
    splits, trained = config["evaluate"]["splits"], members(folds, config["finetune"]["seeds"])
    for name in sets:
        config["test_sets"]["catalogue"][name]["last_original"] = changes.get("last_original")
    save = Saver(folder)
    inputs = {
        "config": save("config.resolved.yaml", yaml.safe_dump(config, allow_unicode=True)),
        "versions": save("versions.json", VERSIONS),
        "checksums": save("checksums.json", CHECKSUMS),
        "model": save("model.json", MODEL),
        **small_corpora.write(save, corpora, changes.get("sentences", SENTENCES), changes),
        "posttrain": [save("posttrain.jsonl", steps("perplexity"))] if posttrain else [],
        "folds": [save(f"folds/{name}/steps.jsonl", steps("accuracy", fold)) for fold, name in enumerate(trained)],
        "calibration": save(
            "calibration.json", calibration(config["finetune"]["calibrate"], len(trained)) | changes.get("fit", {})
        ),
        "members": [save("members.json", compared(trained, sets, methods))] if len(trained) > 1 else [],
        "out_of_fold": [save("out_of_fold.json", out_of_fold(folds))] if folds > 1 else [],
        "variants": [],
        "learning_curve": [],
        "distillation": [],
        "behaviour": [save("behaviour.json", BEHAVIOUR)] if changes.get("behaviour", True) else [],
        "study": [],
        "suspects": save.suspects(),
        "suspects_summary": save("suspects.json", SUSPECTS),
    }
    sentences = changes.get("sentences", SENTENCES)
    judged = ["dev", *splits, *sets]
    return inputs | {
        "examples": [save.items(name, sentences) for name in judged],
        "judged": [save.judged(name) for name in judged],
        "examined": save(
            "examples.jsonl", "".join(json.dumps(one) + "\n" for one in examined(judged, methods, sentences))
        ),
        "explanation": save("explanation.json", {"method": {"method": "occlusion", "removal": "delete"}}),
        "faithfulness": [save(f"{name}.faithfulness.json", faithfulness(methods)) for name in sets],
        "judgements": [
            save(
                f"{name}.metrics.json",
                judgements(name != "untold", name == "dev") | changes.get("metrics", {}).get(name, {}),
            )
            for name in judged
        ],
        "rationales": [
            save(f"{name}.{method}.json", rationales(name != "untold")) for name in sets for method in methods
        ],
        "harmonised": [save(f"{name}.harmonised.jsonl", harmonised()) for name in sets],
    }


RATE = {"failure_rate": 0.25, "low": 0.1, "high": 0.4, "failures": 5}
FAILURE = {"category": "negation", "rule": "with_not", "effect": "turns", "row": 3, "similar": True, "score": 1.5}
BEHAVIOUR = {
    "items": 40,
    "overall": RATE,
    "null_edits": RATE | {"failure_rate": 0.125},
    "not_made": {"traditional": "it needs OpenCC"},
    "categories": {
        "negation": RATE | {"title": "negation", "items": 20, "own": 7, "baseline": RATE | {"failure_rate": 0.875}},
        "order": RATE | {"title": "order of the two sentences", "items": 20, "own": 20, "baseline": RATE},
    },
    "failures": [
        FAILURE
        | {
            "q": "我喜欢 茶",
            "t": "我不喜欢 茶",
            "grounds": {
                "q": [["我", 0.1], ["喜", 0.2], ["欢", -0.4], ["茶", None]],
                "t": [["我", 0.0], ["不", -0.9], ["喜", 0.0], ["欢", 0.0], ["茶", 0.0]],
            },
        },
        FAILURE
        | {"effect": "stays", "q": "<b>甲", "t": "乙 丙", "before": ["<b>甲", "乙丙"]}
        | {"similar_before": False, "score_before": -0.5},
    ],
}
SUSPECTS = {"pairs": 1234, "out_of_fold": True, "confident": 56, "contradicted": 7, "never_right": 8}


class Saver:
    """Writes files of a made-up run into a folder."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return str(path)

    def suspects(self):
        """Two suspect pairs, of which the first has every reason."""
        rows = [
            (
                1,
                0.9,
                5,
                "A",
                "train.tsv",
                12,
                "花呗怎么还款",
                "花呗如何还款",
                0,
                0.03,
                True,
                -2.5,
                0.1,
                0.3,
                None,
                True,
            ),
            (2, 0.1, 3, "A", "train.tsv", 4, "怎么开通", "怎么关闭", 1, 0.6, False, 0.4, 0.6, 0.1, 2.0, False),
        ]
        table = pl.DataFrame(rows, schema=pl.Schema(tables.SUSPECTS), orient="row")
        tables.write(table, self.folder / "suspects.parquet", tables.SUSPECTS)
        return str(self.folder / "suspects.parquet")

    def items(self, name, sentences):
        known = name != "untold"
        split = name in ("dev", "test")
        cut = [list(text.replace(" ", "")) for text in sentences] if not split else [None, None]
        columns = {
            "item": ["1", "2"],
            "q": [sentences[0], sentences[0]],
            "t": [sentences[1], sentences[0]],
            "label": [1, 0] if known else [None, None],
            "q_segments": [cut[0], cut[0]],
            "t_segments": [cut[1], cut[0]],
            "kind": [None, None],
            "related": [None, None],
            "q_gold": [[[0]], [[0]]] if known and not split else [None, None],
            "t_gold": [[[1]], [[1]]] if known and not split else [None, None],
        }
        path = self.folder / f"{name}.items.parquet"
        tables.write(pl.DataFrame(columns, schema=pl.Schema(tables.ITEMS)), path, tables.ITEMS)
        return str(path)

    def judged(self, name):
        gold = [1, 0] if name != "untold" else [None, None]
        columns = [["1", "2"], gold, [1, 1], [0.987, 0.6], [0.4, 0.7]]
        table = pl.DataFrame(dict(zip(tables.JUDGED.names, columns, strict=True)), schema=pl.Schema(tables.JUDGED))
        path = self.folder / f"{name}.judged.parquet"
        tables.write(table, path, tables.JUDGED)
        return str(path)


def steps(figure, shift=0):
    lines = [{"update": update, "learning_rate": 0.1, "loss": 1 / (update + shift)} for update in range(1, 61)]
    return "".join(json.dumps(line) + "\n" for line in [*lines, {"update": 60, figure: 0.75}])


def estimate(key, value):
    return {key: value, f"{key}.low": value - 0.05, f"{key}.high": value + 0.05}


def calibration(fitted, members):
    told = {"temperature": 1.25 if fitted else 1.0, "margin": 0.125 if fitted else 0.94, "pairs": 800}
    told |= {"fitted": fitted, "note": ""}
    told["member_temperatures"] = [1.5 + number / 10 for number in range(members)]
    bins = {"probability": [0.1, 0.5, 0.9], "similar": [0.0, 0.4, 1.0], "count": [300, 200, 300]}
    for when, ece in (("before", 0.11), ("after", 0.022)):
        shown = bins | {"accuracy": 0.9, "nll": 0.3, "brier": 0.1, "ece": ece} | CALIBRATED
        told |= {f"{when}.{key}": value for key, value in shown.items()}
    apart = {"accuracy": 0.876, "nll": 0.31, "brier": 0.12, "ece": 0.033, **CALIBRATED} if fitted else {}
    return told | {f"cross_fitted.{key}": value for key, value in apart.items()}


def out_of_fold(folds):
    told = {"pairs": 6000, "seeds": 1, "nll": 0.4, "brier": 0.2, "ece": 0.05} | CALIBRATED | estimate("accuracy", 0.8)
    told |= estimate("majority", 0.55) | estimate("model_minus_majority", 0.25)
    for fold in range(folds):
        told |= {f"fold_{fold}.pairs": 6000 // folds} | estimate(f"fold_{fold}.accuracy", 0.7 + fold / 100)
    return told


def judgements(labelled, orders=False):
    counts = {
        "items": 4167,
        "labelled": 4167 if labelled else 0,
        "predicted_similar": 0.5,
        "truncated": 0,
        "unknown": 7,
    }
    counts |= {"margin": 0.125} | ({"swap.difference": 0.045, "swap.changed": 0.067} if orders else {})
    if not labelled:
        return counts
    cells = {f"confusion.gold_{gold}.said_{said}": 1000 for gold in (0, 1) for said in (0, 1)}
    accuracies = (
        estimate("accuracy.model", 0.9) | estimate("accuracy.overlap", 0.6) | estimate("accuracy.majority", 0.5)
    )
    accuracies |= (
        estimate("model_minus_overlap", 0.3) | estimate("model_minus_majority", 0.4) | {"labelled_similar": 2000}
    )
    return (
        counts | accuracies | cells | strata() | statistics() | {"nll": 0.35, "brier": 0.15, "ece": 0.044} | CALIBRATED
    )


def statistics():
    """Of the overlap baseline one has no interval, and one is not defined."""
    found = {"average_precision.overlap": 0.5, "mcc.overlap": None}
    for key, value in (("f1.model", 0.88), ("mcc.model", 0.77), ("roc_auc.model", 0.95), ("f1.overlap", 0.66)):
        found |= estimate(key, value)
    return found | estimate("average_precision.model", 0.94) | estimate("roc_auc.overlap", 0.7)


def strata():
    found = {"agreement.pairs": 2100} | estimate("agreement.model", 0.93) | estimate("agreement.overlap", 0.81)
    for part, items in (("overlap_20_40", 700), ("overlap_0_20", 300), ("kind_ori", 1234), ("kind_disturb", 2100)):
        found[f"{part}.items"] = items
        for gold, said, count in ((1, 1, 90), (1, 0, 30), (0, 0, 200), (0, 1, 0)):
            found[f"{part}.confusion.gold_{gold}.said_{said}"] = count
        for model, value in (("model", 0.87), ("overlap", 0.66), ("majority", 0.51)):
            found |= estimate(f"{part}.accuracy.{model}", value)
    for model in ("model", "overlap"):
        for kept in range(10, 101, 10):
            found |= estimate(f"kept_{kept}.accuracy.{model}", 0.99 - kept / 1000)
    return found


def rationales(gold):
    found = {"items": 4167, "gold": 4167 if gold else 0, "disturbed_pairs": 2100 if gold else 0}
    kinds = ("faithful", "harmonised", "trivial_all", "trivial_shared_first", "trivial_random")
    for kind, value in zip(kinds, (0.6, 0.62, 0.75, 0.4, 0.3), strict=True) if gold else ():
        for metric in ("token_f1", "iou_f1", "map"):
            found |= estimate(f"{kind}.{metric}", value)
    if gold:
        found |= estimate("submission.accuracy", 0.8) | estimate("submission_minus_model", -0.1)
    return found


def harmonised():
    lines = [{"item": item, "label": 0, "q": [0], "t": [0], "original": None, "bleu": None} for item in "12"]
    return "".join(json.dumps(line) + "\n" for line in lines)


def examined(sets, methods, sentences):
    """Two examples of each set, right and wrong where there is gold."""
    marks = ({"unknown": [], "gold": [0]}, {"unknown": [0], "gold": [0]})
    sides = [{"text": text, "spans": [[0, 1], [1, 2]], **one} for text, one in zip(sentences, marks, strict=True)]
    method = {"q": [0.7, -0.3], "t": [0.6, None], "q_ranked": [0, 1], "t_ranked": [0], "curve": [0.9, 0.5, 0.2]}
    for name in sets:
        for item, gold in (("1", 1), ("2", 0)):
            yield {
                "set": name,
                "item": item,
                "part": "A",
                "gold": None if name == "untold" else gold,
                "label": 1,
                "explained": 1,
                "truncated": True,
                "unknown": 1,
                "probability": 0.9,
                "overlap_probability": 0.4,
                **dict(zip("qt", sides, strict=True)),
                "methods": dict.fromkeys(methods, method),
                "random": [0.9, 0.8, 0.7],
                "matrix": [[0.5, -0.25], [0.0, 0.125]],
                "q_effects": [0.5, -0.3],
                "t_effects": [0.02, None],
                "counterfactual": {"label": 1, "found": True, "q": [1], "t": [], "probability": 0.3, "exact": True},
            }


def faithfulness(methods):
    found = {"pairs": 200, "members": 1, "pairs.similar": 120, "pairs.not_similar": 80}
    for method, label in ((method, label) for method in methods for label in ("similar", "not_similar")):
        found |= estimate(f"{method}.selected.{label}", 0.3)
        for operator in ("delete", "mask"):
            found |= estimate(f"{method}.{operator}.kept.{label}", 0.97)
            for metric in ("one_sided", "alone"):
                found |= estimate(f"{method}.{operator}.{metric}.beyond_random.{label}", 0.25)
    for row, value in (*((name, 0.6) for name in methods), ("trivial_shared_first", 0.45), ("trivial_random", 0.2)):
        for metric in ("aopc_comprehensiveness", "aopc_sufficiency", "comprehensiveness", "sufficiency"):
            found |= estimate(f"{row}.{metric}", value)
            found |= estimate(f"{row}.beyond_random.{metric}", 0.4 if metric.endswith("comprehensiveness") else -0.4)
    return found


def compared(members, sets, methods):
    each = estimate("label_agreement", 0.91) | estimate("probability_difference", 0.07)
    judging = {"items": 4167, "kappa": None, "unanimous": 0.86, **each, "accuracy": [estimate("accuracy", 0.8)] * 2}
    explaining = {"pairs": 1000} | estimate("spearman", 0.55) | estimate("jaccard", 0.66)
    return {
        "members": members,
        "judgements": [{"set": "dev", **judging}],
        "explanations": [{"set": name, "method": method, **explaining} for name in sets for method in methods],
    }
