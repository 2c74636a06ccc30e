"""The lifecycle of one lead in plain Python: what :mod:`leadline.engine.lifecycle` is tested against."""

from __future__ import annotations

from dataclasses import dataclass

from leadline.engine.reference import Judged
from leadline.model.shape import DECISIONS, DISQUALIFIED, SENT_BACK, Model, Stage


@dataclass(frozen=True)
class Standing:
    """A lead's stage, and the start of its episode (None: the beginning of time)."""

    stage: str
    since: int | None = None


@dataclass(frozen=True)
class Move:
    """A change of stage: stages passed over are `skipped`."""

    before: str
    after: str
    cause: str
    skipped: tuple[str, ...] = ()


def next_standing(
    model: Model, judged: Judged, before: Standing | None = None
) -> tuple[Standing, list[Move]]:
    """One step of the lifecycle at the instant of `judged`."""
    first = model.lifecycle.stages[0].stage
    decisions = [e for e in judged.events if e["event"] in DECISIONS]
    latest = decisions[-1] if decisions else None
    now = before or Standing(first, latest["t"] if latest else None)
    moves: list[Move] = []

    by_person = latest is not None and latest["event"] == "lead_disqualified"
    if judged.measures["disqualified"] or by_person:
        if now.stage != DISQUALIFIED:
            moves.append(
                Move(now.stage, DISQUALIFIED, "lead_disqualified" if by_person else "disqualified by rule")
            )
        return Standing(DISQUALIFIED, now.since), moves
    if now.stage == DISQUALIFIED:
        decided = latest is not None and _after(latest["t"], now.since)
        moves.append(
            Move(DISQUALIFIED, first, latest["event"] if decided and latest else "rule no longer holds")
        )
        now = Standing(first, latest["t"] if decided and latest else judged.at)

    back = [e for e in decisions if e["event"] in SENT_BACK]
    if back and _after(back[-1]["t"], now.since):
        if now.stage != first:
            moves.append(Move(now.stage, first, back[-1]["event"]))
        now = Standing(first, back[-1]["t"])
    elif _leaves(model, judged, now):
        return Standing(first, judged.at), [*moves, Move(now.stage, first, "leave")]
    return _climb(model, judged, now, moves)


def _after(t: int, since: int | None) -> bool:
    return since is None or t > since


def _sent_back(judged: Judged, now: Standing) -> dict | None:
    """The rejection or recycling that opened the episode."""
    openers = [e for e in judged.events if e["event"] in SENT_BACK and e["t"] == now.since]
    return openers[-1] if openers else None  # type: ignore[return-value]


def _kept_after(model: Model, judged: Judged, since: int | None, raising: bool) -> bool:
    signals = [s for s in model.intent.signals if s.hand_raise or not raising]
    latest = (judged.kept[s.id][-1] for s in signals if judged.kept[s.id])  # they stand in order of time
    return any(_after(e["t"], since) for e in latest)


def _hand(model: Model, judged: Judged, now: Standing) -> bool:
    if _sent_back(judged, now):
        return _kept_after(model, judged, now.since, raising=True)
    return bool(judged.measures["hand_raised"])


def _leaves(model: Model, judged: Judged, now: Standing) -> bool:
    stage = next(s for s in model.lifecycle.stages if s.stage == now.stage)
    return stage.leave is not None and judged.holds(stage.leave, _hand(model, judged, now))


def _armed(model: Model, judged: Judged, now: Standing) -> bool:
    opener = _sent_back(judged, now)
    if opener is None or _kept_after(model, judged, now.since, raising=True):
        return True
    rested = opener["until"] if opener["until"] is not None else opener["t"] + model.lifecycle.cooldown
    return judged.at >= rested and _kept_after(model, judged, now.since, raising=False)


def _event_reached(stage: Stage, model: Model, judged: Judged, now: Standing) -> bool:
    happened = any(
        e["event"] == stage.event and not (now.since is not None and e["t"] < now.since)
        for e in judged.events
    )
    return happened and (stage.enter is None or judged.holds(stage.enter, _hand(model, judged, now)))


def _climb(model: Model, judged: Judged, now: Standing, moves: list[Move]) -> tuple[Standing, list[Move]]:
    stages = model.lifecycle.stages
    at = model.lifecycle.names.index(now.stage)
    armed, hand = _armed(model, judged, now), _hand(model, judged, now)
    while at + 1 < len(stages):
        following = stages[at + 1]
        if following.event is not None:
            may = _event_reached(following, model, judged, now)
        else:
            may = following.enter is not None and armed and judged.holds(following.enter, hand)
        later = [
            i
            for i in range(at + 2, len(stages))
            if stages[i].event and _event_reached(stages[i], model, judged, now)
        ]
        if not may and not later:
            break
        to = at + 1 if may else later[0]
        cause = f"event {stages[to].event}" if stages[to].event else "enter"
        moves.append(
            Move(stages[at].stage, stages[to].stage, cause, tuple(s.stage for s in stages[at + 1 : to]))
        )
        at = to
    return Standing(stages[at].stage, now.since), moves


@dataclass(frozen=True)
class Wait:
    """Why conditions do not lift a lead: it was sent back (`event`, `at`) and rests until `until`."""

    event: str
    at: int
    until: int
    signal_seen: bool


def rearming(model: Model, judged: Judged, now: Standing) -> Wait | None:
    """What a lead that was sent back waits for; None where its rules may lift it."""
    opener = _sent_back(judged, now) if now.stage != DISQUALIFIED else None
    if opener is None or _armed(model, judged, now):
        return None
    until = opener["until"] if opener["until"] is not None else opener["t"] + model.lifecycle.cooldown
    return Wait(opener["event"], opener["t"], until, _kept_after(model, judged, now.since, raising=False))
