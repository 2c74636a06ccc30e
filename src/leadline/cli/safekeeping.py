"""Commands for copies of a whole workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leadline.cli.console import note
from leadline.cli.failures import NO, USAGE, RefusedError
from leadline.cli.workspace import ready

Copy = Annotated[Path, typer.Argument(metavar="FILE", help="The copy.", show_default=False)]


def backup(file: Copy) -> None:
    """Copy the whole workspace into one file, also while it runs and facts come in.

    The file has everybody's data and the secret key: keep it as safe as the workspace itself.
    """
    ready()
    from leadline.web.instants import now
    from leadline.web.safekeeping import CopyWrongError, back_up

    try:
        made = back_up(file.absolute(), now())
    except CopyWrongError as error:
        raise RefusedError(str(error), USAGE) from None
    facts = made.counts.get("leads_event", 0) + made.counts.get("leads_trait", 0)
    told = f" with {facts:,} facts" if made.counts else ""
    note(f"{file} is a copy as of {made.when}{told}. `leadline verify {file}` checks it.")


def verify(file: Copy) -> None:
    """Check that a copy is whole and as it was made; exit code 1 where it is not."""
    ready()
    from leadline.web.safekeeping import CopyWrongError
    from leadline.web.safekeeping import verify as check

    try:
        made = check(file)
    except CopyWrongError as error:
        raise RefusedError(str(error), NO) from None
    note(f"{file} is sound: a copy as of {made.when}, made by Leadline {made.leadline}.")


def restore(
    file: Copy,
    replace: Annotated[
        bool, typer.Option("--replace", help="Move aside the workspace that is here.")
    ] = False,
    erased: Annotated[
        Path | None,
        typer.Option("--erased", metavar="LIST", help="People erased since, by `leadline erased`."),
    ] = None,
) -> None:
    """Put a copy into this installation, with the server stopped.

    Nothing is sent again, everybody signs in anew, and who was erased here since stays erased.
    """
    ready()
    from leadline.web.instants import now
    from leadline.web.safekeeping import CopyWrongError, read_erased
    from leadline.web.safekeeping import restore as put_back

    try:
        lists = [read_erased(erased)] if erased else []
        made = put_back(file.absolute(), now(), replace=replace, erased=lists)
    except CopyWrongError as error:
        raise RefusedError(str(error), USAGE) from None
    note(f"The workspace is as of {made.when}. Start it with `leadline serve`.")


def erased(
    file: Annotated[Path, typer.Argument(metavar="LIST", help="Where to write it.", show_default=False)],
) -> None:
    """Write the list of the erased, to keep beside older copies. It names nobody."""
    ready()
    from leadline.web.safekeeping import CopyWrongError, write_erased

    try:
        count = write_erased(file)
    except CopyWrongError as error:
        raise RefusedError(str(error), USAGE) from None
    note(f"{file} has {count:,} seals. Give it to `leadline restore --erased` with a copy from before.")
