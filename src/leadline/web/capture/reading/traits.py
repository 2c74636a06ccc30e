"""What is learnt of a person or their company, as fields that a model can name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

# A lead carries these of its company under the names that CRMs give a lead's own columns.
_OF_COMPANY = {"name": "company", "industry": "industry", "employees": "employees", "website": "website"}
_EMPLOYEES = ("employee_count", "num_employees", "number_of_employees", "numberofemployees")


def text_of(value: Any) -> str | None:
    """A value as text: numbers as JSON prints them, lists and objects as JSON; None stays None.

    >>> text_of(True), text_of(2.5), text_of([1, "a"]), text_of(" Ana ")
    ('true', '2.5', '[1,"a"]', 'Ana')
    """
    if value is None or isinstance(value, str):
        return value if value is None else value.strip()
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def field_name(name: str) -> str:
    """The field that a trait's name stands for.

    >>> field_name("firstName"), field_name("Job Title"), field_name("HTTPServer")
    ('first_name', 'job_title', 'http_server')
    """
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name.strip())
    return re.sub(r"\W+|_+", "_", parted).strip("_").lower()[:100]


def of_person(traits: dict[str, Any]) -> dict[str, Any]:
    """Fields of an `identify`: its traits, and those of the company that stands among them."""
    own = {name: value for name, value in traits.items() if not _is_company(name, value)}
    company = next((value for name, value in traits.items() if _is_company(name, value)), {})
    return _by_field([*of_company(company).items(), *own.items()])


def of_company(traits: dict[str, Any]) -> dict[str, Any]:
    """Fields of a `group`: company, industry, employees and website; the others as `company_...`."""
    fields = _by_field(traits.items())
    for name in _EMPLOYEES:
        if name in fields:
            fields.setdefault("employees", fields.pop(name))
    return {_OF_COMPANY.get(name, f"company_{name}"): value for name, value in fields.items()}


def _is_company(name: str, value: Any) -> bool:
    return name == "company" and isinstance(value, dict)


def _by_field(named: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """One value a field: where two names come to one field, the one that is written as the field."""
    fields: dict[str, Any] = {}
    exact: set[str] = set()
    for name, value in sorted(named, key=lambda pair: pair[0]):
        field = field_name(name)
        if field and field not in exact:
            fields[field] = value
        if field == name:
            exact.add(field)
    return fields
