"""The commands, put together. What is heavy is imported by the command that needs it."""

from __future__ import annotations

import contextlib
import sys
from typing import Annotated

import typer

from leadline.cli import (
    dedupe,
    drifted,
    history,
    learn,
    models,
    persona,
    predict,
    propose,
    qualify,
    renewed,
    safekeeping,
    start,
    upkeep,
    workspace,
)
from leadline.cli.console import settings
from leadline.cli.failures import EXIT_CODES, Command

HELP = "Leadline tells which leads are worth a call, why, and whether that was true."

app = typer.Typer(
    name="leadline",
    help=HELP,
    epilog="Exit codes: " + "; ".join(f"{code} {meaning}" for code, meaning in EXIT_CODES.items()) + ".",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from leadline import __version__

        typer.echo(f"leadline {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours; so does NO_COLOR=1.")] = False,
) -> None:
    settings.reset(no_color=no_color)


_MODELS, _LEADS, _BEGIN, _WORK = "The model", "The leads", "To begin with", "The workspace"
_OUTCOMES = "The outcomes"
app.command(cls=Command, rich_help_panel=_MODELS)(models.check)
app.command(cls=Command, rich_help_panel=_MODELS)(models.diff)
app.command(cls=Command, rich_help_panel=_MODELS)(models.schema)
app.command(cls=Command, rich_help_panel=_LEADS)(qualify.qualify)
app.command(cls=Command, rich_help_panel=_LEADS)(history.explain)
app.command(cls=Command, rich_help_panel=_LEADS)(history.replay)
app.command(cls=Command, rich_help_panel=_LEADS)(history.backtest)
app.command(cls=Command, rich_help_panel=_LEADS)(dedupe.dedupe)
app.command(cls=Command, rich_help_panel=_OUTCOMES)(learn.learn)
app.command(cls=Command, rich_help_panel=_OUTCOMES)(predict.predict)
app.command(cls=Command, rich_help_panel=_OUTCOMES)(drifted.drift)
app.command(cls=Command, rich_help_panel=_OUTCOMES)(renewed.renew)
app.command(cls=Command, rich_help_panel=_OUTCOMES)(propose.propose)
app.command(cls=Command, rich_help_panel=_OUTCOMES)(persona.persona)
app.command(cls=Command, rich_help_panel=_BEGIN)(start.init)
app.command(cls=Command, rich_help_panel=_BEGIN)(start.sample)
for _command in (
    workspace.serve, workspace.web, workspace.worker, workspace.migrate, workspace.doctor, workspace.user,
    workspace.publish, workspace.seed, upkeep.rebuild, upkeep.rebuild_replica, upkeep.dump,
    safekeeping.backup, safekeeping.verify, safekeeping.restore, safekeeping.erased,
):  # fmt: skip
    app.command(cls=Command, rich_help_panel=_WORK)(_command)


def main() -> None:
    """What the command `leadline` runs."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):  # a terminal that cannot show an arrow shows ?
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    app()
