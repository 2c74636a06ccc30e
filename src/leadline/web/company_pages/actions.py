"""What the team says of companies: targets with their tiers, the buying group, when one is qualified."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.db import transaction

from leadline.model import Model
from leadline.model.conditions import ConditionError
from leadline.web.board.segments import read_condition
from leadline.web.company_pages.measures import read_rule
from leadline.web.company_pages.models import Account, Role, Rule
from leadline.web.qualification.models import Program

_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")
MOST_ROLES = 12
MOST_AT_ONCE = 5_000


class CannotSetError(ValueError):
    """What cannot be set; the message says why and what was expected."""


def domain_of(text: str) -> str:
    """The domain in a domain, web address or e-mail address. Raises CannotSetError.

    >>> domain_of("https://www.Acme.example/about"), domain_of("ana@acme.example")
    ('acme.example', 'acme.example')
    """
    bare = text.strip().lower().rpartition("://")[2].partition("/")[0].rpartition("@")[2].partition(":")[0]
    bare = bare.removeprefix("www.")
    if len(bare) > 255 or not _DOMAIN.fullmatch(bare):
        raise CannotSetError(f"“{text.strip()[:60]}” has no domain in it: give one such as acme.com")
    return bare


@transaction.atomic
def set_targets(*, texts: Iterable[str], tier: str, by: str, at: int) -> int:
    """Make companies target accounts of a tier; gives how many. Raises CannotSetError before any is set.

    In place of a tier, `Account.MAILBOXES` says that a domain is nobody's company.
    """
    if tier not in (*Account.TIERS, Account.MAILBOXES):
        raise CannotSetError(f"a tier is one of {', '.join(Account.TIERS)}, got “{tier[:20]}”")
    domains = sorted({domain_of(text) for text in texts if text.strip()})
    if not domains:
        raise CannotSetError("give at least one domain, each on a line of its own")
    if len(domains) > MOST_AT_ONCE:
        raise CannotSetError(f"these are {len(domains):,} domains: give at most {MOST_AT_ONCE:,} at once")
    Account.objects.bulk_create(
        [Account(domain=d, tier=tier, at=at, by=by) for d in domains],
        update_conflicts=True, unique_fields=["domain"], update_fields=["tier", "at", "by"],
    )  # fmt: skip
    return len(domains)


def drop_target(*, domain: str) -> str:
    """Nothing said of it any more; gives the tier that it had, empty for none."""
    found = Account.objects.filter(domain=domain).first()
    if found is None:
        return ""
    found.delete()
    return found.tier


@transaction.atomic
def set_group(
    *, program: Program, model: Model, roles: Iterable[tuple[str, str]], rule: str, by: str, at: int
) -> None:
    """The buying group of a program as (name, condition), and when a company is qualified.

    Raises CannotSetError with the first thing that does not read.
    """
    wanted = [(name.strip(), condition.strip()) for name, condition in roles]
    wanted = [(name, condition) for name, condition in wanted if name or condition]
    if len(wanted) > MOST_ROLES:
        raise CannotSetError(f"a buying group has at most {MOST_ROLES} roles")
    if len({name for name, _ in wanted}) < len(wanted):
        raise CannotSetError("two roles have one name: give each its own")
    for name, condition in wanted:
        if not name or not condition:
            raise CannotSetError("a role needs a name and a condition: fill in both, or neither")
        if len(name) > 60:
            raise CannotSetError(f"“{name[:20]}…” is too long: a role's name has at most 60 characters")
        try:
            read_condition(model, condition)
        except ConditionError as error:
            raise CannotSetError(f"{name}: {error}") from None
    if rule.strip():
        try:
            read_rule(rule)
        except ConditionError as error:
            raise CannotSetError(f"the rule for companies: {error}") from None
    Role.objects.filter(program=program).delete()
    Role.objects.bulk_create(
        [Role(program=program, name=n, condition=c, place=i) for i, (n, c) in enumerate(wanted)]
    )
    if rule.strip():
        Rule.objects.update_or_create(
            program=program, defaults={"condition": rule.strip(), "at": at, "by": by}
        )
    else:
        Rule.objects.filter(program=program).delete()
