"""What happens when a command cannot do its job: a sentence, and an exit code that means something."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand

from leadline.cli.console import print_json, settings, tell

if TYPE_CHECKING:
    from leadline.model import ModelError, Problem

FINE, NO, USAGE, UNREADABLE, UNWRITABLE, FAULT, INTERRUPTED, PIPE = 0, 1, 2, 3, 4, 70, 130, 141
EXIT_CODES = {
    FINE: "done",
    NO: "the answer is no: `check` found problems, `diff --exit-code` changes, "
    "`drift --exit-code` an alarm, `explain` no such lead",
    USAGE: "the command line is not right",
    UNREADABLE: "the model or the data cannot be read",
    UNWRITABLE: "the result cannot be written",
    FAULT: "a fault in Leadline",
    INTERRUPTED: "interrupted",
    PIPE: "whoever read the output went away",
}
DEBUG = "LEADLINE_DEBUG"


class RefusedError(Exception):
    """A command that stops, with a sentence for whoever typed it and the exit code."""

    def __init__(self, message: str, code: int = UNREADABLE):
        super().__init__(message)
        self.code = code


class Command(TyperCommand):
    """A command that no traceback leaves."""

    def invoke(self, ctx: Any) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            raise typer.Exit(_hush()) from None
        except KeyboardInterrupt:
            raise typer.Exit(_tell("interrupted", INTERRUPTED)) from None
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except Exception as error:
            if os.environ.get(DEBUG):
                traceback.print_exc()
            raise typer.Exit(_explain(error)) from None
        return result


def _explain(error: Exception) -> int:
    """Tells what went wrong; gives the exit code."""
    from leadline.engine.facts import FactsError
    from leadline.engine.spark import SparkUnavailableError
    from leadline.model import ModelError
    from leadline.model.errors import PredictorError

    if isinstance(error, PredictorError):
        return _tell(str(error), UNREADABLE)
    if isinstance(error, ModelError):
        return tell_problems(error, UNREADABLE)
    if isinstance(error, RefusedError):
        return _tell(str(error), error.code)
    if isinstance(error, FactsError):
        return _tell(str(error), UNREADABLE)
    if isinstance(error, SparkUnavailableError):
        return _tell(str(error), USAGE)
    if isinstance(error, MemoryError):
        return _tell("there is not enough memory for this", FAULT)
    if isinstance(error, ModuleNotFoundError) and (extra := _extra_with(error.name)):
        return _tell(f"this needs the extra [{extra}]: pip install 'leadline[{extra}]'", USAGE)
    what = " ".join(str(error).split())[:300]
    hint = f"set {DEBUG}=1 and run it again to see where"
    return _tell(f"this should not have happened ({type(error).__name__}: {what}); {hint}", FAULT)


def _extra_with(module: str | None) -> str | None:
    return {"pyspark": "spark", "py4j": "spark"}.get((module or "").partition(".")[0])


def _tell(message: str, code: int) -> int:
    if settings.as_json:
        print_json({"error": {"message": message, "exit_code": code}})
        return code
    from rich.text import Text

    tell(Text.assemble(("error: ", "bold red"), message))
    return code


def tell_problems(error: ModelError, code: int) -> int:
    """Everything that is wrong with a model, each with its line, as compilers do."""
    if settings.as_json:
        print_json({"error": {"message": str(error), "exit_code": code, "problems": problems_data(error)}})
        return code
    from rich.text import Text

    for drawn in drawn_problems(error):
        tell(drawn)
    count = len(error.problems)
    said = f"{count} problem{'s' if count != 1 else ''}"
    tell(Text.assemble((said, "bold red"), f" in {error.file}"))
    return code


def problems_data(error: ModelError) -> list[dict[str, Any]]:
    return [
        {"file": error.file, "line": p.line, "column": p.column, "path": p.path, "message": p.message}
        for p in error.problems
    ]


def drawn_problems(error: ModelError) -> list[Any]:
    lines = _lines_of(error.file)
    return [_drawn(error.file, problem, lines) for problem in error.problems]


def _lines_of(file: str) -> list[str]:
    """The file's lines, for showing; none where it cannot be shown."""
    from leadline.model.source import MAX_BYTES

    with contextlib.suppress(OSError, ValueError), open(file, "rb") as opened:
        return opened.read(MAX_BYTES).decode("utf-8", "replace").removeprefix("\ufeff").splitlines()
    return []


_WIDEST = 96  # of a line that is shown


def _drawn(file: str, problem: Problem, lines: list[str]) -> Any:
    from rich.text import Text

    said = Text.assemble((f"{file}:{problem.line}:{problem.column}", "bold"), ": ", problem.message)
    if problem.line > len(lines):
        return said
    line, column = _window(lines[problem.line - 1], problem.column)
    gutter = f"{problem.line:>5} │ "
    said.append(f"\n{gutter}", "dim").append(line)
    said.append(f"\n{' ' * (len(gutter) - 2)}│ ", "dim")
    return said.append(" " * _cells(line[: column - 1]) + "^", "bold red").append("\n")


def _window(line: str, column: int) -> tuple[str, int]:
    """The part of a long line around the column, harmless to a terminal, and the column in it."""
    line = "".join(sign if sign.isprintable() else " " for sign in line)
    start = max(0, column - _WIDEST * 2 // 3) if len(line) > _WIDEST else 0
    cut = line[start : start + _WIDEST]
    return ("…" if start else "") + cut + ("…" if start + _WIDEST < len(line) else ""), column - start + bool(
        start
    )


def _cells(text: str) -> int:
    """How many columns of a terminal a text takes: 漢 takes two."""
    from rich.cells import cell_len

    return cell_len(text)


def _hush() -> int:
    """Whoever read our output went away: say nothing more, not even at exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return PIPE
