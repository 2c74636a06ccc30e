"""Commands that make derived things anew, and write everything down. They need the extra `[web]`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leadline.cli.console import counting, note, print_json, settings
from leadline.cli.failures import UNREADABLE, RefusedError
from leadline.cli.options import AsOf, Json, instant_or_now
from leadline.cli.workspace import ready


def rebuild(as_json: Json = False) -> None:
    """Make leads, standings and stage changes anew from the facts. The workspace can go on meanwhile."""
    ready()
    from leadline.web.instants import now
    from leadline.web.rebuild import rebuild as make

    with counting("Judging leads") as progress:
        leads = make(at=now(), progress=progress)
    _said({"leads": leads}, f"{leads:,} leads were made anew from their facts.")


def rebuild_replica(as_json: Json = False) -> None:
    """Write the columnar files anew that the engine and the figures read for all leads."""
    ready()
    from leadline.web.instants import now
    from leadline.web.replica import rebuild_replica as make

    rows = make(now())
    _said({"rows": rows}, f"{rows:,} facts were written.")


def dump(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write.", show_default=False)],
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Write everything as text in one canonical order: equal workspaces give equal files.

    Two dumps of one instant show whether a copy, or a rebuild, is the same to the byte. It has personal data.
    """
    ready()
    from leadline.web.dump import lines

    at, count = instant_or_now(as_of), 0
    try:
        with file.open("w", encoding="utf-8") as out:
            for line in lines(at):
                out.write(line + "\n")
                count += 1
    except OSError as error:
        raise RefusedError(f"`{file}` cannot be written: {error.strerror}", UNREADABLE) from None
    _said({"lines": count}, f"{count:,} lines were written to {file}.")


def _said(figures: dict[str, int], sentence: str) -> None:
    if settings.as_json:
        print_json(figures)
    else:
        note(sentence)
