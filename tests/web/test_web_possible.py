"""Files judged on the page by a calibrated model of three classes: the classes that are possible for each pair."""

from __future__ import annotations

import json
import math

import pytest
from families.transformers_models import classifier
from toys import SENTENCES
from web.test_web_files import read

from yiju import Explainer
from yiju.app.web import uploads
from yiju.app.web.judged_files import written
from yiju.app.web.limits import Limits
from yiju.models.calibration.class_fit import ClassFit
from yiju.models.calibration.stored import weights_of, write_stored
from yiju.models.calibration.stored_classes import stored_classes
from yiju.models.folder_files import CALIBRATION

# A name with the sign that joins names in sentences.
CLASSES = ("entailment", "neutral, or unknown", "contradiction")
PAIRS = list(zip(SENTENCES, SENTENCES[::-1], strict=True))


@pytest.fixture(scope="module")
def explainer(tmp_path_factory):
    folder = classifier("bert", tmp_path_factory.mktemp("nli") / "model", CLASSES)
    known = {"classes": list(CLASSES), "weights": weights_of(folder)}
    stored = stored_classes(ClassFit(1.0, math.inf), scores="logits", risk=0.05, counts=[20] * 3, figures={}, **known)
    write_stored(folder / CALIBRATION, stored)
    return Explainer.from_pretrained(folder)


@pytest.mark.parametrize("kind", ["jsonl", "csv", "xlsx"])
def test_a_judged_file_has_the_possible_classes_as_a_list_or_a_json_array(explainer, kind):
    body = "".join(f"{q}\t{t}\n" for q, t in [*PAIRS, ("", "t")]).encode()
    table = uploads.read_table(body, uploads.Chosen("tsv"), Limits())
    body = written(explainer, table, uploads.judge_rows(explainer, table.rows), kind, "en")
    *cells, bad = [row["yiju_possible"] for row in read(body, kind)]
    wanted = [list(one.possible) for one in explainer.predict(PAIRS)]
    assert {len(one) for one in wanted} == {3} and not bad
    assert [cell if kind == "jsonl" else json.loads(cell) for cell in cells] == wanted
