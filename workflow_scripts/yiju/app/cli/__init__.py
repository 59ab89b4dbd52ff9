"""The command line: `yiju train`, `yiju search`, `yiju finetune`, `yiju explain`, `yiju compare`, `yiju index`, `yiju
predict`, `yiju study`, `yiju calibrate`, `yiju label-next`, `yiju serve`, `yiju evaluate`, `yiju corpora`, `yiju diff`,
`yiju export-onnx`, `yiju convert-checkpoint` and `yiju convert-highlights`."""

from __future__ import annotations

import importlib
import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from click.exceptions import NoSuchCommand

from yiju import __version__
from yiju.app.cli.default_model import VARIABLE, model_or_newest
from yiju.app.cli.help_pages import HelpPage
from yiju.app.cli.output import readable_usage
from yiju.base.console import log_to_stderr, readable_errors
from yiju.base.errors import YijuError
from yiju.base.files import NO_ROOM
from yiju.base.terminal_language import OPTION, TERMINAL_LANGUAGES, language_of, speak
from yiju.base.terminal_language import VARIABLE as LANGUAGE

# By name: the module that holds the command as `command`, and what it does. Modules are loaded when a command is asked
# for: torch takes seconds.
COMMANDS = {
    "train": ("train", "Train a model on a table of pairs, and report how good it is and what it rests on."),
    "search": ("search", "Search the values of a few keys that give the best model on dev."),
    "finetune": ("finetune", "Fine-tune a checkpoint on a table of two labels, several classes or grades."),
    "explain": ("explain", "Judge two sentences and colour the characters that the judgement rests on."),
    "compare": ("compare", "Show several explanations of one pair side by side, the best of this pair first."),
    "index": ("index", "Index the pairs that a model learnt, so that explanations show which of them speak for it."),
    "predict": ("predict", "Judge all pairs of a file."),
    "study": ("study", "Say which explanation of a model holds, also those that other libraries computed."),
    "calibrate": ("calibrate", "Find the threshold of a model or of any scores, and what their probabilities are."),
    "serve": ("serve", "Open the page in the browser, and the JSON API."),
    "evaluate": ("evaluate", "Score a submission in the competition's format beside trivial rules."),
    "corpora": ("corpora", "Show which files of the corpora are here, and download what can be."),
    "test": ("test", "Say what a model does when one thing of a sentence changes, and fail where that is required."),
    "audit": ("audit", "Say what files of pairs hold before anything is learnt: labels, leaks, shortcuts."),
    "suspects": ("suspects", "List training pairs of a run whose label may be wrong, for a review."),
    "label-next": ("label_next", "List the pairs without labels that are worth labelling first."),
    "diff": ("diff", "Show which settings and figures of two runs differ."),
    "dossier": ("dossier", "Write one file on a run for an auditor: report, terms, checksums, what changed."),
    "verify": ("verify", "Say whether dossiers and journals are as they were written."),
    "export-onnx": ("export", "Write a model as an ONNX graph that judges as it does."),
    "convert-checkpoint": ("convert", "Turn pytorch_model.bin into safetensors; code in it is refused."),
    "convert-highlights": ("highlights", "Turn highlights of Label Studio, doccano or a table into gold rationales."),
}
# The extra of the package that brings what a command imports, where the package alone does not.
EXTRAS = {
    "train": "workflow",
    "search": "search",
    "finetune": "train",
    "audit": "workflow",
    "serve": "serve",
    "corpora": "workflow",
}
MARGIN = (
    "what logit 1 must exceed logit 0 by for similar or, of a model that gives one number, the number above which a "
    "pair is similar  [default: the model's own]"
)
Command = Callable[..., None]


class Context(click.Context):
    """As click's, with help pages in the language of the terminal."""

    formatter_class = HelpPage


