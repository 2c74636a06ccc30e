"""A model in plain words: what a condition, a rule or a stage says, as a salesperson would put it.

Nothing here raises on a checked model; what has no words yet stands as it is written in the file.
"""

from __future__ import annotations

from collections.abc import Iterable

from leadline.model import expr
from leadline.model.expr import Expr, Kind, Literal, Name, Type, text_of
from leadline.model.shape import Criterion, FitRule, Model, Signal, Stage, spoken
from leadline.model.speech import gettext, gettext_noop, grouped, inline, ngettext
from leadline.model.values import DAY, HOUR, MINUTE, time_text

_COMPARED = {
    "=": gettext_noop("%(one)s is %(other)s"),
    "<>": gettext_noop("%(one)s is not %(other)s"),
    "<": gettext_noop("%(one)s is below %(other)s"),
    "<=": gettext_noop("%(one)s is at most %(other)s"),
    ">": gettext_noop("%(one)s is above %(other)s"),
    ">=": gettext_noop("%(one)s is at least %(other)s"),
}
_COMPARED_TIMES = {
    **_COMPARED,
    "<": gettext_noop("%(one)s is before %(other)s"),
    "<=": gettext_noop("%(one)s is at the latest %(other)s"),
    ">": gettext_noop("%(one)s is after %(other)s"),
    ">=": gettext_noop("%(one)s is at the earliest %(other)s"),
}
_OPPOSITE = {"=": "<>", "<>": "="}
_MEASURES = {
    "yes_count": gettext_noop("the number of criteria with yes"),
    "no_count": gettext_noop("the number of criteria with no"),
    "unknown_count": gettext_noop("the number of unknown criteria"),
    "next_question": gettext_noop("the next question"),
    "journey": gettext_noop("the step of the journey"),
    "first_seen": gettext_noop("the first visit"),
    "last_seen": gettext_noop("the last visit"),
    "probability": gettext_noop("the probability"),
    "fit": gettext_noop("fit"),
    "intent": gettext_noop("intent"),
    "quality": gettext_noop("quality"),
    "band": gettext_noop("band"),
}
_STATES = {
    "hand_raised": (
        gettext_noop("the lead has raised a hand"),
        gettext_noop("the lead has not raised a hand"),
    ),
    "disqualified": (gettext_noop("the lead is disqualified"), gettext_noop("the lead is not disqualified")),
}
_CALLED = {
    "starts_with": gettext_noop("%(one)s starts with %(other)s"),
    "ends_with": gettext_noop("%(one)s ends with %(other)s"),
    "contains": gettext_noop("%(one)s contains %(other)s"),
}
_WORDS = {"yes": gettext_noop("yes"), "no": gettext_noop("no"), "unknown": gettext_noop("unknown")}
_ARITH = {"+": "+", "-": "−", "*": "×", "/": "÷"}


def condition_words(tree: Expr | None, model: Model) -> str:
    """What a condition says, with the labels of the model's fields; nothing for none.

    >>> from leadline.model import read_model
    >>> model = read_model(text='''
    ... leadline: 1
    ... name: Words
    ... fields: {size: {type: number, label: Employees}, country: text}
    ... fit: {rules: [{id: a, when: "size between 50 and 1000 and country in ('DE', 'AT')", points: 1}]}
    ... ''')
    >>> condition_words(model.fit.rules[0].when, model)
    'employees between 50 and 1,000 and country is DE or AT'
    """
    return "" if tree is None else _Words(model).of(tree)


def rule_sentence(rule: FitRule, model: Model) -> str:
    """`Right size: 25 points where employees between 50 and 1,000`."""
    effect = gettext("disqualified") if rule.disqualify else _points(rule.points)
    return f"{rule.title}: {effect}{_where(rule.when, model)}"


def signal_sentence(signal: Signal, model: Model) -> str:
    """`Viewed pricing: 12 points for each page where path starts with /pricing, halving every 14 days`."""
    said = {"points": _points(signal.points), "told": signal_words(signal, model)}
    effect = gettext("%(points)s for %(told)s") % said
    return f"{signal.title}: {effect}"


def signal_words(signal: Signal, model: Model) -> str:
    """`each page where path starts with /pricing, halving every 14 days`: a signal without its points."""
    parts = [gettext("each %(event)s") % {"event": signal.event} + _where(signal.where, model)]
    if signal.half_life:
        parts.append(gettext("halving every %(time)s") % {"time": duration_words(signal.half_life)})
    if signal.window:
        parts.append(gettext("of the last %(time)s") % {"time": duration_words(signal.window)})
    if signal.max_per_day:
        parts.append(gettext("at most %(count)s a day") % {"count": signal.max_per_day})
    if signal.max_points is not None:
        parts.append(gettext("at most %(points)s in all") % {"points": _points(signal.max_points)})
    if signal.hand_raise:
        parts.append(gettext("a raised hand"))
    return ", ".join(parts)


