"""Commands about the model itself: is it right, what has changed, which keys are there."""

from __future__ import annotations

from typing import Annotated

import typer

from leadline.cli.console import print_json, settings, show
from leadline.cli.failures import NO, UNREADABLE, problems_data, tell_problems
from leadline.cli.options import Json, ModelFile, NoColor


def check(model: ModelFile, as_json: Json = False, no_color: NoColor = False) -> None:
    """Is the model right? All problems at once, or what it says in plain words.

    Exit code 1 where it has problems, 3 where the file cannot be read.
    """
    from leadline.model import ModelError
    from leadline.model.read import load_source, model_of

    try:
        source = load_source(model, file=model)
    except ModelError as error:
        raise typer.Exit(_tell(error, model, UNREADABLE)) from None
    try:
        read = model_of(source)
    except ModelError as error:
        raise typer.Exit(_tell(error, model, NO)) from None
    from leadline.cli.digest import counts_of, digest_of

    if settings.as_json:
        identity = {"file": model, "ok": True, "name": read.name, "version": read.version}
        from leadline.model.advice import advice

        print_json({**identity, "counts": counts_of(read), "problems": [], "advice": list(advice(read))})
    else:
        show(digest_of(read))


def _tell(error, file: str, code: int) -> int:
    if not settings.as_json:
        return tell_problems(error, code)
    print_json({"file": file, "ok": False, "problems": problems_data(error)})
    return code


def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="The model as it was.", show_default=False)],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The model as it is to be.", show_default=False)],
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with 1 where the two differ, for scripts.")
    ] = False,
    as_json: Json = False,
    no_color: NoColor = False,
) -> None:
    """What two models do differently, in sentences.

    Comments and layout are no differences: two models with one version do the same.
    """
    from leadline.model import read_model
    from leadline.model.diff import diff as changes_between

    before, after = read_model(old, file=old), read_model(new, file=new)
    changes = changes_between(before, after)
    if settings.as_json:
        print_json(
            {
                "old": {"file": old, "name": before.name, "version": before.version},
                "new": {"file": new, "name": after.name, "version": after.version},
                "same": before.version == after.version,
                "changes": [change.as_dict() for change in changes],
            }
        )
    else:
        from leadline.cli.digest import changes_text

        show(changes_text(before, after, changes))
    if exit_code and changes:
        raise typer.Exit(NO)


def schema(no_color: NoColor = False, as_json: Json = False) -> None:
    """The JSON Schema of the model format, with which editors complete and check it.

    Save it beside the model and begin the model with
    `# yaml-language-server: $schema=leadline.schema.json`.
    """
    from leadline.model.schema import json_schema

    print_json(json_schema())
