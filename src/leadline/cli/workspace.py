"""Commands of the workspace: running it, and looking after it. They need the extra `[web]`."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.text import Text

from leadline.cli.console import counting, note, print_json, settings, show
from leadline.cli.failures import NO, USAGE, RefusedError
from leadline.cli.options import Json, NoColor


def ready() -> None:
    """Django, with this installation's settings."""
    try:
        from leadline.web.env import EnvironmentWrongError
        from leadline.web.serve import set_up
    except ImportError as error:
        raise RefusedError(
            f"the workspace needs more than the library ({error.name} is missing): "
            "pip install 'leadline\\[web]'",
            USAGE,
        ) from None
    try:
        set_up()
    except EnvironmentWrongError as error:
        raise RefusedError(
            "these settings cannot be used:\n  " + "\n  ".join(error.problems), USAGE
        ) from None


def serve() -> None:
    """Run the workspace: web server and worker together, the database brought up to date first.

    What it needs to know stands in environment variables; as it comes, it keeps everything in the folder
    `leadline-data` and listens on http://localhost:8000.
    """
    ready()
    from leadline.web import serve as running

    running.migrate()
    raise typer.Exit(running.both())


def web() -> None:
    """Run the web server alone: pages and tracking API."""
    ready()
    from leadline.web import serve as running

    running.web()


def worker() -> None:
    """Run the worker alone: it takes what arrived and judges the leads concerned."""
    ready()
    from leadline.web import serve as running

    running.worker()


def migrate() -> None:
    """Bring the database to the shape of this version. `serve` does it by itself."""
    ready()
    from leadline.web import serve as running

    running.migrate()
    note("The database is up to date.")


def doctor(as_json: Json = False, no_color: NoColor = False) -> None:
    """Look at settings, database, disk, inbox and safety, and say what to mend; exit code 1 if anything."""
    ready()
    from leadline.web.doctor import examine

    found = examine()
    if settings.as_json:
        print_json([{"check": c.name, "ok": c.fine, "detail": c.told} for c in found])
    else:
        for check in found:
            mark = "[green]✓[/]" if check.fine else "[red]✗[/]"
            show(Text.from_markup(f"{mark} {check.name:<14} {escape(check.told)}"))
    if not all(check.fine for check in found):
        raise typer.Exit(NO)


def user(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="Who may sign in.", show_default=False)],
    name: Annotated[str, typer.Option("--name", help="What to call them.")] = "",
    role: Annotated[
        str,
        typer.Option(
            "--role", metavar="ROLE", help="admin, marketing, manager, rep or reader.", show_default=False
        ),
    ] = "",
) -> None:
    """Let somebody sign in, or give them a new password. It is asked for, or read from standard input.

    Whoever is new is an admin unless a role is given; whoever is there keeps theirs unless one is given.
    """
    ready()
    from django.core.exceptions import ValidationError

    from leadline.web import serve as running
    from leadline.web.accounts.actions import LastAdminError, let_in

    running.migrate()

    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    try:
        there = let_in(email=email, password=password, name=name, role=role)
    except ValidationError as error:
        raise RefusedError(" ".join(error.messages), USAGE) from None
    except (ValueError, LastAdminError) as error:
        raise RefusedError(str(error), USAGE) from None
    note(f"{there.email} can sign in, as {there.role}.")


def publish(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="The model's file.", show_default=False)],
    program: Annotated[
        str, typer.Option("--program", metavar="NAME", help="The program it is for.")
    ] = "leads",
    history: Annotated[
        bool, typer.Option("--history", help="A program's first model: let it hold for all of the past.")
    ] = False,
) -> None:
    """Publish a model: from now on all leads are judged by it. The program is made if it is new."""
    ready()
    from leadline.model import read_model
    from leadline.web.instants import now
    from leadline.web.qualification.models import Program
    from leadline.web.qualification.programs import always, create_program
    from leadline.web.qualification.programs import publish as put

    read_model(model)  # all its mistakes at once, by line and column
    text = model.read_text("utf-8")
    at = now()
    found = Program.objects.filter(slug=program).first() or create_program(slug=program, name=program, at=at)
    try:
        done = put(program=found, text=text, by=f"{os.environ.get('USER', 'somebody')} (command line)", at=at,
                   holds_from=always() if history else None)  # fmt: skip
    except ValueError as error:
        raise RefusedError(str(error), USAGE) from None
    note(f"Version {done.version[:12]} holds in program `{program}`. The worker judges all leads anew.")


def seed(
    leads: Annotated[int, typer.Option("--leads", metavar="N", help="How many leads.")] = 500,
    number: Annotated[
        int, typer.Option("--seed", metavar="N", help="The same number gives the same leads.")
    ] = 1,
    as_json: Json = False,
) -> None:
    """Put the example company into an empty workspace: half a year up to yesterday, its history replayed."""
    ready()
    from leadline.web import serve as running
    from leadline.web.capture.installed import the_inbox
    from leadline.web.demo import seed as put
    from leadline.web.instants import now
    from leadline.web.qualification.models import Standing
    from leadline.web.worker import Worker

    running.migrate()
    try:
        with counting("Storing facts") as progress:
            seeded = put(leads=leads, number=number, at=now(), progress=progress)
    except ValueError as error:
        raise RefusedError(str(error), USAGE) from None
    work = Worker(the_inbox())
    with counting("Replaying history") as progress:
        while work.round():
            progress(min(Standing.objects.count(), leads), leads)
    from django.conf import settings as django_settings

    if settings.as_json:
        print_json({**vars(seeded), "url": django_settings.SURROUNDINGS.url})
        return
    show(Text(django_settings.SURROUNDINGS.url, "bold"))
    show(
        Text.assemble(
            "  sign in as ", (seeded.email, "bold"), " with the password ", (seeded.password, "bold")
        )
    )
    for each, role in seeded.people.items():
        show(Text(f"  or as {each} ({role}), with the same password"))
    note(f"{seeded.leads} leads with {seeded.facts} facts; the website's write key is {seeded.write_key}")
