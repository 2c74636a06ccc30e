"""A model in plain words: what a condition, a rule or a stage says, as a salesperson would put it.

Nothing here raises on a checked model; what has no words yet stands as it is written in the file.
"""

from __future__ import annotations

from leadline.model import expr
from leadline.model.expr import Expr, Kind, Literal, Name, Type, text_of
from leadline.model.shape import Criterion, FitRule, Model, Signal, Stage, spoken
from leadline.model.values import DAY, HOUR, MINUTE, time_text

_COMPARED = {
    "=": "is",
    "<>": "is not",
    "<": "is below",
    "<=": "is at most",
    ">": "is above",
    ">=": "is at least",
}
_COMPARED_TIMES = {
    **_COMPARED,
    "<": "is before",
    "<=": "is at the latest",
    ">": "is after",
    ">=": "is at the earliest",
}
_OPPOSITE = {"=": "<>", "<>": "="}
_MEASURES = {
    "yes_count": "the number of criteria with yes",
    "no_count": "the number of criteria with no",
    "unknown_count": "the number of unknown criteria",
    "next_question": "the next question",
    "journey": "the step of the journey",
    "first_seen": "the first visit",
    "last_seen": "the last visit",
}
_STATES = {
    "hand_raised": ("the lead has raised a hand", "the lead has not raised a hand"),
    "disqualified": ("the lead is disqualified", "the lead is not disqualified"),
}
_CALLED = {"starts_with": "starts with", "ends_with": "ends with", "contains": "contains"}
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
    effect = "disqualified" if rule.disqualify else _points(rule.points)
    return f"{rule.title}: {effect}{_where(rule.when, model)}"


def signal_sentence(signal: Signal, model: Model) -> str:
    """`Viewed pricing: 12 points for each page where path starts with /pricing, halving every 14 days`."""
    parts = [f"{_points(signal.points)} for each {signal.event}{_where(signal.where, model)}"]
    if signal.half_life:
        parts.append(f"halving every {duration_words(signal.half_life)}")
    if signal.window:
        parts.append(f"of the last {duration_words(signal.window)}")
    if signal.max_per_day:
        parts.append(f"at most {signal.max_per_day} a day")
    if signal.max_points is not None:
        parts.append(f"at most {_points(signal.max_points)} in all")
    if signal.hand_raise:
        parts.append("a raised hand")
    return f"{signal.title}: {', '.join(parts)}"


def criterion_sentence(criterion: Criterion, model: Model) -> str:
    """`Budget: yes where yearly budget is at least 5,000, for 365 days`."""
    parts = [f"yes{_where(criterion.yes_if, model)}"]
    if criterion.no_if is not None:
        parts.append(f"no{_where(criterion.no_if, model)}")
    if criterion.valid_for:
        parts.append(f"an answer holds for {duration_words(criterion.valid_for)}")
    return f"{criterion.title}: {', '.join(parts)}"


def stage_sentence(stage: Stage, model: Model) -> str:
    """`MQL (marketing): entered where quality is excellent; left where intent is below 10`."""
    ways = [f"where {condition_words(stage.enter, model)}"] if stage.enter is not None else []
    ways += [f"on {stage.event}"] if stage.event else []
    first = bool(model.lifecycle.stages) and stage == model.lifecycle.stages[0]
    entered = "where every lead starts" if first else "entered " + (" and ".join(ways) or "by hand")
    left = f"; left{_where(stage.leave, model)}" if stage.leave is not None else ""
    due = f"; due within {duration_words(stage.sla)}" if stage.sla else ""
    owner = f" ({stage.owner})" if stage.owner else ""
    return f"{stage_title(stage)}{owner}: {entered}{left}{due}"


def stage_title(stage: Stage) -> str:
    """Its label, or its name as screens write it: MQL, Customer."""
    name = stage.stage
    return stage.label or (name.upper() if name in ("mql", "sal", "sql") else spoken(name))


def duration_words(micros: int) -> str:
    """A duration in its largest whole unit.

    >>> duration_words(14 * DAY), duration_words(HOUR)
    ('14 days', '1 hour')
    """
    for unit, word in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        if micros % unit == 0 and micros >= unit:
            count = micros // unit
            return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"
    return f"{micros / DAY:.4g} days"


def number_words(value: float) -> str:
    """A number with its thousands apart.

    >>> number_words(1000.0), number_words(0.5)
    ('1,000', '0.5')
    """
    return f"{int(value):,}" if value == int(value) and abs(value) < 1e15 else expr.number_text(value)


