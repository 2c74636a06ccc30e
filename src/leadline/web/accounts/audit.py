"""The audit log: who did what when. Written on by :func:`record`, and never changed."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from leadline.web.accounts.models import AuditEntry, NeverChangedError, User
from leadline.web.instants import now

__all__ = ["AuditEntry", "NeverChangedError", "guard", "record", "unguard"]


def record(who: HttpRequest | User | None, verb: str, about: str = "", **detail: Any) -> AuditEntry:
    """Write down that somebody did something.

    `who` is a request, a user, or None for the server's own commands; `verb` is what a person would say, such
    as "publish"; `about` names the thing, such as "program:example". `detail` is JSON without personal data:
    ids, numbers, names of fields. Call it in the transaction of the act, so that both are there or neither.
    """
    user = who.user if isinstance(who, HttpRequest) else who
    known = user is not None and user.is_authenticated
    return AuditEntry.objects.create(
        at=now(),
        by=user.pk if known else None,
        key=user.key_id if known else None,
        verb=verb,
        about=about,
        detail=detail,
    )


def guard(schema_editor: Any) -> None:
    """Let the database itself refuse to change or delete an entry."""
    for statement in _GUARD[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def unguard(schema_editor: Any) -> None:
    """Take the triggers away."""
    for statement in _UNGUARD[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


_TABLE = AuditEntry._meta.db_table
_SAID = "the audit log is only ever written on"
_SQLITE = "CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, '{said}'); END"
_FUNCTION = """
    CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '{said}'; END $$
"""
_POSTGRESQL = """
    CREATE TRIGGER {table}_refused BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()
"""
_GUARD = {
    "sqlite": [_SQLITE.format(table=_TABLE, verb=verb, said=_SAID) for verb in ("update", "delete")],
    "postgresql": [statement.format(table=_TABLE, said=_SAID) for statement in (_FUNCTION, _POSTGRESQL)],
}
_UNGUARD = {
    "sqlite": [f"DROP TRIGGER {_TABLE}_{verb}" for verb in ("update", "delete")],
    "postgresql": [f"DROP TRIGGER {_TABLE}_refused ON {_TABLE}", f"DROP FUNCTION {_TABLE}_refuse()"],
}
