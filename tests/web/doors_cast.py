"""What the tests of the doors share: the team, and an app that shows codes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from django.db import connection
from pages_cast import Page

from leadline.web.accounts.access import Role
from leadline.web.accounts.models import User
from leadline.web.accounts.routes import Route, routes

WORD = "a long enough word"
NOON = 1_780_315_200  # seconds since 1970, where an app's clock stands
NAMES = {
    Role.ADMIN: "Ana",
    Role.MARKETING: "Max",
    Role.MANAGER: "Sofia",
    Role.REP: "Ben",
    Role.READER: "Rita",
}


def person(role: Role | str = Role.ADMIN, password: str | None = None, **more) -> User:
    name = more.pop("name", NAMES[role])
    return User.objects.create_user(
        f"{name.lower()}@example.com", password, name=name, role=Role(role), **more
    )


def code_of(secret: str, at: int = NOON) -> str:
    """What an authenticator app shows (RFC 6238), computed on its own."""
    counter = (at // 30).to_bytes(8, "big")
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    begin = digest[-1] & 15
    return f"{(int.from_bytes(digest[begin : begin + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


def secret_on(page: Page) -> str:
    return re.search(r'<code class="secret">([A-Z2-7]+)</code>', page.html)[1]


def everything() -> dict[str, str]:
    """A digest of each table of the database."""
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f'SELECT * FROM "{table}"')
            rows = sorted(repr(row) for row in cursor.fetchall())
            found[table] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {table for table in after if after[table] != before[table]}


# --- every address ---------------------------------------------------------------------------------------

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
SAMPLES = {
    "int": "1",
    "slug": "site",
    "str": "x",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "path": "x",
}


@cache
def guarded() -> tuple[Route, ...]:
    """Every address that is not for strangers."""
    return tuple(route for route in routes() if not route.public)


def address(route: Route, **samples: str) -> str:
    """An address of this route, with samples for what stands in angle brackets."""
    found = re.sub(r"<(?:(\w+):)?\w+>", lambda m: {**SAMPLES, **samples}.get(m[1] or "str", "x"), route.path)
    return "/" + found.replace("\\Z", "").replace("^", "").replace("$", "")


@contextmanager
def nothing_written() -> Iterator[None]:
    """Fails where a statement is sent that would change the database."""

    def watch(execute, statement, parameters, many, context):
        assert statement.split()[0] in ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK"), statement
        return execute(statement, parameters, many, context)

    with connection.execute_wrapper(watch):
        yield
