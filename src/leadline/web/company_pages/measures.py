"""What is measured of a company, and conditions over it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from leadline.model.conditions import Scope, parse_condition
from leadline.model.expr import Expr, Kind, Name, Type

MEASURES = {
    "people": _("people seen or known"),
    "intent": _("sum of their intent"),
    "best_intent": _("the highest intent of one"),
    "best_fit": _("the highest fit of one"),
    "advanced": _("people beyond the first stage"),
    "hands_raised": _("people who raised a hand"),
    "roles": _("roles of the buying group that are covered"),
    "roles_missing": _("roles that nobody covers"),
    "target": _("whether it is a target account"),
    "tier": _("its tier: A, B or C"),
}
_TYPES = {"target": Type.BOOLEAN, "tier": Type.TEXT}
SCOPE = Scope(
    {name: Name(name, Kind.MEASURE, _TYPES.get(name, Type.NUMBER)) for name in MEASURES},
    "measure of a company",
)
STARTER = "roles >= 2 and intent >= 60"


def read_rule(text: str) -> Expr:
    """The tree of a condition over a company. Raises ConditionError with every fault.

    >>> read_rule("people >= 3 and target") is not None
    True
    """
    return parse_condition(text, SCOPE)
