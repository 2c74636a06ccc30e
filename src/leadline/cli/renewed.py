"""`renew`: learn anew, and change over only where it is better beyond noise."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadline.cli.console import print_json, settings, sharing, show
from leadline.cli.learning_options import Drop, Id, Keep, Outcome, Time, Won, told_errors
from leadline.cli.options import Json, NoColor

if TYPE_CHECKING:
    from rich.console import RenderableType

    from leadline.learn.renewal import Decision


def renew(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where predictors and journal are "
                                                    "kept.", show_default=False)
    ],
    table: Annotated[
        str | None,
        typer.Argument(metavar="[FILE]", help="All leads so far, with their outcomes.", show_default=False),
    ] = None,
    outcome: Outcome = None,
    won: Won = None,
    time: Time = None,
    horizon: Annotated[
        str | None,
        typer.Option(
            "--horizon", metavar="90d", help="Within what time of --time the goal counts.",
            rich_help_panel="The outcome",
        ),
    ] = None,
    id_: Id = None,
    keep: Keep = None,
    drop: Drop = None,
    window: Annotated[
        str | None,
        typer.Option("--window", metavar="365d", help="Learn from the latest leads alone. (Default: from "
                                                      "all.)"),
    ] = None,
    back: Annotated[
        bool, typer.Option("--back", help="Put the predictor before this one back in use, and do nothing "
                                          "else.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="The same seed learns the same.")] = 0,
    as_json: Json = False,
    no_color: NoColor = False,
) -> None:  # fmt: skip
    """Learn anew, try it against the predictor in use, and change over only where it is better beyond noise.

    FOLDER/champion.json is the one in use. Both are judged on later leads that neither has seen; each
    decision is a line of FOLDER/journal.jsonl. `leadline renew FOLDER --back` goes one step back.
    """
    from leadline.cli.learn import duration_of

    with told_errors():
        from leadline.learn import renewal

        if back:
            made = renewal.back(folder, at=_now())
        else:
            if table is None or outcome is None or time is None:
                raise typer.BadParameter("name the table, --outcome and --time; or --back", param_hint="FILE")
            from leadline.learn.plain import examples_from_table

            with sharing("Learning anew") as progress:
                plain = examples_from_table(
                    table, outcome=outcome, won=won or None, time=time, id=id_, keep=keep or (),
                    drop=drop or (), horizon=duration_of(horizon),
                )  # fmt: skip
                columns = {"outcome": outcome, "won": won, "time": time, "id": id_, "horizon": horizon}
                made = renewal.renew(
                    folder, plain.examples, at=_now(), window=duration_of(window), seed=seed,
                    progress=progress, columns={name: value for name, value in columns.items() if value},
                )  # fmt: skip
    if settings.as_json:
        print_json(made.as_dict())
    else:
        show(*_screen(folder, made))


def _now() -> str:
    from leadline.cli.options import instant_or_now
    from leadline.model.values import time_text

    return time_text(instant_or_now(None))


def _screen(folder: Path, made: Decision) -> Iterable[RenderableType]:
    from rich.table import Table
    from rich.text import Text

    from leadline.cli.look import ACCENT, GOOD, QUIET
    from leadline.learn.renewal import journal

    yield Text(made.words, "bold")
    if made.duel:
        told = f"Both name {100 * made.duel.agreement:.0f} % of the best fifth alike."
        yield Text(told, QUIET)
    yield Text()
    table = Table.grid(padding=(0, 2, 0, 0))
    for line in journal(folder)[-8:]:
        colour = GOOD if line.act in ("first", "promoted") else ACCENT
        table.add_row(
            Text(line.at, QUIET), Text(line.act, colour), Text(line.champion, "bold"), Text(line.words)
        )
    yield table
    yield Text()
    yield Text.assemble(
        ("✓ ", f"bold {GOOD}"), f"{folder / 'champion.json'}", (f"  version {made.champion}", QUIET)
    )
