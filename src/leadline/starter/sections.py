"""The sections of the first model, as lines of YAML."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from leadline.model.emit import flow
from leadline.model.expr import Type, number_text, quote
from leadline.model.shape import DECISIONS, spoken
from leadline.starter import guesses
from leadline.starter.behaviour import Behaviour, Kind, Part
from leadline.starter.people import Known, People
from leadline.starter.profile import Level, Profile

Namer = Callable[[str], str]  # what a rule should be called -> an id that no other has


def comment(text: str) -> str:
    """A text that stays inside a comment, whatever stands in it."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)[:400]


def _percent(part: int, whole: int) -> str:
    share = 100 * part / whole if whole else 0
    return f"{share:.0f} %" if share >= 1 or not part else "under 1 %"


# --- fields -----------------------------------------------------------------------------------------------


def fields_section(people: People) -> list[str]:
    """What is known of a lead, each with what stands in it."""
    lines = [
        "",
        "# What is known of a lead: its name in conditions, its type, its column if called otherwise.",
    ]
    body = [_field_line(known) for known in people.known]
    lines += ["fields:", *body] if body else ["fields: {}"]
    if people.leaks:
        lines += [*_CAREFUL, *(f"  # {_entry(guesses.plain(p.column), p)}" for p in people.leaks)]
    if people.unused:
        lines.append("  # Not used: " + comment(", ".join(people.unused)) + ".")
    asked = [line for line in _BANT_FIELDS if line.split(":")[0].strip("# ") not in people.taken]
    return [*lines, "  # The questions of BANT, for forms and calls; their answers come as traits.", *asked]


_CAREFUL = (
    "  # Careful: sales, or the outcome itself, may have filled these in after the fact. A model that reads",
    "  # them looks right on the past and fails on new leads. Take in only what is known before the call.",
)


def _field_line(known: Known) -> str:
    return f"  {_entry(known.field, known.profile)}"


def _entry(name: str, profile: Profile) -> str:
    keys: dict[str, object] = {"type": str(profile.type)}
    if name != profile.column:
        keys["column"] = profile.column
    return f"{name}: {flow(keys)}  # {comment(_about(profile))}"


def _about(profile: Profile) -> str:
    """`filled in 81 %; India 70 %, Bangladesh 2 %`."""
    said = f"filled in {_percent(profile.filled, profile.rows)}"
    if profile.quartiles:
        low, middle, high = (number_text(round(q, 2)) for q in profile.quartiles)
        return f"{said}; half lie between {low} and {high}, the middle is {middle}"
    if profile.type is Type.TIME or not profile.levels:
        return said
    shown = ", ".join(f"{lv.value} {_percent(lv.count, profile.rows)}" for lv in profile.levels[:4])
    rest = profile.distinct - len(profile.levels[:4])
    return f"{said}; {shown}" + (f" and {rest:,} more" if rest > 0 else "")


_BANT_FIELDS = (
    '  # budget_amount: {type: number, ask: "What have you set aside for this, per year?"}',
    '  # role_in_purchase: {type: text, ask: "Who decides?", values: [decides, influences, researches]}',
    '  # pain: {type: text, ask: "What would you like to be different?"}',
    '  # timeframe: {type: text, ask: "By when do you need it?", values: [now, quarter, year, someday]}',
)

# --- fit --------------------------------------------------------------------------------------------------


def fit_section(people: People) -> list[str]:
    """Rules that are a fair guess, and as comments those that only the team can judge."""
    if not people.known:
        return []
    active = [rule for known in people.known for rule in _guessed(known)]
    ids = _unique_ids()
    lines = ["", "# Who they are. A rule that holds gives its points.", "fit:", "  min: 0", "  max: 100"]
    lines += ["  rules:"] if active else ["  rules: []"]
    lines += [f"    - {flow({'id': ids(i), **rest})}  # a guess: {comment(why)}" for i, rest, why in active]
    candidates = [line for known in people.known for line in _candidates(known, ids)]
    if candidates:
        lines += [
            "    # Which of these make a better customer? Take the # away, and give it its points.",
            *candidates,
        ]
    return lines


