"""Code versions: a hash of the code that a rule runs, so that a change of it reruns the rule."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import metadata
from pathlib import Path

from yiju.base.files import sha256
from yiju.job.source_files import PACKAGE, keep_sources, read_source
from yiju.job.workflow_files import workflow_folder

# The folder that holds the package, and the one that holds the scripts of rules: the same in a clone, not in a wheel.
SCRIPTS = Path(__file__).resolve().parents[2]
OF_RULES = workflow_folder() / "workflow_scripts"
# A new version of these may compute other numbers from the same code.
COMPUTES_WITH = {
    *(
        "accelerate",
        "apex",
        "jieba",
        "numpy",
        "opencc",
        "peft",
        "polars",
        "pypinyin",
        "python_calamine",
        "rapidfuzz",
        "regex",
        "scipy",
    ),
    *("sklearn", "tokenizers", "torch", "transformers"),
}
# These fetch, check, store, show or draw what was computed.
COMPUTES_NOTHING = {
    *("certifi", "click", "fastapi", "huggingface_hub", "jinja2", "markupsafe", "matplotlib", "onnx"),
    *(
        "onnxruntime",
        "optuna",
        "pandas",
        "pyarrow",
        "pycurl",
        "pydantic",
        "pynvml",
        "safetensors",
        "starlette",
        "tenacity",
    ),
    *("snakemake_interface_logger_plugins", "snakemake_logger_plugin_yiju"),
    *("threadpoolctl", "tqdm", "typing_extensions", "uvicorn", "xlsxwriter", "yaml"),
}
DISTRIBUTION = {"sklearn": "scikit-learn", "python_calamine": "python-calamine"}
# The seam between the workflow and what it computes. These modules decide where, when and on which devices a result is
# computed, how it is reported, and how its file is written; they cannot change what it says. So a code version
# stops here: neither they nor what only they import counts. tests/unit/job/test_seam.py says what each may import.
SEAM = {
    "yiju.base.addresses",  # addresses as people may see them
    "yiju.base.console",  # the log and errors in the terminal
    "yiju.base.encodings",  # what a message says of bytes that are no UTF-8
    "yiju.base.errors",  # the error class for problems that a user can correct
    "yiju.base.files",  # how a result's file is written
    "yiju.base.printable",  # text of others for the terminal and the log
    "yiju.base.sentences",  # how sentences are looked up for the terminal
    "yiju.base.suggestions",  # what a message says of a misspelt name
    "yiju.base.terminal_language",  # the language of the command line
    "yiju.base.types",  # kinds of values, for the validation
    "yiju.base.yaml_files",  # the files of the configuration, whose values reach jobs as parameters
    "yiju.config.method",  # what is known of a method before it computes
    "yiju.config.technique",  # what is known of a technique before it computes
    "yiju.config.section",  # the validation of values, which reach jobs as parameters
    # Transfers: the bytes are those that a checksum, a commit or the file's own content fixes.
    *(
        f"yiju.data.fetching.{name}"
        for name in ("download", "failures", "http_transfer", "hub", "lock", "origin", "store")
    ),
    "yiju.job",  # where, when and on which devices a job computes
    "yiju.training.forecast",  # how long a training will take, and whether the disk holds it
    "yiju.training.trackers",  # who shows the curves
    "yiju.training.usage",  # use of the GPUs, for the timings
}
# Files beside a package that its result depends on, though no import names them.
DATA_SUFFIXES = {".html", ".css", ".js", ".md", ".po", ".tsv"}


@cache
def code_version(script: str, *modules: str) -> str:
    """Name the code that a rule runs, so that Snakemake reruns the rule when, and only when, it changes.

    script: name of the rule's script without suffix; modules: package modules that it picks at run time (a reader, an
    attribution method) and that no import statement names. The hash covers the syntax trees of the script and of every
    package module that it imports, directly or not, up to the seam (`SEAM`), without comments, docstrings and spacing;
    the data files beside those modules; and the versions of the libraries that compute (`COMPUTES_WITH`) where one of
    them imports it. It is the same under every Python from 3.11 on.
    """
    files, libraries = reached(script, *modules)
    digest = hashlib.sha256()
    for file in sorted(files, key=_place):
        digest.update(_line_of(file))
    for data in sorted({data for file in files for data in _data_files(file)}):
        digest.update(f"{data.relative_to(SCRIPTS)}\0{sha256(data)}\0".encode())
    for library in sorted(libraries):
        digest.update(f"{library}=={_version(library)}\0".encode())
    return digest.hexdigest()[:16]


def reached(script: str, *modules: str) -> tuple[set[Path], set[str]]:
    """Files that a code version covers, and the libraries that they compute with."""
    files: set[Path] = set()
    libraries: set[str] = set()
    pending = [OF_RULES / f"{script}.py", *(_module_file(name) for name in modules)]
    while pending:
        file = pending.pop()
        if file is None or file in files:
            continue
        files.add(file)
        source = read_source(file, SCRIPTS)
        libraries |= source.outside & COMPUTES_WITH
        pending += _next_files(file)
    keep_sources(SCRIPTS)
    return files, libraries


@cache
def _next_files(file: Path) -> tuple[Path, ...]:
    """Files of the modules that a file imports, those of the seam left out."""
    names = (name for name in read_source(file, SCRIPTS).inside if not in_seam(name))
    return tuple(found for found in map(_module_file, names) if found)


@cache
def in_seam(name: str) -> bool:
    """Whether a module, or a package that holds it, belongs to the seam.

    The package itself does: its `__init__` holds a version's number, and imports nothing before a user asks for it.
    """
    parts = name.split(".")
    return name == PACKAGE or any(".".join(parts[:end]) in SEAM for end in range(2, len(parts) + 1))


def library_versions() -> dict[str, str]:
    """Version of Python and of every installed distribution, for the run's record."""
    import platform

    installed = {dist.metadata["Name"].lower(): dist.version for dist in metadata.distributions()}
    return {"python": platform.python_version(), **dict(sorted(installed.items()))}


@cache
def _version(library: str) -> str:
    """The installed version; some libraries are used only where they are installed."""
    try:
        return metadata.version(DISTRIBUTION.get(library, library))
    except metadata.PackageNotFoundError:
        return "not installed"


def _place(file: Path) -> Path:
    """Where a file lies, the same in a clone and in a wheel."""
    return file.relative_to(OF_RULES if file.parent == OF_RULES else SCRIPTS)


@cache
def _line_of(file: Path) -> bytes:
    """What a code version covers of a file: its place and the hash of its code."""
    return f"{_place(file)}\0{read_source(file, SCRIPTS).code}\0".encode()


def _module_file(name: str) -> Path | None:
    return _modules().get(name)


@cache
def _modules() -> dict[str, Path]:
    """All files of the package by the names that import statements give them; a package before a module."""
    files = sorted((SCRIPTS / PACKAGE).rglob("*.py"), reverse=True)
    parts = (file.relative_to(SCRIPTS).with_suffix("").parts for file in files)
    return {
        ".".join(names[:-1] if names[-1] == "__init__" else names): file
        for names, file in zip(parts, files, strict=True)
    }


@cache
def _data_files(file: Path) -> tuple[Path, ...]:
    if file.name != "__init__.py" or file.parent == SCRIPTS / PACKAGE:
        return ()
    return tuple(data for data in file.parent.iterdir() if data.suffix in DATA_SUFFIXES)
