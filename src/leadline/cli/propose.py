"""The command that proposes better rules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadline.cli.console import print_json, settings, show
from leadline.cli.failures import UNREADABLE, RefusedError
from leadline.cli.history import period_of, plainly
from leadline.cli.options import Events, Json, Leads, Mapped, ModelFile, NoColor, Traits, one_or_many

if TYPE_CHECKING:
    from leadline.learn.proposals import Wanted

_WANTED, _KEPT, _OUTPUT = "What is wanted", "What must stay", "Output"


def propose(
    model: ModelFile,
    leads: Leads = None,
    traits: Traits = None,
    events: Events = None,
    mapping: Mapped = None,
    until: Annotated[
        str | None,
        typer.Option(
            "--until", metavar="ISO",
            help="What is known up to then is learned from; a date is included. (Default: the last fact.)",
        ),
    ] = None,
    volume: Annotated[
        float | None,
        typer.Option("--volume", metavar="N", help="Hand-offs a week.", rich_help_panel=_WANTED),
    ] = None,
    precision: Annotated[
        float | None,
        typer.Option(
            "--precision", metavar="P", help="Share of hand-offs that reach the goal, such as 0.2.",
            rich_help_panel=_WANTED,
        ),
    ] = None,
    reps: Annotated[
        int | None,
        typer.Option("--reps", metavar="N", help="As many as reps can take: how many.",
                     rich_help_panel=_WANTED),
    ] = None,
    calls: Annotated[
        float | None,
        typer.Option("--calls", metavar="K", help="First conversations of each rep a day, with --reps.",
                     rich_help_panel=_WANTED),
    ] = None,
    live: Annotated[
        float | None,
        typer.Option(
            "--live", metavar="MINUTES",
            help="Leads are passed on while on the line, and a call takes so long: 80 % are to wait at most "
            "20 seconds.",
            rich_help_panel=_WANTED,
        ),
    ] = None,
    keep_signs: Annotated[
        bool,
        typer.Option("--keep-signs", help="No rule turns from plus to minus, whatever the outcomes say.",
                     rich_help_panel=_KEPT),
    ] = False,
    keep_order: Annotated[
        bool,
        typer.Option("--keep-order", help="Of two rules, the one of more points keeps at least as many.",
                     rich_help_panel=_KEPT),
    ] = False,
    stage: Annotated[
        str | None,
        typer.Option("--stage", metavar="STAGE", help="Where marketing hands over. (Default: mql.)"),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE.yaml", help="Write the proposed model, comments kept.",
                     rich_help_panel=_OUTPUT),
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option("--page", metavar="FILE.html", help="Write its backtest as a page with charts.",
                     rich_help_panel=_OUTPUT),
    ] = None,
    as_json: Json = False,
    no_color: NoColor = False,
) -> None:  # fmt: skip
    """What better rules would be, as the outcomes have it: points, half-lives, caps and thresholds.

    Learns from earlier leads, tries both models on later ones at the same number of hand-offs, and says
    whether the proposal is better by more than noise. Rules that are useless or do harm are named. Nothing
    is changed: --out writes another file.
    """
    from leadline.analysis import rep_reader
    from leadline.cli.console import counting
    from leadline.cli.proposed import proposal_screen
    from leadline.cli.reading import read_facts
    from leadline.cli.results import write_text
    from leadline.learn.proposals import Kept
    from leadline.learn.proposals import propose as proposal_of
    from leadline.model.document import ModelDocument

    document = ModelDocument.read(model, file=model)
    wanted = _wanted(volume, precision, reps, calls, live)
    files = dict(zip(("leads", "traits", "events"), map(one_or_many, (leads, traits, events)), strict=True))
    facts = read_facts([document.model, rep_reader()], files, mapping or [])
    with plainly():
        _, end = period_of(facts, document.model, None, until)
        with counting("Learning from the outcomes") as progress:
            found = proposal_of(
                document, facts, until=end, wanted=wanted, keep=Kept(keep_signs, keep_order), stage=stage,
                with_backtest=page is not None or settings.as_json, progress=progress,
            )  # fmt: skip
    written = {}
    if out is not None and found.changes:
        write_text(found.text, out)
        written["model"] = str(out)
    if page is not None and found.backtest is not None:
        write_text(found.backtest.to_html(), page)
        written["page"] = str(page)
    if settings.as_json:
        print_json({**found.as_dict(), "written": written})
    else:
        show(*proposal_screen(found, written, asked=out is not None or page is not None))


def _wanted(
    volume: float | None, precision: float | None, reps: int | None, calls: float | None, live: float | None
) -> Wanted:
    from leadline.learn.capacity import Live
    from leadline.learn.proposals import Wanted

    try:
        return Wanted(volume, precision, reps, calls, None if live is None else Live(minutes=live))
    except ValueError as error:
        raise RefusedError(str(error), UNREADABLE) from error
