"""Results as JSON data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Any

import numpy as np

from leadline.model.values import micros_of, time_text


def plain(value: Any) -> Any:
    """Numbers, texts, lists and dicts; instants as ISO 8601 in UTC, days as dates."""
    if hasattr(value, "as_dict") and not _is_result(value):
        return plain(value.as_dict())
    if is_dataclass(value):
        found = {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        found |= {name: plain(getattr(value, name)) for name in _computed(value)}
        return found
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, datetime):
        return time_text(micros_of(value))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(item) for item in value]
    return value


def _is_result(value: Any) -> bool:
    """A whole result gives its dict by way of this very function."""
    return hasattr(value, "to_html")


def _computed(value: Any) -> list[str]:
    """Properties are told too: `why`, `moved` …"""
    return [name for name, member in vars(type(value)).items() if isinstance(member, property)]