def _points(points: float) -> str:
    return f"{number_words(points)} point" if abs(points) == 1 else f"{number_words(points)} points"


def _where(tree: Expr | None, model: Model) -> str:
    return "" if tree in (None, expr.TRUE) else f" where {condition_words(tree, model)}"


class _Words:
    def __init__(self, model: Model):
        self.fields = {f.name: f.title for f in model.fields}
        self.properties = {p.name: p.label or spoken(p.name) for p in model.properties}
        self.criteria = {c.name: c.title for c in model.criteria}

    def of(self, node: Expr) -> str:
        match node:
            case expr.And(items):
                return " and ".join(self._part(item) for item in items)
            case expr.Or(items):
                return " or ".join(self._part(item) for item in items)
            case expr.Not(item):
                return self._not(item)
            case Name(_, _, Type.BOOLEAN):
                return self._state(node, holds=True)
            case Literal(bool(holds)):
                return "always" if holds else "never"
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
                return f"{self.value(left)} is not {self._either(choices)}"
            case expr.Between(left, low, high):
                return f"{self.value(left)} not between {self.value(low)} and {self.value(high)}"
            case expr.IsNull(left):
                return f"{self.value(left)} is known"
        return f"not ({self.of(item)})"

    def _state(self, name: Name, *, holds: bool) -> str:
        if name.kind is Kind.MEASURE and name.name in _STATES:
            return _STATES[name.name][0 if holds else 1]
        return f"{self.value(name)} is {'yes' if holds else 'no'}"

    def _test(self, node: Expr) -> str:
        match node:
            case expr.Compare("=" | "<>" as op, Name(_, _, Type.BOOLEAN) as name, Literal(bool(wanted))):
                return self._state(name, holds=wanted == (op == "="))
            case expr.Compare(op, left, right):
                verbs = _COMPARED_TIMES if Type.TIME in (left.type, right.type) else _COMPARED
                return f"{self.value(left)} {verbs[op]} {self.value(right)}"
            case expr.In(item, choices):
                return f"{self.value(item)} is {self._either(choices)}"
            case expr.Between(item, low, high):
                return f"{self.value(item)} between {self.value(low)} and {self.value(high)}"
            case expr.Like(item, pattern, fold):
                return f"{self.value(item)} {_like(pattern)}{' in any case' if fold else ''}"
            case expr.IsNull(item):
                return f"{self.value(item)} is not known"
            case expr.Call(function, (item, other)) if function in _CALLED:
                return f"{self.value(item)} {_CALLED[function]} {self.value(other)}"
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
                return f"days since {self.value(item)}"
            case expr.Call("length", (item,)):
                return f"the length of {self.value(item)}"
            case expr.Call("abs", (item,)):
                return f"the size of {self.value(item)}"
            case expr.Call("lower" | "upper", (item,)):
                return self.value(item)
            case expr.Call("coalesce", items):
                return ", else ".join(self.value(item) for item in items)
        return text_of(node)

    def _name(self, name: str, kind: Kind) -> str:
        if kind is Kind.MEASURE:
            return _MEASURES.get(name, name)
        titles = {Kind.FIELD: self.fields, Kind.PROPERTY: self.properties, Kind.CRITERION: self.criteria}
        return _inline(titles.get(kind, {}).get(name) or spoken(name))

    def _either(self, choices: tuple[Expr, ...]) -> str:
        *most, last = (self.value(choice) for choice in choices)
        return f"{', '.join(most)} or {last}" if most else last


def _inline(title: str) -> str:
    """A title inside a sentence: `Yearly budget` loses its capital, `URL` does not."""
    return (
        title if title[1:2].isupper() or (title.istitle() and " " in title) else title[:1].lower() + title[1:]
    )


def _constant(value: object, type_: Type) -> str:
    match value:
        case None:
            return "unknown"
        case bool():
            return "yes" if value else "no"
        case int() if type_ is Type.TIME:
            return time_text(value).replace("T00:00:00Z", "")
        case int() | float():
            return number_words(float(value))
    return str(value) if str(value).strip() else "an empty text"


def _like(pattern: str) -> str:
    inner = pattern.strip("%")
    if "%" in inner or "_" in inner or not inner:
        return f"is like {pattern}"
    front, back = pattern.startswith("%"), pattern.endswith("%")
    verb = {(False, True): "starts with", (True, False): "ends with", (True, True): "contains"}
    return f"{verb.get((front, back), 'is')} {inner}"
