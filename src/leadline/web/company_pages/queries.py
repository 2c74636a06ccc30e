"""What the screens of companies read: one question to the board, grouped by domain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import pyarrow as pa

from leadline.engine.dialects import DuckDB
from leadline.engine.render import Renderer
from leadline.identity import emails
from leadline.model.conditions import ConditionError
from leadline.model.expr import Expr
from leadline.model.shape import DISQUALIFIED
from leadline.web.board import filters
from leadline.web.board.asking import Asking, everything, parameters
from leadline.web.board.judging import Judging
from leadline.web.board.segments import read_condition
from leadline.web.board.store import current
from leadline.web.company_pages.measures import MEASURES, read_rule
from leadline.web.company_pages.models import Account, Role, Rule

SIZE = 50
ORDERS = {"intent": "intent", "people": "people", "seen": "last_seen", "fit": "best_fit"}
_DIALECT = DuckDB()


@dataclass(frozen=True)
class Group:
    """The buying group of a program: roles that read, and those that do not by the model that holds now."""

    roles: tuple[tuple[Role, Expr], ...] = ()
    unreadable: tuple[Role, ...] = ()
    rule: Expr | None = None
    rule_text: str = ""


@dataclass(frozen=True)
class Company:
    """One company, with its measures. `covered` has for each role of the group how many people there are."""

    domain: str
    name: str
    people: int
    intent: float
    best_intent: float
    best_fit: float
    advanced: int
    hands_raised: int
    last_seen: int | None
    tier: str
    covered: tuple[tuple[str, int], ...]
    qualified: bool

    @property
    def target(self) -> bool:
        return bool(self.tier)

    @property
    def roles(self) -> int:
        return sum(count > 0 for _, count in self.covered)

    @property
    def missing(self) -> list[str]:
        return [name for name, count in self.covered if not count]


@dataclass(frozen=True)
class Asked:
    """Which companies are wanted, and in which order."""

    search: str = ""
    order: str = "intent"
    targets: bool = False
    qualified: bool = False
    page: int = 1
    domain: str = ""


@dataclass(frozen=True)
class Found:
    companies: list[Company]
    count: int
    more: bool


def group_of(judging: Judging | None) -> Group:
    """The roles and the rule of a program."""
    if judging is None:
        return Group()
    readable, unreadable = [], []
    for role in Role.objects.filter(program=judging.program):
        try:
            readable.append((role, read_condition(judging.model, role.condition)))
        except ConditionError:
            unreadable.append(role)
    rule = Rule.objects.filter(program=judging.program).first()
    tree = None
    if rule is not None:
        try:
            tree = read_rule(rule.condition)
        except ConditionError:
            tree = None
    return Group(tuple(readable), tuple(unreadable), tree, rule.condition if rule else "")


def companies(
    judging: Judging | None, group: Group, asked: Asked, *, now: int, scope: Iterable[int] | None
) -> Found:
    """One page of companies. Addresses that anybody can have for nothing are no company's."""
    with current(now) as (database, _):
        asking = Asking(judging, now, database)
        _register(database)
        measured = _measured(asking, judging, group, asked, scope)
        names = ("domain", "name", *_NUMBERS, "last_seen", "tier")
        roles = [f"role_{i}" for i in range(len(group.roles))]
        rule = _rule(group)
        chosen = ", ".join([*names, *roles, f"coalesce({rule}, FALSE) AS qualified"])
        wanted = ["TRUE"]
        if asked.targets:
            wanted.append("target")
        if asked.qualified:
            wanted.append(f"coalesce({rule}, FALSE)")
        order = ORDERS.get(asked.order, "intent")
        begin = (max(asked.page, 1) - 1) * SIZE
        where = " AND ".join(wanted)
        sql = (
            f"SELECT {chosen}, count(*) OVER () AS total FROM ({measured}) m WHERE {where} "
            f"ORDER BY {order} DESC NULLS LAST, domain LIMIT {SIZE} OFFSET {int(begin)}"
        )
        rows = database.execute(sql, dict(parameters(asking, sql))).fetchall()
    total = rows[0][-1] if rows else 0
    titles = [role.name for role, _ in group.roles]
    return Found([_company(row, titles) for row in rows], total, begin + SIZE < total)


def leads_of(domain: str, *, now: int, scope: Iterable[int] | None, judging: Judging | None) -> list[int]:
    """The leads of a company, those with the most intent first."""
    with current(now) as (database, _):
        asking = Asking(judging, now, database)
        held = f"({filters.seen_by(scope)(asking)}) AND l.domain = {asking.value(domain)}"
        order = "ORDER BY s.intent DESC NULLS LAST, l.lead_id LIMIT 500"
        sql = asking.sql("l.lead_id, s.intent", held, order)
        return [row[0] for row in database.execute(sql, dict(parameters(asking, sql))).fetchall()]


