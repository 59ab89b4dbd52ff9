"""What `make run` prints: stages, time left, training, failures; from events and logs, without Snakemake."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from projects import ROOT

from snakemake_logger_plugin_yiju import words
from snakemake_logger_plugin_yiju.job_log import Training, reason, training
from snakemake_logger_plugin_yiju.progress import Progress, StartedJob
from snakemake_logger_plugin_yiju.stages import STAGE_OF, TARGET
from snakemake_logger_plugin_yiju.terminal import OVER, Terminal
from snakemake_logger_plugin_yiju.weights import (
    DEFAULT_EXPERIMENT,
    LIGHT,
    known_weights,
    time_left,
    with_measured,
    work,
)

UPDATE = (
    "14:18:36 fine-tuning 0: 752 updates, about 61 s in all\n"
    "14:18:40 fine-tuning 0: update 76 of 752, accuracy 0.7037, dev_loss 0.5935, 936 pairs/s, 0.8 min left\n"
    "14:19:40 fine-tuning 0: update 188 of 752, loss 0.4100, accuracy 0.900, rate 1.0e-03, 955 pairs/s, 0.5 min left\n"
)


def rules() -> set[str]:
    return {
        name
        for file in (ROOT / "rules").glob("*.smk")
        for name in re.findall(r"^rule (\w+):", file.read_text(encoding="utf-8"), re.M)
    }


def log_file(folder: Path, text: str) -> list[str]:
    file = folder / "job.log"
    file.write_text(text, encoding="utf-8")
    return [str(file)]


def test_every_rule_belongs_to_a_stage_and_no_stage_names_another():
    assert set(STAGE_OF) == rules()
    assert set(DEFAULT_EXPERIMENT) - {TARGET} <= rules()
    assert set(LIGHT) <= set(DEFAULT_EXPERIMENT)


def test_the_newest_line_of_progress_counts(tmp_path: Path):
    found = training(log_file(tmp_path, UPDATE))
    assert found and (found.update, found.total, found.minutes) == (188, 752, 0.5)
    assert str(found) == "update 188 of 752, accuracy 0.900, loss 0.4100"
    assert training(log_file(tmp_path, "14:18:36 reading\n")) is None
    assert training([str(tmp_path / "missing.log")]) is None


def test_a_failure_is_told_in_the_words_of_the_log(tmp_path: Path):
    text = "10:00:00 reading\n10:00:01 error: a.tsv line 3: no label\n  add one\n"
    assert reason(log_file(tmp_path, text)) == "a.tsv line 3: no label\n  add one"
    defect = "10:00:01 this is a defect in yiju; please report it with the lines below\nTraceback\nKeyError: 'x'\n"
    assert reason(log_file(tmp_path, defect)).endswith("with the lines below: KeyError: 'x'")
    # A sentence of a corpus may hold the word.
    assert reason(log_file(tmp_path, "10:00:00 reading\nerror: is what this row says\n")) == ""


def test_the_time_left_follows_from_the_pace():
    assert time_left(60, 20, 80) == 180
    assert time_left(5, 20, 80) is None
    assert time_left(60, 1, 80) is None


def test_the_time_left_is_not_said_where_one_rule_is_unknown():
    assert work({"finetune_fold": 2, "render_report": 1}, {"finetune_fold": 60, "render_report": 1}) == 121
    assert work({"finetune_fold": 2, "examine_examples": 1}, {"finetune_fold": 60}) is None
    assert work({"finetune_fold": 0, "render_report": 1}, {"render_report": 1}) == 1


def test_times_of_this_run_are_brought_to_the_scale_of_the_weights():
    found = with_measured({"render_report": 1.0}, {"render_report": [4.0], "finetune_fold": [100.0, 140.0]})
    assert found == {"render_report": 1.0, "finetune_fold": 30.0}


def test_the_times_of_the_run_before_are_known(tmp_path: Path):
    (tmp_path / "timings").mkdir()
    for name, seconds in (("a", 10), ("b", 30)):
        facts = {"rule": "finetune_fold", "seconds": seconds}
        (tmp_path / f"timings/{name}.json").write_text(json.dumps(facts), encoding="utf-8")
    (tmp_path / "timings/broken.json").write_text("{", encoding="utf-8")
    assert known_weights(tmp_path, default=False)["finetune_fold"] == pytest.approx(20.4)
    assert "finetune_fold" not in known_weights(None, default=False)
    assert known_weights(None, default=True) == DEFAULT_EXPERIMENT


def begun() -> Progress:
    progress = Progress({}, began=0.0)
    progress.plan({"fetch_corpus": 2, "finetune_fold": 1, "all": 1, "total": 4})
    return progress


def test_a_stage_ends_with_the_last_of_its_jobs():
    progress = begun()
    for number in (1, 2):
        progress.start(number, StartedJob("fetch_corpus", "", [], 0.0))
    assert progress.stages() == ["fetching and reading corpora"]
    assert progress.finish(1, 1.0) is None
    assert progress.finish(2, 2.0) == "fetching and reading corpora"
    assert progress.counts() == (2, 3)


def test_lines_say_stage_jobs_time_and_training(tmp_path: Path):
    progress = begun()
    progress.start(3, StartedJob("finetune_fold", "", log_file(tmp_path, UPDATE), 0.0))
    line = words.status_line(progress, 75.0)
    assert line == (
        "fine-tuning: 0 of 3 jobs in 1:15; update 188 of 752, accuracy 0.900, loss 0.4100, about 30 s left in it"
    )
    (job, one) = progress.trainings()[0]
    assert words.training_line(job, Training(5, 5, "loss 0.1", 0.0)) == "fine-tuning: update 5 of 5, loss 0.1"
    progress.finish(3, 80.0)
    assert words.stage_line(progress, "fine-tuning", 80.0, one).startswith("fine-tuning done: 1 job (update 188 of")


def test_the_share_of_a_training_counts_for_the_time_left(tmp_path: Path):
    progress = Progress({"fetch_corpus": 10.0, "finetune_fold": 80.0}, began=0.0)
    progress.plan({"fetch_corpus": 2, "finetune_fold": 1})
    for number in (1, 2):
        progress.start(number, StartedJob("fetch_corpus", "", [], 0.0))
        progress.finish(number, 10.0)
    progress.start(3, StartedJob("finetune_fold", "", log_file(tmp_path, UPDATE), 10.0))
    # A quarter of 80 and twice 10 of 100 are done after 40 s.
    assert progress.left(40.0) == pytest.approx(60.0)
    # At this pace it would be 15 s, but the training itself says half a minute.
    assert progress.left(10.0) == pytest.approx(30.0)


@pytest.mark.parametrize(
    ("seconds", "said"), [(4, "about 10 s"), (44, "about 40 s"), (170, "about 3 min"), (9000, "about 2.5 h")]
)
def test_an_estimate_is_as_rough_as_it_is(seconds: float, said: str):
    assert words.about(seconds) == said


def test_time_that_has_passed_reads_as_a_clock():
    assert [words.clock(one) for one in (7, 760, 10931)] == ["0:07", "12:40", "3:02:11"]


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_one_line_that_changes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "20")
    screen = Screen()
    terminal = Terminal(screen)
    terminal.state("fine-tuning: 1 of 3 jobs in 1:15")
    terminal.lines("done")
    assert screen.getvalue() == f"{OVER}fine-tuning: 1 of …{OVER}done\n"


def test_what_is_no_terminal_gets_whole_lines_only():
    text = io.StringIO()
    terminal = Terminal(text)
    terminal.state("fine-tuning")
    terminal.lines("done")
    assert text.getvalue() == "done\n"
