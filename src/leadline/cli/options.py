"""The options and arguments that commands share."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from leadline.cli.console import settings

_TABLES = "CSV, TSV, JSON Lines, Parquet or Excel; a folder or a glob of such. May be given more than once."


def _ask_json(wanted: bool) -> bool:
    settings.as_json = settings.as_json or wanted
    return wanted


def _ask_plain(wanted: bool) -> bool:
    settings.no_color = settings.no_color or wanted
    return wanted


ModelFile = Annotated[
    str, typer.Argument(metavar="MODEL", help="The model's file (YAML).", show_default=False)
]
Leads = Annotated[
    list[str] | None,
    typer.Option("--leads", metavar="FILE", help=f"One row a lead. {_TABLES}", rich_help_panel="Data"),
]
Traits = Annotated[
    list[str] | None,
    typer.Option(
        "--traits", metavar="FILE", help="Dated answers and attributes, one row each.", rich_help_panel="Data"
    ),
]
Events = Annotated[
    list[str] | None,
    typer.Option("--events", metavar="FILE", help="What leads did, one row each.", rich_help_panel="Data"),
]
Mapped = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="TABLE.COLUMN=SOURCE",
        help="Where a file's column has another name: events.lead_id=user_id. "
        "A source in single quotes is a constant. May be given more than once.",
        rich_help_panel="Data",
    ),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="ISO",
        help="The instant to judge at, such as 2026-07-01T09:30:00+02:00; without an offset UTC. A date "
        "alone is where that day begins, in UTC: what happens on it does not count yet. (Default: now.)",
        show_default=False,
    ),
]
Json = Annotated[
    bool,
    typer.Option(
        "--json", help="Print JSON, and nothing else, on stdout.", callback=_ask_json, is_eager=True,
        rich_help_panel="Output",
    ),
]  # fmt: skip
NoColor = Annotated[
    bool,
    typer.Option(
        "--no-color", help="No colours; so does NO_COLOR=1.", callback=_ask_plain, is_eager=True,
        rich_help_panel="Output",
    ),
]  # fmt: skip


PredictorFile = Annotated[
    str | None,
    typer.Option(
        "--predictor",
        metavar="FILE",
        help="What `leadline learn` wrote: it gives each lead its `probability`, which rules may read.",
        show_default=False,
    ),
]


class OutFormat(StrEnum):
    """How tables are written."""

    PARQUET = "parquet"
    CSV = "csv"


def instant_of(text: str, option: str) -> int:
    """Microseconds of an instant that was typed."""
    from leadline.model.values import read_time

    instant = read_time(text)
    if instant is None:
        raise typer.BadParameter(
            f"`{text}` is no instant: write it as ISO 8601, such as 2026-07-01 or 2026-07-01T09:30:00Z",
            param_hint=option,
        )
    return instant


def instant_or_now(text: str | None) -> int:
    """The instant of --as-of; left out, now. The one place where the clock is read."""
    if text is not None:
        return instant_of(text, "--as-of")
    from datetime import UTC, datetime

    from leadline.model.values import micros_of

    return micros_of(datetime.now(UTC).replace(microsecond=0))


def one_or_many(files: list[str] | None) -> str | list[str] | None:
    """What was given for one table."""
    return files[0] if files and len(files) == 1 else files or None