Rule = tuple[str, dict[str, object], str]


def _guessed(known: Known) -> Iterable[Rule]:
    name, profile = known.field, known.profile
    if profile.type is Type.NUMBER and profile.quartiles:
        low, _, high = profile.quartiles
        if re.search(r"employee|headcount|company_size|staff", guesses.plain(name)) and low < high:
            rule = {
                "label": "Right size",
                "when": f"{name} between {number_text(low)} and {number_text(high)}",
            }
            yield f"{name}_right", {**rule, "points": 20}, "half of your leads lie between these"
        elif guesses.is_engagement(profile.column) and high > 0:
            rule = {"label": f"{_label(profile)}: upper quarter", "when": f"{name} >= {number_text(high)}"}
            yield f"{name}_much", {**rule, "points": 15}, "the upper quarter of your leads"
    elif profile.type is Type.BOOLEAN and guesses.is_opt_out(profile.column):
        rule = {"label": _label(profile), "when": name, "points": -10}
        yield name, rule, "they want to be left in peace"
    elif profile.type is Type.TEXT:
        senior = [level for level in profile.levels if guesses.is_senior(level.value)]
        if senior and re.search(r"senior|title|position|role|level|job", guesses.plain(name)):
            rule = {"label": "Can decide", "when": _one_of(name, senior), "points": 20}
            yield (
                f"{name}_decides",
                rule,
                f"{_percent(sum(s.count for s in senior), profile.rows)} of your leads",
            )
        work = [
            level for level in profile.levels if level.value.casefold() in ("work", "business", "corporate")
        ]
        if work and "mail" in guesses.plain(name):
            yield (
                f"{name}_work",
                {"label": "Work e-mail", "when": _one_of(name, work), "points": 10},
                (f"{_percent(work[0].count, profile.rows)} of your leads"),
            )


def _candidates(known: Known, ids: Namer) -> Iterable[str]:
    name, profile = known.field, known.profile
    if any(True for _ in _guessed(known)):
        return
    if profile.type is Type.BOOLEAN and profile.distinct > 1 and _true_count(profile) >= 0.02 * profile.rows:
        said = f"{_percent(_true_count(profile), profile.rows)} of your leads"
        yield _candidate(ids(name), _label(profile), name, said)
    elif profile.type is Type.NUMBER and profile.quartiles and profile.quartiles[0] < profile.quartiles[2]:
        when = f"{name} >= {number_text(profile.quartiles[2])}"
        yield _candidate(ids(f"{name}_high"), f"{_label(profile)}: upper quarter", when, "the upper quarter")
    elif profile.type is Type.TEXT:
        for level in profile.levels[:3]:
            if level.count >= 0.02 * profile.rows and level.value.casefold() not in (
                "select",
                "unknown",
                "other",
            ):
                id_ = ids(f"{name}_{guesses.plain(level.value)[:24] or 'value'}")
                said = f"{_percent(level.count, profile.rows)} of your leads"
                yield _candidate(
                    id_, f"{_label(profile)}: {level.value}", f"{name} = {quote(level.value)}", said
                )


def _candidate(id_: str, label: str, when: str, said: str) -> str:
    entry = flow({"id": id_, "label": label[:80], "when": when, "points": 10})
    return f"    # - {_comment_safe(entry)}  # {said}"


def _comment_safe(entry: str) -> str:
    return entry if entry.isprintable() else comment(entry)


def _true_count(profile: Profile) -> int:
    return sum(level.count for level in profile.levels if level.value.strip().lower() in ("true", "yes", "1"))


def _label(profile: Profile) -> str:
    return re.sub(r"[_\s]+", " ", profile.column).strip()[:60] or "Column"


def _one_of(name: str, levels: Sequence[Level]) -> str:
    return f"{name} in ({', '.join(quote(level.value) for level in levels)})"