class LazyGroup(click.Group):
    """A group whose help needs no command's module."""

    context_class = Context

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, which does not know the names of commands that are not loaded."""
        try:
            return super().resolve_command(ctx, args)
        except NoSuchCommand as error:
            raise NoSuchCommand(error.command_name, possibilities=COMMANDS, ctx=ctx) from None

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        with _named_extra(name):
            command = importlib.import_module(f"yiju.app.cli.{COMMANDS[name][0]}").command
        # Where it was defined, it bears the name of its function.
        command.name = name
        for one in [command, *getattr(command, "commands", {}).values()]:
            one.context_class = Context
            if not hasattr(one.callback, "__wrapped__"):
                # Libraries are loaded when it runs.
                one.callback = _named_extra(name)(one.callback)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, said) for name, (_, said) in COMMANDS.items()])


@contextmanager
def _named_extra(command: str) -> Iterator[None]:
    """Name the extra to install where a command misses a library of it."""
    try:
        yield
    except ModuleNotFoundError as error:
        if command not in EXTRAS:
            raise
        remedy = f"pip install '.[{EXTRAS[command]}]' in the project's folder"
        raise YijuError(f"yiju {command} needs {error.name}, which is not installed: {remedy}") from None


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="yiju")
@click.option(
    OPTION,
    type=click.Choice(TERMINAL_LANGUAGES),
    envvar=LANGUAGE,
    show_envvar=True,
    expose_value=False,
    help="language of the command line: English, or Chinese in simplified or traditional characters  [default: as the "
    "locale says]",
)
def group() -> None:
    """Chinese sentence-pair similarity with the characters that every judgement rests on.

    \b
    yiju explain 抖音更换头像要多久 抖音怎么更换头像 --model results/sample/folds/0/model
    yiju predict pairs.tsv -o judged.jsonl --model results/sample/folds/0/model
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit: status 0, 1 after an error that a user can correct and one message names, 2 for usage.

    arguments: those of the process, unless given.
    """
    given = sys.argv[1:] if arguments is None else arguments
    speak(language_of(given, os.environ))
    log_to_stderr()
    for stream in (sys.stdout, sys.stderr):
        # What the terminal's encoding lacks is shown by its number, and ends no command.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    with readable_errors(), named_output(), readable_usage():
        # Not by itself, for it would print its errors as they are.
        raise SystemExit(group.main(arguments, prog_name="yiju", standalone_mode=False))


@contextmanager
def named_output() -> Iterator[None]:
    """Name standard output in an error of writing to it; all other writers name their file."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno in NO_ROOM:
            raise OSError(error.errno, error.strerror, "standard output") from None
        raise


def model_options(command: Command) -> Command:
    """Options of every command that explains."""
    return judging_options(
        click.option("--seed", default=111, show_default=True, help="random seed of methods that sample")(command)
    )


def judging_options(command: Command) -> Command:
    """Options of every command that loads a model."""
    named = click.option(
        "--model",
        envvar=VARIABLE,
        show_envvar=True,
        callback=model_or_newest,
        metavar="MODEL",
        help="model folder, folder of a run, or owner/name  [default: the newest finished run here]",
    )
    return named(opening_options(command))


def opening_options(command: Command) -> Command:
    """Options of every command that loads a model, but for its name."""
    for option in (
        click.option(
            "--calibration",
            metavar="FILE",
            type=click.Path(exists=True, dir_okay=False),
            help="file written by yiju calibrate  [default: the one in the model folder, where there is one]",
        ),
        click.option(
            "--instruction", metavar="TEXT", help="what a reranker is told to judge  [default: as its folder says]"
        ),
        click.option(
            "--answers",
            nargs=2,
            metavar="YES NO",
            help="of a language model: the token for similar and the one for not  [default: as its folder says]",
        ),
        click.option(
            "--template",
            metavar="FILE",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="the prompt, a text file with {q} and {t} in it, taken as it is  [default: as the folder says]",
        ),
        click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:NUMBER"),
        click.option("--margin", type=float, help=MARGIN),
        click.option("--revision", metavar="COMMIT", help="commit of a checkpoint of the hub"),
    ):
        command = option(command)
    return command