def criterion_sentence(criterion: Criterion, model: Model) -> str:
    """`Budget: yes where yearly budget is at least 5,000, for 365 days`."""
    return f"{criterion.title}: {criterion_words(criterion, model)}"


def criterion_words(criterion: Criterion, model: Model) -> str:
    """`yes where yearly budget is at least 5,000`: a criterion without its name."""
    parts = [gettext("yes") + _where(criterion.yes_if, model)]
    if criterion.no_if is not None:
        parts.append(gettext("no") + _where(criterion.no_if, model))
    if criterion.valid_for:
        parts.append(gettext("an answer holds for %(time)s") % {"time": duration_words(criterion.valid_for)})
    return ", ".join(parts)


def stage_sentence(stage: Stage, model: Model) -> str:
    """`MQL (marketing): entered where quality is excellent; left where intent is below 10`."""
    return f"{stage_heading(stage)}: {stage_words(stage, model)}"


def stage_heading(stage: Stage) -> str:
    """`MQL (marketing)`: a stage's title with whose it is."""
    return f"{stage_title(stage)} ({stage.owner})" if stage.owner else stage_title(stage)


def stage_words(stage: Stage, model: Model) -> str:
    """`entered where quality is excellent; left where intent is below 10`: a stage without its name."""
    ways = [_where(stage.enter, model).strip()] if stage.enter is not None else []
    ways += [gettext("on %(event)s") % {"event": stage.event}] if stage.event else []
    first = bool(model.lifecycle.stages) and stage == model.lifecycle.stages[0]
    how = _joined(ways, gettext("and")) or gettext("by hand")
    parts = [gettext("where every lead starts") if first else gettext("entered %(how)s") % {"how": how}]
    if stage.leave is not None:
        parts.append(gettext("left %(how)s") % {"how": _where(stage.leave, model).strip()})
    if stage.sla:
        parts.append(gettext("due within %(time)s") % {"time": duration_words(stage.sla)})
    return "; ".join(parts)


def stage_title(stage: Stage) -> str:
    """Its label, or its name as screens write it: MQL, Customer."""
    name = stage.stage
    return stage.label or (name.upper() if name in ("mql", "sal", "sql") else spoken(name))