def _unique_ids() -> Namer:
    """Gives ids that no other rule has, out of what they should be called."""
    taken: set[str] = set()

    def unique(wanted: str) -> str:
        base = re.sub(r"[^a-z0-9_]+", "_", wanted.casefold()).strip("_")[:80] or "rule"
        base = base if not base[0].isdigit() else f"r_{base}"
        found = next(n for n in (base, *(f"{base}_{i}" for i in range(2, 10_000))) if n not in taken)
        taken.add(found)
        return found

    return unique


# --- intent -----------------------------------------------------------------------------------------------


def intent_section(behaviour: Behaviour) -> list[str]:
    """A signal for each event, or for each of its pages or names, with points that are guesses."""
    ids = _unique_ids()
    signals = [s for kind in behaviour.kinds for s in _signals(kind, behaviour.rows, ids)]
    lines = [
        "",
        "# What they do. Points fade: after one half-life an event gives half of them.",
        "intent:",
        "  min: 0",
        "  max: 100",
    ]
    lines += ["  signals:"] if any(not s.lstrip().startswith("#") for s in signals) else ["  signals: []"]
    lines += signals
    if behaviour.more:
        lines.append(f"    # and {behaviour.more} more kinds of events, each rarer than these")
    return lines


def _signals(kind: Kind, total: int, ids: Namer) -> Iterable[str]:
    about = f"{_percent(kind.count, total)} of the events, {kind.leads:,} leads"
    name = comment(kind.event)
    if guesses.is_outcome(kind.event):
        yield f"    # {name} ({about}) is taken for an outcome: see goal"
    elif kind.event in DECISIONS or guesses.is_decision(kind.event):
        yield f"    # {name} ({about}) is made by your people, and says nothing of intent"
    elif kind.parts:
        yield f"    # {name}: {about}"
        for part in (part for part in kind.parts if part.value != "/"):
            yield _signal(kind, part, f"{_percent(part.count, kind.count)} of them", ids)
    else:
        yield _signal(kind, None, about, ids)


def _signal(kind: Kind, part: Part | None, about: str, ids: Namer) -> str:
    words = kind.event if part is None else f"{kind.event} {part.value}"
    points, half_life = guesses.event_points(part.value if part else kind.event)
    looked_at = part is not None and part.property == "path"  # looking is less than asking
    points = min(points, 12) if looked_at else points
    signal: dict[str, object] = {"id": ids(words), "label": _spoken(kind, part), "event": kind.event}
    if part is not None:
        value = quote(part.value)
        signal["where"] = f"starts_with(path, {value})" if looked_at else f"name = {value}"
    signal |= {"points": points or 1, "half_life": half_life}
    if not guesses.is_form(kind.event):
        signal["max_per_day"] = 2
    signal["max_points"] = 3 * abs(points or 1)
    if guesses.raises_hand(words) and points > 0 and not looked_at:
        signal["hand_raise"] = True
    if not points:
        why = "opens and deliveries say little: machines open mail"
        return f"    # - {_comment_safe(flow(signal))}  # {about}; {why}"
    return f"    - {flow(signal)}  # a guess: {about}"


def _spoken(kind: Kind, part: Part | None) -> str:
    """What a salesperson reads: `Viewed /pricing`, `Form demo`, `Email clicked`."""
    event = spoken(kind.event)
    if part is None:
        return event[:80]
    verb = "Viewed" if re.search(r"page|view|visit", guesses.plain(kind.event)) else event
    return f"{verb} {part.value}"[:80]


# --- the rest ---------------------------------------------------------------------------------------------