def names_by_role(
    group: Group, leads: Sequence[int], *, now: int, judging: Judging | None
) -> dict[str, list[int]]:
    """Role -> those of these leads who are it."""
    found: dict[str, list[int]] = {}
    with current(now) as (database, _):
        for role, tree in group.roles:
            asking = Asking(judging, now, database)
            where = everything(filters.these(leads), filters.holds(tree))
            sql = asking.sql("l.lead_id", where(asking))
            found[role.name] = [r[0] for r in database.execute(sql, dict(parameters(asking, sql))).fetchall()]
    return found


_NUMBERS = ("people", "intent", "best_intent", "best_fit", "advanced", "hands_raised")


def _measured(
    asking: Asking, judging: Judging | None, group: Group, asked: Asked, scope: Iterable[int] | None
) -> str:
    """SQL of all companies with their measures."""
    early = [DISQUALIFIED, *(judging.model.lifecycle.names[:1] if judging else ())]
    settled = ", ".join(asking.value(stage) for stage in early)
    held = (
        f"({filters.seen_by(scope)(asking)}) AND l.domain <> '' AND l.domain NOT IN (SELECT domain FROM free)"
    )
    if asked.domain:
        held += f" AND l.domain = {asking.value(asked.domain)}"
    if asked.search:
        held += f" AND ({filters.said(asked.search)(asking)})"
    roles = [
        f"count(*) FILTER (WHERE {filters.holds(tree)(asking)}) AS role_{i}"
        for i, (_, tree) in enumerate(group.roles)
    ]
    chosen = ", ".join([
        "l.domain AS domain", "mode(nullif(l.company, '')) AS name", "count(*) AS people",
        "coalesce(sum(s.intent), 0) AS intent", "coalesce(max(s.intent), 0) AS best_intent",
        "coalesce(max(s.fit), 0) AS best_fit",
        f"count(*) FILTER (WHERE s.stage NOT IN ({settled})) AS advanced",
        "count(*) FILTER (WHERE s.hand_raised) AS hands_raised", "max(l.last_seen) AS last_seen", *roles,
    ])  # fmt: skip
    grouped = asking.sql(chosen, held, "GROUP BY l.domain")
    covered = " + ".join(f"CAST(role_{i} > 0 AS INTEGER)" for i in range(len(group.roles))) or "0"
    return (
        f"SELECT g.*, {covered} AS roles, {len(group.roles)} - ({covered}) AS roles_missing, "
        "coalesce(t.tier, '') AS tier, t.tier IS NOT NULL AS target "
        f"FROM ({grouped}) g LEFT JOIN targets t USING (domain)"
    )


def _rule(group: Group) -> str:
    if group.rule is None:
        return "FALSE"
    return Renderer(_DIALECT, {name: name for name in MEASURES}, "0")(group.rule)


def _register(database) -> None:
    """The tables that a question about companies needs beside the board's."""
    domains = [
        d for (d,) in database.execute("SELECT DISTINCT domain FROM leads WHERE domain <> ''").fetchall()
    ]
    said = list(Account.objects.values_list("domain", "tier"))
    free = {d for d in domains if _is_nobodys(d)} | {d for d, tier in said if tier == Account.MAILBOXES}
    database.register("free", pa.table({"domain": pa.array(sorted(free), pa.string())}))
    targets = [(d, tier) for d, tier in said if tier != Account.MAILBOXES]
    columns = {"domain": [d for d, _ in targets], "tier": [t for _, t in targets]}
    database.register("targets", pa.table({k: pa.array(v, pa.string()) for k, v in columns.items()}))


@lru_cache(maxsize=1_000_000)
def _is_nobodys(domain: str) -> bool:
    return emails.is_free(domain) or emails.is_disposable(domain)


def _company(row: tuple, titles: Sequence[str]) -> Company:
    domain, name, *numbers = row[:8]
    last_seen, tier, *rest = row[8:]
    covered = tuple(zip(titles, rest[: len(titles)], strict=True))
    people, intent, best_intent, best_fit, advanced, hands = numbers
    return Company(
        domain, name or domain, people, round(intent, 2), best_intent, best_fit, advanced, hands, last_seen,
        tier, covered, bool(rest[len(titles)]),
    )  # fmt: skip
