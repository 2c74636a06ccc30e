"""The options of the commands that learn, and what can go wrong in them as sentences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from leadline.cli.failures import UNREADABLE, USAGE, RefusedError

EXTRA = ("sklearn", "scipy", "lightgbm", "joblib")

PredictorFile = Annotated[
    Path, typer.Argument(metavar="PREDICTOR", help="The predictor's file (JSON).", show_default=False)
]
Table = Annotated[
    str,
    typer.Argument(
        metavar="FILE", help="One row a lead: CSV, TSV, JSON Lines, Parquet or Excel.", show_default=False
    ),
]
Outcome = Annotated[
    str | None,
    typer.Option(
        "--outcome", metavar="COLUMN", help="The column that says what became of a lead.",
        rich_help_panel="The outcome",
    ),
]  # fmt: skip
Won = Annotated[
    list[str] | None,
    typer.Option(
        "--won", metavar="VALUE", help="What stands there where the goal was reached, if it is not plain "
        "(yes, 1, won). May be given more than once.", rich_help_panel="The outcome",
    ),
]  # fmt: skip
Time = Annotated[
    str | None,
    typer.Option(
        "--time", metavar="COLUMN", help="The column with the time from which a lead is judged. With it, "
        "learning is tried on later leads; without, on leads drawn by lot, which is optimistic.",
        rich_help_panel="The outcome",
    ),
]  # fmt: skip
Id = Annotated[
    str | None,
    typer.Option(
        "--id", metavar="COLUMN", help="The column with the lead's id.", rich_help_panel="The outcome"
    ),
]
Keep = Annotated[
    list[str] | None,
    typer.Option(
        "--keep", metavar="COLUMN", help="Learn from it although it looks as if it gave the answer away. May "
        "be given more than once.", rich_help_panel="The columns",
    ),
]  # fmt: skip
Drop = Annotated[
    list[str] | None,
    typer.Option(
        "--drop", metavar="COLUMN", help="Do not learn from it. May be given more than once.",
        rich_help_panel="The columns",
    ),
]  # fmt: skip


@contextmanager
def told_errors() -> Iterator[None]:
    """What can be wrong with data or files, as sentences rather than as faults."""
    from leadline.engine.facts import FactsError
    from leadline.model import ModelError

    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in EXTRA:
            raise RefusedError(
                "this needs the extra [learn]: pip install 'leadline[learn]'", USAGE
            ) from error
        raise
    except (FactsError, ModelError, RefusedError):
        raise
    except ValueError as error:  # LearnError and its like: sentences, all of them
        if type(error).__module__.startswith("leadline."):
            raise RefusedError(str(error), UNREADABLE) from error
        raise
