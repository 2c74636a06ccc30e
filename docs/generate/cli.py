"""Writes docs/reference/cli.md from the commands themselves: `make docs`."""

import inspect
import re
from pathlib import Path

from typer.main import get_command

from leadline.cli import app
from leadline.cli.failures import DEBUG, EXIT_CODES

PAGE = Path(__file__).resolve().parent.parent / "reference" / "cli.md"


_COMMON = (
    "Every command takes `--json` (one JSON value on stdout, and nothing else there; notes and progress go "
    "to stderr) and `--no-color` (so does the environment variable `NO_COLOR`). `leadline --version` says "
    "which version this is."
)
_FAULTS = (
    f"A fault in Leadline (70) is told in one sentence; with `{DEBUG}=1` in the environment, where in the "
    "code it happened is shown too. With `--json`, an error is the value "
    '`{"error": {"message": …, "exit_code": …}}`.'
)


def page() -> str:
    """The whole page."""
    group = get_command(app)
    parts = [
        "<!-- Written by docs/generate/cli.py (`make docs`); change the commands, not this page. -->",
        "# The command line",
        inspect.cleandoc(group.help or ""),
        _contents(group.commands),
        _COMMON,
        "## Exit codes",
        _table(["code", "meaning"], [[f"`{code}`", meaning] for code, meaning in EXIT_CODES.items()]),
        _FAULTS,
        *(_command(name, command) for name, command in group.commands.items()),
    ]
    return "\n\n".join(parts) + "\n"


def _contents(commands) -> str:
    rows = [
        [
            f"[`leadline {name}`](#leadline-{name})",
            _text(command.help).partition("\n\n")[0].replace("\n", " "),
        ]
        for name, command in commands.items()
    ]
    return _table(["command", "what it is for"], rows)


def _command(name: str, command) -> str:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option" and "--help" not in p.opts]
    usage = " ".join(["leadline", name, *(_metavar(a) for a in arguments), "[OPTIONS]"])
    parts = [f"## leadline {name}", f"```\n{usage}\n```", _text(command.help)]
    rows = [[f"`{_metavar(a)}`", _said(a)] for a in arguments] + [[_option(o), _said(o)] for o in options]
    return "\n\n".join([*parts, _table(["", ""], rows)])


def _text(help_: str | None) -> str:
    return inspect.cleandoc(help_ or "")


def _metavar(parameter) -> str:
    return parameter.metavar or (parameter.name or "").upper()


def _option(option) -> str:
    names = ", ".join(f"`{name}`" for name in option.opts)
    if getattr(option, "is_flag", False):
        return names
    return f"{names} `{option.metavar}`"


def _said(parameter) -> str:
    said = re.sub(r"\s+", " ", parameter.help or "").strip()
    required = parameter.required and parameter.param_type_name == "option"
    default = getattr(parameter, "default", None)
    shown = (
        getattr(parameter, "show_default", True)
        and default not in (None, False, ())
        and not callable(default)
    )
    value = getattr(default, "value", default)
    return said + (" Required." if required else "") + (f" Default: `{value}`." if shown else "")


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *[[cell.replace("|", "\\|") for cell in row] for row in rows]]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
