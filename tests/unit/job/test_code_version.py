"""Code versions change when, and only when, what is computed may change."""

import shutil

import pytest

from yiju.job import code_version as versions
from yiju.job import source_files
from yiju.job.code_version import code_version

CACHED = ("code_version", "_next_files", "_line_of", "_modules", "_data_files", "read_source", "_version")
SOURCES = {
    "train_model.py": '"""Train."""\n\nfrom yiju.training.loop import fit\n\nfit()\n',
    "yiju/__init__.py": '__version__ = "0.1.0"\n',
    "yiju/training/__init__.py": "STARTED = 1\n",
    "yiju/training/loop.py": (
        '"""The loop."""\n\nfrom yiju import tables\nfrom . import steps\n\n\ndef fit():\n    """Fit."""\n'
        "    from yiju.late import later\n\n    return tables, steps, later\n"
    ),
    "yiju/training/steps.py": "STEPS = 3\n",
    "yiju/tables.py": "NAMES = ['q', 't']  # sides\n",
    "yiju/late.py": "def later():\n    return 1\n",
    "yiju/readers/__init__.py": "",
    "yiju/readers/lcqmc.py": "WIDTH = 3\n",
    "yiju/pages/__init__.py": "from yiju import tables\n",
    "yiju/pages/style.css": "body {}\n",
    "yiju/unused.py": "X = 1\n",
    "write_page.py": "import yiju.pages\n",
}


def forget():
    for name in CACHED:
        getattr(versions, name).cache_clear()


@pytest.fixture
def scripts(tmp_path, monkeypatch):
    """A small package with its scripts in place of the real one."""
    for name, text in SOURCES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(versions, "SCRIPTS", tmp_path)
    monkeypatch.setattr(versions, "OF_RULES", tmp_path)
    forget()
    yield tmp_path
    forget()


def version(*names):
    """A code version as a new process would compute it."""
    forget()
    return code_version(*names)


def changes(scripts, file, old, new, *names):
    """Whether replacing a text in a file changes the code version of `names`."""
    before = version(*names)
    text = (scripts / file).read_text(encoding="utf-8")
    assert old in text
    (scripts / file).write_text(text.replace(old, new), encoding="utf-8")
    return version(*names) != before


@pytest.mark.usefixtures("scripts")
def test_a_code_version_is_the_same_every_time():
    assert version("train_model") == version("train_model")


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("yiju/tables.py", "# sides", "# both sides"),
        ("yiju/training/loop.py", '"""Fit."""', '"""Fit the model."""'),
        ("yiju/training/loop.py", '    """Fit."""\n', ""),
        ("train_model.py", '"""Train."""', '"""Train it."""'),
        ("yiju/tables.py", "['q', 't']", "[ 'q',\n    't' ]"),
        ("yiju/tables.py", "'q'", '"q"'),
        ("yiju/unused.py", "X = 1", "X = 2"),
        ("yiju/readers/lcqmc.py", "WIDTH = 3", "WIDTH = 4"),
        ("yiju/__init__.py", '"0.1.0"', '"0.2.0"'),
    ],
    ids=["comment", "docstring", "no docstring", "script docstring", "spacing", "quotes", "unused", "unnamed", "root"],
)
def test_what_computes_nothing_does_not_change_a_code_version(scripts, file, old, new):
    assert not changes(scripts, file, old, new, "train_model")


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("train_model.py", "fit()\n", "fit()\nfit()\n"),
        ("yiju/training/loop.py", "return tables", "return tables, 1"),
        ("yiju/tables.py", "'q'", "'p'"),
        ("yiju/training/steps.py", "3", "4"),
        ("yiju/late.py", "return 1", "return 2"),
        ("yiju/training/__init__.py", "STARTED = 1\n", "STARTED = 2\n"),
    ],
    ids=["script", "imported", "imported by that", "relatively", "inside a function", "package"],
)
def test_a_changed_line_changes_the_code_version_of_what_imports_it(scripts, file, old, new):
    assert changes(scripts, file, old, new, "train_model")


