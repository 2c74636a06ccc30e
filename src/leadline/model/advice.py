"""What is allowed in a model and yet hardly meant."""

from __future__ import annotations

from leadline.model import expr
from leadline.model.expr import Kind
from leadline.model.shape import Model


def advice(model: Model) -> tuple[str, ...]:
    """Sentences about what hardly does what its author wants; none where nothing is odd.

    >>> from leadline.model import read_model
    >>> advice(read_model(text="leadline: 1\\nname: x\\nquality: {bad: true, good: fit > 3}"))
    ('quality `good` is never reached: `bad` before it always holds; put `bad` last',)
    """
    return (*_never_reached(model), *_never_read(model))


def _never_reached(model: Model) -> list[str]:
    always = next((q.name for q in model.quality if q.when == expr.TRUE), None)
    names = [q.name for q in model.quality]
    after = names[names.index(always) + 1 :] if always else []
    return [
        f"quality `{name}` is never reached: `{always}` before it always holds; put `{always}` last"
        for name in after
    ]


def _never_read(model: Model) -> list[str]:
    conditions = [r.when for r in model.fit.rules] + [q.when for q in model.quality]
    conditions += [c for k in model.criteria for c in (k.yes_if, k.no_if) if c is not None]
    conditions += [c for s in model.lifecycle.stages for c in (s.enter, s.leave) if c is not None]
    read = {name for c in conditions for name in expr.names(c, Kind.FIELD)}
    return [
        f"field `{f.name}` is declared, and no condition reads it" for f in model.fields if f.name not in read
    ]
