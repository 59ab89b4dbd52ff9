"""The report and the card in Chinese: every message is translated, with the same values, and none is left over."""

import ast
import re

import pytest
from messages import PACKAGE, in_templates, messages, templates
from unit.report.rendered import words
from unit.report.small_run import REAL, small_run
from unit.report.test_report_distillation import comparison_file
from unit.report.test_report_learning_curve import curve_file
from unit.report.test_report_study import CURVE, FAILS, study_file
from unit.report.test_report_variants import variants_file

from yiju.base import language
from yiju.base.language import (
    CHINESE,
    LANGUAGES,
    chinese,
    entries,
    gettext,
    joined,
    ngettext,
    speaking,
    spoken,
    traditional,
)
from yiju.config.technique import TECHNIQUES, get_technique
from yiju.data.behaviour.categories import CATEGORIES
from yiju.explain import strength, unit_names
from yiju.report import alerts, conclusion, recipe, results
from yiju.report.glossary import terms
from yiju.report.page import gather, render
from yiju.report.page_sections import known_sections
from yiju.report.sections import (
    corpus_statistics_section,
    distillation_section,
    faithfulness_section,
    leakage_section,
    ledger_section,
    shortcuts_section,
    strata_section,
    study_section,
    thresholds_section,
)

# Names that both languages write alike.
ALIKE = {"NLL", "ECE", "MCC", "ROC AUC", "F1", "MAP", "LoRA", "mixup", "R-Drop"}
PLACES = re.compile(r"\{\w*\}")
TAGS = re.compile(r"<[^>]+>|`[^`]+`")


def named():
    """Texts of constants, which the code looks up by a variable."""
    tables = [
        *(results.MODELS, results.RATIONALES, results.TRIVIAL, results.MEASURES, results.STATISTICS, results.METRICS),
        *(conclusion.RULES, alerts.RULES, recipe.AUGMENTATION, unit_names.NOUNS, leakage_section.CONFLICT_RULES),
        *(ledger_section.CARVED_BY, strata_section.KINDS, corpus_statistics_section.LABELS),
        *(shortcuts_section.SHORTCUTS, thresholds_section.MEASURES, faithfulness_section.PAIRWISE),
        *(faithfulness_section.OPERATORS, faithfulness_section.LABELS, study_section.PAIRWISE),
        *(study_section.OPERATORS, study_section.EDITS, study_section.MATRIX, study_section.ESTIMATES),
        *(study_section.OTHERS, distillation_section.NAMES),
    ]
    found = [text for table in tables for text in table.values()] + [strength.JUDGEMENT]
    looks = faithfulness_section.METRICS | study_section.FAITHFULNESS | study_section.EVIDENCE
    found += [title for title, _ in (looks | study_section.RANDOMISATION).values()]
    for panel in study_section.PANELS:
        found += [panel.caption, panel.reading, *(text for pair in panel.figures.values() for text in pair)]
    found += [one.title for one in (*CATEGORIES.values(), *known_sections())]
    return found + [get_technique(name).title for name in TECHNIQUES]


def test_every_message_has_a_translation():
    assert {one for one in messages() if one not in chinese()} == set()
    assert {one for one in named() if one not in chinese()} - ALIKE == set()


def test_a_translation_holds_the_same_values_and_the_same_markup():
    for message, text in chinese().items():
        assert sorted(PLACES.findall(message)) == sorted(PLACES.findall(text)), message
        assert sorted(TAGS.findall(message)) == sorted(TAGS.findall(text)), message