def rest_sections(people: People, behaviour: Behaviour | None) -> list[str]:
    """Criteria, bands, quality, lifecycle, goal: what is asked of fit and intent depends on what there is."""
    points = [int(str(rule["points"])) for known in people.known for _, rule, _ in _guessed(known)]
    has_fit = any(one > 0 for one in points)
    most = min(sum(one for one in points if one > 0), 100)
    top, middle = (max(1, round(most * share)) for share in (0.6, 0.3))
    outcomes = (kind.event for kind in behaviour.kinds if guesses.is_outcome(kind.event)) if behaviour else ()
    goal = next(iter(outcomes), None)
    lines = [*_CRITERIA]
    lines += _bands(has_fit, behaviour is not None, top, middle)
    lines += [
        "",
        "# The first line that holds.",
        "quality:",
        *_qualities(has_fit, behaviour is not None, top, middle),
    ]
    lines += _lifecycle(goal, has_fit, behaviour is not None)
    if goal and behaviour:
        lines += _goal(goal, behaviour)
    return lines


_CRITERIA = (
    "",
    "# What must be heard from a lead. Not asked yet is `unknown`, never `no`. Take the # away here and in",
    "# the fields above.",
    "# criteria:",
    "#   budget: {label: Budget, yes_if: budget_amount >= 5000, valid_for: 365d}",
    "#   authority: {label: Authority, yes_if: \"role_in_purchase in ('decides', 'influences')\"}",
    "#   need: {label: Need, yes_if: pain <> 'none', no_if: pain = 'none'}",
    "#   timeline: {label: Timeline, yes_if: \"timeframe in ('now', 'quarter')\", valid_for: 90d}",
)


def _bands(has_fit: bool, has_intent: bool, top: int, middle: int) -> list[str]:
    if not (has_fit and has_intent):
        return []
    return [
        "", "# The matrix: a letter for who they are, a digit for what they do.", "bands:",
        f"  fit: {{A: {top}, B: {middle}, C: 0}}" if top > middle > 0 else f"  fit: {{A: {top}, C: 0}}",
        '  intent: {"1": 30, "2": 10, "3": 0}',
    ]  # fmt: skip


def _qualities(has_fit: bool, has_intent: bool, top: int, middle: int) -> list[str]:
    if has_fit and has_intent:
        return [
            f"  excellent: fit >= {middle} and intent >= 20",
            f"  good: fit >= {top} or intent >= 10",
            "  bad: true",
        ]
    if has_fit:
        return [f"  excellent: fit >= {top}", f"  good: fit >= {middle}", "  bad: true"]
    if has_intent:
        return ["  excellent: intent >= 30", "  good: intent >= 10", "  bad: true"]
    return ["  unjudged: true  # no rule gives points yet"]


def _lifecycle(goal: str | None, has_fit: bool, has_intent: bool) -> list[str]:
    mql: dict[str, object] = {"stage": "mql", "owner": "marketing"}
    if has_fit or has_intent:
        mql["enter"] = "quality = 'excellent'" + (" or hand_raised" if has_intent else "")
    return [
        "", "# Who has the lead, and when it changes hands. Decisions are events, such as lead_accepted.",
        "lifecycle:", "  cooldown: 30d  # sent back by sales: leave it in peace so long",
        "  stages:", "    - {stage: lead}", f"    - {flow(mql)}",
        "    - {stage: sal, owner: sales, event: lead_accepted, sla: 4h}",
        f"    - {flow({'stage': 'customer', 'event': goal or 'deal_won'})}",
    ]  # fmt: skip


def _goal(event: str, behaviour: Behaviour) -> list[str]:
    goal: dict[str, object] = {"event": event, "horizon": "90d"}
    lines = []
    if behaviour.value_property:
        name = guesses.plain(behaviour.value_property)
        goal = {"event": event, "value": name, "horizon": "90d"}
        typed: dict[str, object] = {"type": "number"}
        if name != behaviour.value_property:
            typed["column"] = behaviour.value_property
        lines = [
            "",
            "# What is read of an event, beside path, url, title, referrer and name.",
            f"properties: {{{name}: {flow(typed)}}}",
        ]
    return [
        *lines,
        "",
        "# By this the model is judged: it is to come within the horizon.",
        f"goal: {flow(goal)}",
    ]