def duration_words(micros: int) -> str:
    """A duration in its largest whole unit.

    >>> duration_words(14 * DAY), duration_words(HOUR)
    ('14 days', '1 hour')
    """
    if micros % DAY == 0 and micros >= DAY:
        return _counted(ngettext("%(n)s day", "%(n)s days", micros // DAY), micros // DAY)
    if micros % HOUR == 0 and micros >= HOUR:
        return _counted(ngettext("%(n)s hour", "%(n)s hours", micros // HOUR), micros // HOUR)
    if micros % MINUTE == 0 and micros >= MINUTE:
        return _counted(ngettext("%(n)s minute", "%(n)s minutes", micros // MINUTE), micros // MINUTE)
    return gettext("%(n)s days") % {"n": grouped(f"{micros / DAY:.4g}")}


def _counted(text: str, count: int) -> str:
    return text % {"n": grouped(f"{count:,}")}


def number_words(value: float) -> str:
    """A number with its thousands apart.

    >>> number_words(1000.0), number_words(0.5)
    ('1,000', '0.5')
    """
    text = f"{int(value):,}" if value == int(value) and abs(value) < 1e15 else expr.number_text(value)
    return grouped(text)


def _points(points: float) -> str:
    count = 1 if abs(points) == 1 else 2
    return ngettext("%(n)s point", "%(n)s points", count) % {"n": number_words(points)}


def _where(tree: Expr | None, model: Model) -> str:
    if tree in (None, expr.TRUE):
        return ""
    return " " + gettext("where %(condition)s") % {"condition": condition_words(tree, model)}


def _joined(parts: Iterable[str], word: str, before: str = " ") -> str:
    return f"{before}{word} ".join(parts)


class _Words:
    def __init__(self, model: Model):
        self.fields = {f.name: f.title for f in model.fields}
        self.properties = {p.name: p.label or spoken(p.name) for p in model.properties}
        self.criteria = {c.name: c.title for c in model.criteria}

    def of(self, node: Expr) -> str:
        match node:
            case expr.And(items):
                return _joined((self._part(item) for item in items), gettext("and"))
            case expr.Or(items):
                return _joined((self._part(item) for item in items), gettext("or"))
            case expr.Not(item):
                return self._not(item)
            case Name(_, _, Type.BOOLEAN):
                return self._state(node, holds=True)
            case Literal(bool(holds)):
                return gettext("always") if holds else gettext("never")
        return self._test(node)

    def _part(self, item: Expr) -> str:
        return f"({self.of(item)})" if isinstance(item, (expr.And, expr.Or)) else self.of(item)

    def _not(self, item: Expr) -> str:
        match item:
            case Name():
                return self._state(item, holds=False)
            case expr.Compare("=" | "<>" as op, left, right):
                return self.of(expr.Compare(_OPPOSITE[op], left, right))
            case expr.In(left, choices):
                return self._said(_COMPARED["<>"], left, self._either(choices))
            case expr.Between(left, low, high):
                said = {"one": self.value(left), "low": self.value(low), "high": self.value(high)}
                return gettext("%(one)s not between %(low)s and %(high)s") % said
            case expr.IsNull(left):
                return gettext("%(one)s is known") % {"one": self.value(left)}
        return gettext("not (%(condition)s)") % {"condition": self.of(item)}

    def _state(self, name: Name, *, holds: bool) -> str:
        if name.kind is Kind.MEASURE and name.name in _STATES:
            return gettext(_STATES[name.name][0 if holds else 1])
        return self._said(_COMPARED["="], name, gettext("yes") if holds else gettext("no"))

    def _said(self, sentence: str, one: Expr, other: str) -> str:
        return gettext(sentence) % {"one": self.value(one), "other": other}

    def _test(self, node: Expr) -> str:
        match node:
            case expr.Compare("=" | "<>" as op, Name(_, _, Type.BOOLEAN) as name, Literal(bool(wanted))):
                return self._state(name, holds=wanted == (op == "="))
            case expr.Compare(op, left, right):
                verbs = _COMPARED_TIMES if Type.TIME in (left.type, right.type) else _COMPARED
                return self._said(verbs[op], left, self.value(right))
            case expr.In(item, choices):
                return self._said(_COMPARED["="], item, self._either(choices))
            case expr.Between(item, low, high):
                said = {"one": self.value(item), "low": self.value(low), "high": self.value(high)}
                return gettext("%(one)s between %(low)s and %(high)s") % said
            case expr.Like(item, pattern, fold):
                sentence, inner = _like(pattern)
                said = self._said(sentence, item, inner)
                return gettext("%(condition)s in any case") % {"condition": said} if fold else said
            case expr.IsNull(item):
                return gettext("%(one)s is not known") % {"one": self.value(item)}
            case expr.Call(function, (item, other)) if function in _CALLED:
                return self._said(_CALLED[function], item, self.value(other))
        return self.value(node)

    def value(self, node: Expr) -> str:
        """Something that is compared, rather than something that holds."""
        match node:
            case Name(name, kind):
                return self._name(name, kind)
            case Literal(value, type_):
                return _constant(value, type_)
            case expr.Arith(op, left, right):
                return f"{self.value(left)} {_ARITH[op]} {self.value(right)}"
            case expr.Neg(item):
                return f"−{self.value(item)}"
            case expr.Call("days_since", (item,)):
                return gettext("days since %(one)s") % {"one": self.value(item)}
            case expr.Call("length", (item,)):
                return gettext("the length of %(one)s") % {"one": self.value(item)}
            case expr.Call("abs", (item,)):
                return gettext("the size of %(one)s") % {"one": self.value(item)}
            case expr.Call("lower" | "upper", (item,)):
                return self.value(item)
            case expr.Call("coalesce", items):
                return _joined((self.value(item) for item in items), gettext("else"), ", ")
        return text_of(node)

    def _name(self, name: str, kind: Kind) -> str:
        if kind is Kind.MEASURE:
            return gettext(_MEASURES[name]) if name in _MEASURES else name
        titles = {Kind.FIELD: self.fields, Kind.PROPERTY: self.properties, Kind.CRITERION: self.criteria}
        return inline(titles.get(kind, {}).get(name) or spoken(name))

    def _either(self, choices: tuple[Expr, ...]) -> str:
        *most, last = (self.value(choice) for choice in choices)
        return _joined((", ".join(most), last), gettext("or")) if most else last


def _constant(value: object, type_: Type) -> str:
    match value:
        case None:
            return gettext("unknown")
        case bool():
            return gettext("yes") if value else gettext("no")
        case int() if type_ is Type.TIME:
            return time_text(value).replace("T00:00:00Z", "")
        case int() | float():
            return number_words(float(value))
    if value in _WORDS:
        return gettext(_WORDS[str(value)])
    return str(value) if str(value).strip() else gettext("an empty text")


def _like(pattern: str) -> tuple[str, str]:
    """The sentence that says what a pattern asks, and what is put into it."""
    inner = pattern.strip("%")
    if "%" in inner or "_" in inner or not inner:
        return gettext_noop("%(one)s is like %(other)s"), pattern
    match pattern.startswith("%"), pattern.endswith("%"):
        case False, True:
            return _CALLED["starts_with"], inner
        case True, False:
            return _CALLED["ends_with"], inner
        case True, True:
            return _CALLED["contains"], inner
    return _COMPARED["="], inner
