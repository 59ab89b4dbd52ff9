"""The graph of jobs of each preset, from dry-runs."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from projects import SMOKE, Project
from workflow.dry_runs import DEFAULT, SHORT, dry_run, working_jobs

from yiju.base.nested import overlaid
from yiju.config.load import load

# With real corpora: every corpus read; five of them are downloaded.
COMPETITION = {"normalise_corpus": 16, "fetch_corpus": 5, "train_tokenizer": 0}
# Downloads alone: no set of the competition, so that pairs of the test split are explained.
PUBLIC = {"normalise_corpus": 6, "fetch_corpus": 6, "prepare_test_set": 0, "write_submission": 0, "draw_explained": 1}
# LCQMC's test split is not judged.
OFFLINE = {"normalise_corpus": 17, "prepare_split": 1}
# Four variants and the base with three seeds each; without the marker the encoder starts otherwise, with closure there
# are other pairs.
ABLATION = OFFLINE | {
    "augment_pairs": 2,
    "start_encoder": 2,
    "posttrain_encoder": 0,
    "finetune_fold": 15,
    "predict_pairs": 15,
    "calibrate_ensemble": 5,
    "combine_folds": 5,
    "evaluate_predictions": 5,
    "compare_members": 1,
    "compare_variants": 1,
}


def test_the_smoke_preset_reads_fewer_corpora_trains_two_folds_and_a_variant_and_differs_in_nothing_else(
    template: Project,
):
    jobs = dry_run(template, "--configfile", SMOKE)

    assert working_jobs(jobs, template) == DEFAULT | SHORT


@pytest.mark.parametrize(
    ("presets", "expected"),
    [
        (["competition"], COMPETITION),
        (["offline"], OFFLINE),
        (["public"], PUBLIC),
        pytest.param(["offline", "offline-long"], OFFLINE, marks=pytest.mark.slow),
        pytest.param(["offline", "ablation"], ABLATION, marks=pytest.mark.slow),
    ],
    ids=["competition", "offline", "public", "offline-long", "ablation"],
)
def test_a_preset_for_real_corpora_reads_them_all_and_trains_one_fold(
    template: Project, tmp_path: Path, presets: list[str], expected: dict
):
    files = [f"presets/{preset}.yaml" for preset in presets]
    _placeholders([template.folder / file for file in files], tmp_path)

    jobs = dry_run(template, "--configfile", *files, "--config", _brought(tmp_path))

    assert working_jobs(jobs, template) == {rule: count for rule, count in (DEFAULT | expected).items() if count}


@pytest.mark.slow
def test_the_published_post_trained_checkpoint_asks_for_the_pairs_that_it_is_fine_tuned_on_alone(
    project: Project, tmp_path: Path
):
    presets = [project.folder / f"presets/{name}.yaml" for name in ("competition", "posttrained")]
    start = yaml.safe_load(presets[1].read_text(encoding="utf-8"))
    _placeholders(presets, tmp_path)
    checkpoint = project.folder / start["encoder"]["name"] / "config.json"
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    checkpoint.touch()

    jobs = dry_run(project, "--configfile", *map(str, presets), "--config", _brought(tmp_path))

    assert (jobs["fetch_corpus"], jobs["normalise_corpus"], jobs["prepare_test_set"]) == (1, 1, 1)
    assert "fetch_test_set" not in jobs
    assert jobs["finetune_fold"] == 1
    assert "posttrain_encoder" not in jobs


def _brought(folder: Path) -> str:
    """Where local files lie, and that the terms of the others are accepted."""
    return f'corpora={{"folder": "{folder}", "terms": "accepted"}}'


def test_what_has_terms_is_not_downloaded_before_they_are_accepted(template: Project):
    run = template.snakemake("--dry-run", "--configfile", "presets/public.yaml")

    assert run.returncode == 1
    assert "these are downloaded, and their terms have not been accepted" in run.stdout
    assert "LCQMC: publisher: https://" in run.stdout
    assert "terms: research only" in run.stdout
    assert "accept them with yiju corpora fetch and the same --configfile" in run.stdout


def _placeholders(presets: list[Path], folder: Path) -> None:
    """Empty files under the names of a run's corpora and sets: a dry-run asks whether they are there, nothing more."""
    config: dict = {}
    for preset in presets:
        config = overlaid(config, yaml.safe_load(preset.read_text(encoding="utf-8")))
    settings = load(config, presets)
    sources = [file for name in settings.corpora.use for file in settings.corpora.catalogue[name].files]
    sources += [file for name in settings.test_sets.use for file in settings.test_sets.catalogue[name].sources]
    for source in (one for one in sources if not one.is_remote):
        path = folder / source.source
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