def test_a_module_that_is_named_counts(scripts):
    assert version("train_model") != version("train_model", "yiju.readers.lcqmc")
    assert changes(scripts, "yiju/readers/lcqmc.py", "3", "4", "train_model", "yiju.readers.lcqmc")


def test_a_module_that_is_new_behind_the_same_name_counts(scripts):
    before = version("train_model")
    (scripts / "yiju/training/steps.py").rename(scripts / "yiju/training/step.py")

    assert version("train_model") != before


def test_style_sheets_beside_a_package_count_for_what_imports_it_alone(scripts):
    assert not changes(scripts, "yiju/pages/style.css", "{}", "{color: red}", "train_model")
    assert changes(scripts, "yiju/pages/style.css", "red", "blue", "write_page")


def test_a_new_version_of_a_library_that_computes_counts_where_it_is_imported(scripts, monkeypatch):
    (scripts / "yiju/late.py").write_text("import torch\n\n\ndef later():\n    return torch\n", encoding="utf-8")
    trained, page = version("train_model"), version("write_page")
    monkeypatch.setattr(versions.metadata, "version", lambda name: f"{name} 99")

    assert version("train_model") != trained
    assert version("write_page") == page


@pytest.mark.usefixtures("scripts")
def test_a_script_that_is_not_there_is_an_error():
    with pytest.raises(FileNotFoundError, match="no_script"):
        version("no_script")


def test_every_script_of_the_workflow_has_a_code_version_of_its_own():
    names = [file.stem for file in versions.SCRIPTS.glob("*.py")]

    assert len({code_version(name) for name in names}) == len(names) > 20


def test_what_the_package_offers_to_users_is_nothing_that_rules_depend_on():
    assert source_files.read_source(versions.SCRIPTS / "yiju/__init__.py", versions.SCRIPTS).inside == frozenset()


def test_what_was_found_of_a_file_is_kept_by_its_bytes(scripts, monkeypatch):
    """A second process parses nothing, and one whose file has changed parses that file.

    So it is where Python writes no compiled files, as in most containers.
    """
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    parsed = []
    monkeypatch.setattr(
        source_files, "_parsed", lambda text, file, *rest: parsed.append(file.name) or whole(text, file, *rest)
    )
    first = anew("train_model")
    assert {"train_model.py", "loop.py", "late.py"} < set(parsed) and len(parsed) == 6
    parsed.clear()
    assert anew("train_model") == first and not parsed
    (scripts / "yiju/late.py").write_text("def later():\n    return 2\n", encoding="utf-8")
    assert anew("train_model") != first and parsed == ["late.py"]


@pytest.mark.parametrize("broken", ["", "[1]", '{"a": 1', "null"])
def test_a_damaged_or_forbidden_file_of_what_is_known_is_no_matter(scripts, broken):
    first = anew("train_model")
    (kept,) = (scripts / "yiju/__pycache__").glob("sources-*.json")
    kept.write_text(broken, encoding="utf-8")
    assert anew("train_model") == first
    shutil.rmtree(kept.parent)
    kept.parent.write_text("in the way", encoding="utf-8")
    assert anew("train_model") == first


whole = source_files._parsed


def anew(*names):
    """A code version as a new process computes it, from what the one before has kept."""
    source_files._known.cache_clear()
    source_files.KEPT.clear()
    return version(*names)


def test_a_rule_has_the_same_version_where_a_wheel_brought_its_script(scripts, monkeypatch):
    before = version("train_model")
    carried = scripts / "yiju/workflow/workflow_scripts"
    carried.mkdir(parents=True)
    (scripts / "train_model.py").rename(carried / "train_model.py")
    monkeypatch.setattr(versions, "OF_RULES", carried)
    assert version("train_model") == before
