"""The text of a syntax tree: the same under every Python, another for other code."""

from __future__ import annotations

import ast
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from yiju.job.code_version import SCRIPTS
from yiju.job.syntax_tree import canonical

SNIPPETS = Path(__file__).with_name("syntax_snippets.py.txt")
# Of the snippets, under Python 3.11, 3.12 and 3.13. Another Python that gives another one needs a case in
# yiju.job.syntax_tree.
GOLDEN = "33ed3a45361cb61c06b656a13c173eafbdc81ebd8ce02d3dd498d281a07e1fb0"
# What another interpreter runs: file by file, a hash of the canonical form.
HASHES = """
import ast, hashlib, sys
sys.path.insert(0, sys.argv[1])
from yiju.job.syntax_tree import canonical
for name in sys.stdin.read().split("\\n"):
    with open(name, encoding="utf-8") as file:
        print(hashlib.sha256(canonical(ast.parse(file.read())).encode()).hexdigest(), name)
"""


def written(code: str) -> str:
    return canonical(ast.parse(code))


def other_pythons() -> dict[str, str]:
    """An interpreter of each other minor version, from 3.11 on, that PATH or pyenv has."""
    names = [f"3.{minor}" for minor in range(11, 30) if minor != sys.version_info.minor]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = {}
    for name in names:
        installed = sorted(pyenv.glob(f"{name}.*/bin/python{name}"))
        candidates = [*map(str, installed), shutil.which(f"python{name}")]
        working = (one for one in candidates if one and _works(one))
        if python := next(working, None):
            found[name] = python
    return found


def _works(python: str) -> bool:
    """Whether it starts: a shim of pyenv may stand for a version that is not there."""
    return subprocess.run([python, "-c", ""], capture_output=True).returncode == 0


def hashes(python: str, files: list[Path]) -> list[str]:
    command = [python, "-I", "-c", HASHES, str(SCRIPTS)]
    done = subprocess.run(command, input="\n".join(map(str, files)), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.slow
def test_all_pythons_write_the_package_alike():
    others = other_pythons()
    if not others:
        pytest.skip("there is no second Python from 3.11 on, neither on PATH nor in pyenv's folder")
    files = [*sorted(SCRIPTS.rglob("*.py")), SNIPPETS]
    ours = hashes(sys.executable, files)
    assert len(ours) == len(files) > 200
    for name, python in others.items():
        assert hashes(python, files) == ours, f"Python {name}"


def test_the_snippets_have_the_hash_that_they_have_under_every_python():
    assert hashlib.sha256(written(SNIPPETS.read_text(encoding="utf-8")).encode()).hexdigest() == GOLDEN


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1  # one", "x = 1"),
        ("x = [1,\n    2]", "x = [1, 2]"),
        ("x = 'a'", 'x = "a"'),
        ("x = u'a'", "x = 'a'"),
        ("x = 'a' 'b'", "x = 'ab'"),
        ("x = f'a' f'b{c}' 'd'", "x = f'ab{c}d'"),
        ("x = 0x10", "x = 16"),
        ("x = (a)", "x = a"),
        ("def f():\n    'Doc.'\n    return 1", "def f():\n    return 1"),
        ("class C:\n    'Doc.'", "class C:\n    pass"),
        ("'Doc.'\nx = 1", "x = 1"),
    ],
)
def test_what_means_the_same_is_written_alike(one: str, other: str):
    assert written(one) == written(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1", "x = 2"),
        ("x = 1", "x = True"),
        ("x = 1", "x = 1.0"),
        ("x = 1", "x = '1'"),
        ("x = 'a'", "x = b'a'"),
        ("x = None", "x = ..."),
        ("x = 0", "x = None"),
        ("x = ''", "x = None"),
        ("x = {**y}", "x = {None: y}"),
        ("x = -1", "x = 1"),
        ("x = 1e400", "x = 1e-400"),
        ("x = f'{a}'", "x = f'{a!r}'"),
        ("x = f'{a}'", "x = f'{a:>3}'"),
        ("x = f'{a}b'", "x = f'{a}'"),
        ("x = f'{{a}}'", "x = f'{a}'"),
        ("def f(a, b): pass", "def f(a, *, b): pass"),
        ("def f(a, b): pass", "def f(a, /, b): pass"),
        ("def f(a, b=1): pass", "def f(a=1, b=1): pass"),
        ("def f(*, a, b=1): pass", "def f(*, a=1, b): pass"),
        ("def f(): pass", "async def f(): pass"),
        ("def f():\n    return 'a'", "def f():\n    'a'"),
        ("from a import b", "from .a import b"),
        ("import a as b", "import a"),
        ("try: f()\nexcept A: g()", "try: f()\nexcept* A: g()"),
        ("x = [a for a in b]", "x = (a for a in b)"),
        ("x = a if b else c", "x = c if b else a"),
        ("x: int", "x: int = 0"),
        ("(x): int = 0", "x: int = 0"),
        ("a; b", "b; a"),
        ("a < b < c", "a < (b < c)"),
        ("x = y = 1", "x = 1; y = 1"),
        ("match a:\n    case None: b", "match a:\n    case True: b"),
        ("match a:\n    case [x]: b", "match a:\n    case [*x]: b"),
    ],
)
def test_what_means_something_else_is_written_otherwise(one: str, other: str):
    assert written(one) != written(other)


@pytest.mark.parametrize("empty", [[], None, 0])
def test_a_field_that_a_later_python_adds_changes_nothing_where_it_is_empty(empty: object):
    tree = ast.parse("def f(a): return a")
    before = canonical(tree)
    own = {name: getattr(tree.body[0], name, None) for name in ast.FunctionDef._fields}
    later = type("FunctionDef", (ast.FunctionDef,), {"_fields": (*ast.FunctionDef._fields, "later")})
    tree.body[0] = later(**own, later=empty)
    assert canonical(tree) == before
    tree.body[0].later = 1
    assert canonical(tree) != before
