"""Who is who: tables of what happened, and whose it is; then anything, against the slow way."""

from __future__ import annotations

import random
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.identity import reference
from leadline.identity.resolve import Claim, Link, Merge, person_at, resolve, roots, spans_of

ANA, BEN, CLEO = ("user", "ana"), ("user", "ben"), ("user", "cleo")
ANAS_MAIL, BENS_MAIL = ("email", "ana@winter.de"), ("email", "ben@sommer.de")
LAPTOP, PHONE = ("anon", "laptop"), ("anon", "phone")


def linked(*links):
    """(anonymous id, minute, person) as links."""
    return [(anon, Link(at, f"l{i}", person)) for i, (anon, at, person) in enumerate(links)]


def claimed(*claims):
    """(e-mail, minute, user, verified) as claims."""
    return [(mail, Claim(at, user, f"c{i}", sure)) for i, (mail, at, user, sure) in enumerate(claims)]


def merged(*merges):
    """(minute, loser, winner) as merges."""
    return [Merge(at, f"m{i}", loser, winner) for i, (at, loser, winner) in enumerate(merges)]


CASES = {
    "a visitor who never says a name is a lead by itself": ([], [], [], {(LAPTOP, 5): LAPTOP}),
    "what was done before identifying joins the person": (
        linked((LAPTOP, 10, ANA)), [], [], {(LAPTOP, 1): ANA, (LAPTOP, 10): ANA, (LAPTOP, 99): ANA},
    ),
    "one browser with two people splits in time": (
        linked((LAPTOP, 10, ANA), (LAPTOP, 20, BEN), (LAPTOP, 30, ANA)), [], [],
        {(LAPTOP, 1): ANA, (LAPTOP, 19): ANA, (LAPTOP, 20): BEN, (LAPTOP, 29): BEN, (LAPTOP, 30): ANA},
    ),
    "one person with five browsers is one lead": (
        linked(*((("anon", f"b{i}"), i, ANA) for i in range(5))), [], [],
        {(("anon", f"b{i}"), 0): ANA for i in range(5)},
    ),
    "an identify that comes late, of long ago, is put where it belongs": (
        linked((LAPTOP, 20, BEN), (LAPTOP, 5, ANA)), [], [], {(LAPTOP, 10): ANA, (LAPTOP, 20): BEN},
    ),
    "an alias of a user to itself changes nothing": (
        [], [], merged((1, ANA, ANA)), {(ANA, 5): ANA},
    ),
    "a verified e-mail is its user's": (
        [], claimed((ANAS_MAIL, 5, ANA, True)), [], {(ANAS_MAIL, 1): ANA, (ANAS_MAIL, 9): ANA},
    ),
    "an e-mail that is only said stays a lead by itself": (
        [], claimed((ANAS_MAIL, 5, BEN, False)), [], {(ANAS_MAIL, 9): ANAS_MAIL},
    ),
    "two users who claim one e-mail are never joined": (
        [], claimed((ANAS_MAIL, 9, BEN, True), (ANAS_MAIL, 5, ANA, True)), [],
        {(ANAS_MAIL, 9): ANA, (ANA, 9): ANA, (BEN, 9): BEN},
    ),
    "a browser linked to an e-mail goes with it to the user": (
        linked((PHONE, 5, ANAS_MAIL)), claimed((ANAS_MAIL, 50, ANA, True)), [], {(PHONE, 1): ANA},
    ),
    "two browsers, an e-mail and a merge make one lead": (
        linked((LAPTOP, 5, ANA), (PHONE, 6, ANAS_MAIL)), [], merged((9, ANAS_MAIL, ANA)),
        {(LAPTOP, 1): ANA, (PHONE, 1): ANA, (ANAS_MAIL, 1): ANA},
    ),
    "a merge goes on to where the winner went": (
        [], [], merged((1, CLEO, BEN), (2, BEN, ANA)), {(CLEO, 1): ANA, (BEN, 1): ANA, (ANA, 1): ANA},
    ),
    "a merge that would close a circle changes nothing": (
        [], [], merged((1, CLEO, BEN), (2, BEN, ANA), (3, ANA, CLEO)), {(CLEO, 1): ANA, (ANA, 1): ANA},
    ),
    "who is merged twice brings the first winner along": (
        [], [], merged((1, CLEO, BEN), (2, CLEO, ANA)), {(CLEO, 1): ANA, (BEN, 1): ANA},
    ),
    "a merge into an e-mail follows it to its user": (
        [], claimed((ANAS_MAIL, 9, ANA, True)), merged((1, BENS_MAIL, ANAS_MAIL)), {(BENS_MAIL, 1): ANA},
    ),
    "a merge of an e-mail joins no two users when the e-mail turns out to be another's": (
        [], claimed((ANAS_MAIL, 9, ANA, True)), merged((1, ANAS_MAIL, BEN)),
        {(ANAS_MAIL, 1): ANA, (ANA, 1): ANA, (BEN, 1): BEN},
    ),
    "two users are joined by a merge that names both": ([], [], merged((1, BEN, ANA)), {(BEN, 1): ANA}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_whose_it_is(case: str) -> None:
    links, claims, merges, expected = CASES[case]
    who = resolve(links, claims, merges)
    for (subject, at), lead in expected.items():
        assert who.lead_of(subject, at) == lead
        assert reference.lead_of(subject, at, links, claims, merges) == lead


def test_a_merge_that_is_taken_back_leaves_all_as_before() -> None:
    first, wrong, later = merged((1, CLEO, BEN), (2, BEN, ANA), (3, BENS_MAIL, CLEO))
    assert roots([first, wrong, later]) == {CLEO: ANA, BEN: ANA, BENS_MAIL: ANA}
    assert roots([first, later]) == {CLEO: BEN, BENS_MAIL: BEN}


def test_of_two_links_at_one_instant_the_last_by_id_holds() -> None:
    links = [Link(5, "b", "Ben"), Link(5, "a", "Ana"), Link(9, "c", "Ana")]
    assert [(s.starts, s.person) for s in spans_of(links)] == [(None, "Ben"), (9, "Ana")]


SUBJECTS = [ANA, BEN, CLEO, ANAS_MAIL, BENS_MAIL, ("email", "c@x.de")]
BROWSERS = [LAPTOP, PHONE]
MINUTES = st.integers(0, 6)


@st.composite
def facts(draw: st.DrawFn):
    """Links, claims and merges with ids of their own."""
    persons = st.sampled_from(SUBJECTS)
    links = draw(st.lists(st.tuples(st.sampled_from(BROWSERS), MINUTES, persons), max_size=8))
    mails, users = st.sampled_from(SUBJECTS[3:]), st.sampled_from(SUBJECTS[:3])
    claims = draw(st.lists(st.tuples(mails, MINUTES, users, st.booleans()), max_size=5))
    anyone = st.sampled_from(SUBJECTS + BROWSERS)
    merges = draw(st.lists(st.tuples(MINUTES, anyone, anyone), max_size=8))
    return linked(*links), claimed(*claims), merged(*merges)


@given(facts())
def test_the_fast_way_is_the_slow_way(given_facts) -> None:
    who = resolve(*given_facts)
    for subject in SUBJECTS + BROWSERS:
        for at in range(-1, 8):
            assert who.lead_of(subject, at) == reference.lead_of(subject, at, *given_facts)


@given(facts(), st.randoms(use_true_random=False))
def test_shuffled_and_doubled_facts_change_nothing(given_facts, chance: random.Random) -> None:
    again = []
    for part in given_facts:
        doubled = part + chance.choices(part, k=len(part)) if part else []
        chance.shuffle(doubled)
        again.append(doubled)
    assert resolve(*again) == resolve(*given_facts)


@given(facts())
def test_spans_cover_all_time_without_a_gap(given_facts) -> None:
    for spans in resolve(*given_facts).spans.values():
        assert spans[0].starts is None
        assert spans[-1].ends is None
        for before, after in pairwise(spans):
            assert before.ends == after.starts
            assert before.person != after.person
            assert person_at(spans, after.starts) == after.person
            assert person_at(spans, after.starts - 1) == before.person


@given(facts(), st.data())
def test_without_a_merge_all_is_as_if_it_had_never_been(given_facts, data: st.DataObject) -> None:
    links, claims, merges = given_facts
    if not merges:
        return
    gone = data.draw(st.sampled_from(merges))
    left = [merge for merge in merges if merge != gone]
    assert resolve(links, claims, left) == resolve(links, claims, [m for m in merges if m is not gone])
    who = resolve(links, claims, left)
    for subject in SUBJECTS:
        assert who.lead_of(subject, 3) == reference.lead_of(subject, 3, links, claims, left)


def test_an_identity_bomb_takes_time_by_its_size() -> None:
    def seconds(count: int) -> float:
        links = [(i, Link(i, str(i), ANA)) for i in range(count)]
        chain = [Merge(i, str(i).zfill(9), i, i + 1) for i in range(count)]
        begin = time.process_time()
        who = resolve(links, [], chain)
        assert who.lead_of(count - 1, 0) == ANA
        assert who.roots[0] == count
        return time.process_time() - begin

    small = max(seconds(10_000), 0.01)
    assert seconds(100_000) < 40 * small  # a square would be 100 times