def test_a_message_is_translated_once_and_none_is_left_over():
    keys = [key for path in CHINESE.glob("*.po") for key, _ in entries(path)]
    assert sorted(keys) == sorted(set(keys))
    constants = {
        node.value
        for file in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    # Operations of augmentation are named by their keys.
    known = constants | set(messages()) | {one.replace("_", " ") for one in constants}
    assert {key for key in keys if key not in known} == {"fewer than 100"}


def test_no_text_of_a_template_is_left_without_a_message():
    assert len(list(in_templates())) > 300
    for file in templates():
        if file.suffix == ".html":
            text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|<[^>]*>", " ", file.read_text(encoding="utf-8"), flags=re.DOTALL)
            assert set(re.findall(r"[A-Za-z]{3,}", text)) <= {
                "SHA",
                "train",
                "dev",
                "test",
                "yiju",
                "Python",
                "UTC",
                *SHOWN,
            }


# What a page shows as it is: the two commands of its end, the rules of the page itself, and the measure of calibration.
SHOWN = {"git", "checkout", "make", "run", "ARGS", "configfile", "results", "config", "resolved", "yaml", "ECE"}
SHOWN |= {"page", "top", "left", "right", "content", "doctype", "html"}


# Names of methods, and reasons that the made-up ledger and the made-up study have.
FOREIGN = {"occlusion", "random", "pair of a dev, test or competition set", *FAILS["occlusion"]}


class Misses(dict):
    """A catalogue that notes what it lacks."""

    missing: set

    def get(self, key, default=None):
        if key not in self:
            self.missing.add(key)
        return super().get(key, default)


@pytest.mark.parametrize(
    "shape",
    [
        {"folds": 1, "filters": {"leaks": False}, "corpora": ("A", "B"), "warned": ("A dev", "B train")},
        {"folds": 5, "finetune": {"seeds": 3, "calibrate": False, "average_orders": True}, "kept": 1},
        {"bare": True, "augment": "none", "sets": (), "methods": ("one",), "splits": ()},
    ],
)
def test_a_page_looks_up_nothing_that_is_not_translated(tmp_path, monkeypatch, shape):
    known = Misses(chinese())
    known.missing = set()
    monkeypatch.setattr(language, "chinese", lambda: known)
    inputs = small_run(tmp_path, **shape) | {
        "study": [study_file(tmp_path, reason="理由", **CURVE)],
        "variants": [str(variants_file(tmp_path))],
        "distillation": [str(comparison_file(tmp_path))],
        "learning_curve": [str(curve_file(tmp_path))],
    }
    with speaking("zh"):
        html = render(gather(inputs, tmp_path / "nowhere", REAL | {"corpora": ["A"]}))
    assert '<html lang="zh">' in html
    # Names, texts of the made-up files, and what another job wrote.
    assert {one for one in known.missing if re.search(r"[a-z]", one)} - ALIKE - FOREIGN == set()
    assert "这个模型能用吗" in html and "能用吗？" in words(html)


def test_a_page_in_traditional_characters_has_the_sentences_as_they_were_written(tmp_path):
    inputs = small_run(tmp_path) | {"study": [study_file(tmp_path, reason="理由", **CURVE)]}
    pages = {}
    for name in ("zh", "zh-Hant"):
        with speaking(name):
            pages[name] = render(gather(inputs, tmp_path / "nowhere", REAL | {"corpora": ["A"]}))
    html = pages["zh-Hant"]
    assert '<html lang="zh-Hant">' in html
    assert "這個模型能用嗎" in html and "这个模型能用吗" not in html
    # What the run holds is shown as it is, character by character; the words around it are converted.
    bare = {name: re.sub(r' title="[^"]*"', "", page) for name, page in pages.items()}
    sentences = {name: re.findall(r'<span lang="zh">(.*?)</span>', page) for name, page in bare.items()}
    assert sentences["zh"] == sentences["zh-Hant"] and len(sentences["zh"]) > 5
    marks = {name: re.findall(r'<span class="piece[^>]*>(.*?)</span>', page) for name, page in bare.items()}
    assert marks["zh"] == marks["zh-Hant"] != []
    written = "".join(re.sub(r"<[^>]+>", "", one) for one in [*sentences["zh"], *marks["zh"]])
    # Characters that only simplified texts have.
    simplified = set("这个们对测试标签语说认识词过还没时间错误误关系统计数据模图为与报运训练习样") - set(written)
    assert simplified <= set("".join(chinese().values()))
    assert set(words(html)) & (simplified - set("".join(traditional().values()))) == set()


def test_a_glossary_of_the_report_has_every_term_in_both_languages():
    english = terms("rationale")[0]
    with speaking("zh"):
        other = terms("rationale")[0]
    with speaking("zh-Hant"):
        assert terms("rationale")[0].word == "依據（rationale）"
    assert english.word == "rationale" and other.word == "依据（rationale）"
    assert "*" not in english.meaning + other.meaning and "](" not in english.meaning + other.meaning


def test_messages_are_english_outside_of_a_block_and_where_nothing_translates_them():
    assert spoken() == "en" and LANGUAGES == ("en", "zh", "zh-Hant")
    assert (gettext("similar"), gettext("no such message {x}")) == ("similar", "no such message {x}")
    assert ngettext("{number} pair", "{number} pairs", 1) == "1 pair"
    assert (ngettext("{number} pair", "{number} pairs", 1200), joined("A.", "", "B.")) == ("1,200 pairs", "A. B.")
    with speaking("zh"):
        assert (gettext("similar"), ngettext("{number} pair", "{number} pairs", 1)) == ("相似", "1 个句对")
        assert joined("甲。", "乙。") == "甲。乙。"
    with speaking("zh-Hant"):
        assert gettext("Metrics") == "指標"
        assert ngettext("{number} pair", "{number} pairs", 1) == "1 個句對"
        assert joined("甲。", "乙。") == "甲。乙。"
    assert spoken() == "en"
