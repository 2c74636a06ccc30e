"""`drift`: are later leads still like those that a predictor was learned from?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leadline.cli.console import print_json, settings, show, steps
from leadline.cli.learning_options import Id, Outcome, PredictorFile, Table, Time, Won, told_errors
from leadline.cli.options import AsOf, Json, NoColor

if TYPE_CHECKING:
    from rich.console import RenderableType

    from leadline.learn.drift import Drift

STEADY_SHOWN = 5


def drift(
    predictor: PredictorFile,
    table: Table,
    outcome: Outcome = None,
    won: Won = None,
    time: Time = None,
    id_: Id = None,
    as_of: AsOf = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Of the draws that tell noise.")] = 0,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 1 where there is an "
                                               "alarm.", rich_help_panel="Output")
    ] = False,
    as_json: Json = False,
    no_color: NoColor = False,
) -> None:  # fmt: skip
    """Whether later leads are still like those that a predictor was learned from.

    Watches each column, and with --outcome the base rate, the calibration and the order. Where nothing has
    changed, an alarm is raised at most once in twenty runs, for all of it together.
    """
    with told_errors(), steps("Reading the table", "Comparing") as step:
        from leadline.learn.drift import drift as compared

        made, now, waiting = _given(predictor, table, outcome, won, time, id_, as_of)
        step()
        found = compared(made, None, now, waiting=waiting, seed=seed)
    if settings.as_json:
        print_json(found.as_dict())
    else:
        show(*_screen(found))
    if exit_code and found.alarms:
        raise typer.Exit(1)


def _given(
    predictor: Any, table: str, outcome: str | None, won: list[str] | None, time: str | None, id_: str | None,
    as_of: str | None,
) -> tuple[Any, Any, Any]:  # fmt: skip
    """The predictor, the leads whose outcome is known (or all of them, as features), and the others."""
    import numpy as np
    import pyarrow as pa

    from leadline.cli.learning import read_outcomes, read_predictor_file, read_rows
    from leadline.learn.examples import Examples

    made = read_predictor_file(predictor)
    rows = read_rows(made, table, id_, time, as_of)
    if outcome is None:
        return made, rows.features, None
    known = read_outcomes(made, table, outcome, won)
    there = np.flatnonzero(known != -1)
    features = rows.features.take(pa.array(there))
    examples = Examples(features, made.inputs, made.fields, known[there] == 1, made.goal)
    waiting = rows.features.take(pa.array(np.flatnonzero(known == -1)))
    return made, examples, waiting if len(waiting) else None


def _screen(found: Drift) -> Iterable[RenderableType]:
    from rich.table import Table as Grid
    from rich.text import Text

    from leadline.cli.look import ALARM, FAIR, GOOD, QUIET
    from leadline.learn.drift import ALARM as LOUD
    from leadline.learn.drift import MOVED, STEADY

    colours = {LOUD: ALARM, MOVED: FAIR, STEADY: GOOD}
    yield Text(found.words, f"bold {ALARM if found.alarms else GOOD}")
    told = f"{found.now:,} leads now, {found.known:,} with a known outcome; {found.before:,} learned from"
    yield Text(told, QUIET)
    yield Text()
    table = Grid.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(max_width=30, overflow="fold")
    table.add_column()
    steady = 0
    for one in found.watched:
        steady += one.state == STEADY
        if one.state != STEADY or steady <= STEADY_SHOWN:
            words = Text(one.words.replace("\u00a0", " "))
            table.add_row(Text(one.state, colours[one.state]), Text(one.name, "bold"), words)
    yield table
    if steady > STEADY_SHOWN:
        yield Text(f"and {steady - STEADY_SHOWN} more that are steady", QUIET)
    if found.alarms:
        yield Text()
        yield Text("Learn it anew: leadline renew FOLDER leads.csv --outcome … --time …", QUIET)
