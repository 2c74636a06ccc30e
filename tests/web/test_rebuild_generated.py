"""Order, doubles, batches: how facts come leaves no trace, to the byte of a dump."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from world_cast import (
    BEGIN,
    MODELS,
    WINDOWED,
    Sent,
    dumped,
    empty,
    message,
    programs,
    sent,
    sources,
    take,
    wake,
)

from leadline.web.instants import HOUR, MINUTE, SECOND, moment
from leadline.web.leads import marks
from leadline.web.leads.models import Merge, Span
from leadline.web.qualification import heavy, walk
from leadline.web.qualification.actions import merge_leads, take_back_merge, void_event
from leadline.web.qualification.programs import publish
from leadline.web.rebuild import rebuild, rebuild_into

pytestmark = pytest.mark.django_db

END = BEGIN + 100 * HOUR
DECISIONS = ("demo", "lead_accepted", "lead_rejected", "lead_recycled", "lead_disqualified", "won")

_users = st.sampled_from(("u1", "u2", "u3"))
_browsers = st.sampled_from(("b1", "b2"))
_emails = st.sampled_from(("ana@acme.com", "ben@acme.com"))
_traits = st.fixed_dictionaries(
    {},
    optional={
        "email": _emails,
        "country": st.sampled_from(("DE", "AT", "FR", "")),
        "employees": st.sampled_from((10, 1000)),
    },
)
_who = st.one_of(
    st.fixed_dictionaries({"userId": _users}, optional={"anonymousId": _browsers}),
    st.fixed_dictionaries({"anonymousId": _browsers}),
)


@st.composite
def _messages(draw: st.DrawFn) -> Sent:
    """Few ids and few instants, so that they fall together."""
    number, at = draw(st.integers(0, 5)), draw(st.integers(0, 60)) / draw(st.sampled_from((1, 4, 60)))
    kind = draw(st.sampled_from(("page", "page", "track", "identify", "identify", "alias", "form")))
    source = draw(st.sampled_from(("site", "site", "crm")))
    late = draw(st.sampled_from((0, 0, 300)))
    more = draw(_who) if kind not in ("alias", "form") else {}
    match kind:
        case "page":
            more["properties"] = {"path": draw(st.sampled_from(("/pricing", "/")))}
        case "track":
            more["event"] = draw(st.sampled_from(DECISIONS)) if source == "crm" else "demo"
        case "identify":
            more["traits"] = draw(_traits)
        case "alias":
            more |= {"userId": draw(_users), "previousId": draw(_browsers)}
        case "form":
            more |= {
                "ll_id": str(number),
                "ll_anon": draw(_browsers),
                "email": draw(_emails),
                "country": "DE",
            }
    return sent(source, message(kind, number, at, **more), late)


def tried_again(one: Sent, seconds: int) -> Sent:
    """The same message a minute later, from a clock that says it happened so many seconds before or after."""
    received = one.received_at + MINUTE
    sent_at = moment(received - seconds * SECOND).isoformat()
    return Sent(
        one.source, received, one.message | ({"sentAt": sent_at} if one.message["type"] != "form" else {})
    )


@dataclass
class Life:
    """What happens in a workspace: messages, instants at which the worker works, what is decided then."""

    messages: list[Sent]
    rounds: list[int]
    verdicts: list[tuple[str, bool, int]]
    replaced_at: int | None
    shuffle: random.Random
    merges: list[tuple[int, int, int, bool]] = field(default_factory=list)


@st.composite
def lives(draw: st.DrawFn, merging: bool = False) -> Life:
    rounds = sorted(draw(st.sets(st.integers(1, 90), min_size=2, max_size=4)))
    pick = st.tuples(st.integers(0, len(rounds)), st.integers(0, 5), st.integers(0, 5), st.booleans())
    ids = st.sampled_from([f"{source}:{n}" for source in ("site", "crm") for n in range(6)])
    messages = draw(st.lists(_messages(), min_size=2, max_size=12))
    again = draw(st.lists(st.tuples(st.sampled_from(messages), st.integers(-2, 2)), max_size=2))
    return Life(
        [*messages, *(tried_again(one, seconds) for one, seconds in again)],
        [BEGIN + hour * HOUR for hour in rounds],
        [(*v, END + n) for n, v in enumerate(draw(st.lists(st.tuples(ids, st.booleans()), max_size=2)))],
        draw(st.sampled_from([None, *rounds])),
        draw(st.randoms(use_true_random=False)),
        draw(st.lists(pick, max_size=4)) if merging else [],
    )


def begin(life: Life) -> None:
    empty()
    sources()
    made = programs(MODELS, BEGIN, BEGIN)
    if life.replaced_at is not None:
        publish(program=made[1], text=WINDOWED, by="ana", at=BEGIN + life.replaced_at * HOUR)


def finish(life: Life) -> str:
    for event_id, void, at in life.verdicts:
        void_event(event_id=event_id, void=void, reason="test", by="ana", at=at)
    wake(END + HOUR)
    return dumped(END + HOUR)


def in_one_go(life: Life) -> str:
    begin(life)
    take(life.messages, END)
    return finish(life)


def bit_by_bit(life: Life, after_round: Callable[[int], object] = int) -> str:
    """Each message once or twice, in any round after it was received, in any order."""
    begin(life)
    left = [one for one in life.messages for _ in range(life.shuffle.choice((1, 1, 2)))]
    life.shuffle.shuffle(left)
    verdicts, life.verdicts = life.verdicts, []
    for number, now in enumerate([*life.rounds, END]):
        here = [one for one in left if one.received_at <= now and (now == END or life.shuffle.random() < 0.6)]
        left = [one for one in left if not any(one is taken for taken in here)]
        take(here, now, first=100 * number)
        wake(now)
        if verdicts and life.shuffle.random() < 0.5:
            event_id, void, at = verdicts.pop(0)
            void_event(event_id=event_id, void=void, reason="test", by="ana", at=at)
        for _, loser, winner, back in (m for m in life.merges if m[0] == number):
            decide(loser, winner, back, now)
        after_round(now)
    life.verdicts = verdicts
    dumped = finish(life)
    after_round(END + HOUR)
    return dumped


def decide(loser: int, winner: int, back: bool, at: int) -> None:
    """Merge the leads with these places in the list, or take back the latest merge."""
    leads = sorted(set(Span.objects.values_list("lead_id", flat=True)))
    standing = Merge.objects.filter(taken_back_at=None).last()
    if back and standing:
        take_back_merge(merge=standing, by="ana", at=at)
    elif leads and loser % len(leads) != winner % len(leads):
        merge_leads(loser=leads[loser % len(leads)], winner=leads[winner % len(leads)], by="ana", at=at)


def derived_anew(life: Life, was: str) -> None:
    assert_same(was, rebuilt())
    lines = was.splitlines()
    life.shuffle.shuffle(lines)
    empty()
    rebuild_into(lines, at=END + HOUR)
    assert_same(was, dumped(END + HOUR))


def rebuilt() -> str:
    rebuild(at=END + HOUR)
    return dumped(END + HOUR)


def assert_same(one: str, other: str) -> None:
    """Differences alone, as lines."""
    ours, theirs = one.splitlines(), other.splitlines()
    gone, new = [x for x in ours if x not in theirs], [x for x in theirs if x not in ours]
    assert not gone, "\n".join(["--- without", *gone, "+++ new", *new])
    assert one == other, "\n".join(new)


_dear = {
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    "max_examples": max(1, settings.default.max_examples // 4),
}


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few events of a minute are a machine's, and a lead of few facts or after few steps is heavy."""
    monkeypatch.setattr(marks, "FASTEST", 3)
    monkeypatch.setattr(marks, "FASTEST_PERSON", 2)
    monkeypatch.setattr(walk, "MOST_STEPS", 3)
    monkeypatch.setattr(heavy, "MOST_FACTS", 5)
    monkeypatch.setattr(heavy, "STEPS", 2)


@settings(**_dear)
@given(lives())
def test_order_doubles_and_batches_leave_no_trace(life: Life) -> None:
    was = in_one_go(life)
    assert_same(was, bit_by_bit(life))
    derived_anew(life, was)


@settings(**_dear)
@given(lives(merging=True))
def test_what_people_decide_in_between_follows_from_the_facts_too(life: Life) -> None:
    derived_anew(life, bit_by_bit(life))
