"""What the columns of a file are likely to be: by their names, then by what stands in them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from leadline.identity.emails import email
from leadline.identity.phones import phone
from leadline.web.capture.reading.traits import field_name
from leadline.web.importing.instants import guess_order, instant_of
from leadline.web.importing.presets import (
    COMMON,
    EMAIL,
    EVENT,
    FIELD,
    LEFT_OUT,
    PRESETS,
    PROPERTY,
    TIME,
    USER_ID,
    plain,
    preset_of,
)

MOST = 0.8  # of a column's values that must look alike
_PHONE = re.compile(r"[+(\d][\d\s()./-]{5,}")


def guess(
    columns: Sequence[str], samples: Sequence[Sequence[str]], fields: Sequence[str], preset: str | None = None
) -> dict:
    """A mapping to begin with: for each column its target, and how dates are written.

    `fields` are those of the published models; `preset` says whose export it is, None: find out.
    """
    slug = preset_of(columns) if preset is None else preset
    names = PRESETS[slug].columns if slug in PRESETS else COMMON
    targets: list[str] = []
    for name, values in zip(columns, samples, strict=True):
        target = _by_name(name, names, fields, known=slug in PRESETS)
        if target is None:
            target = _by_content(values, targets) or f"{FIELD}{field_name(name)}"
        targets.append(target if target not in targets or target == LEFT_OUT else LEFT_OUT)
    targets = _settled(columns, targets)
    times = [v for target, values in zip(targets, samples, strict=True) if target == TIME for v in values]
    return {"columns": targets, "preset": slug, "dates": guess_order(times), "overwrite": True}


def _by_name(name: str, names: dict[str, str], fields: Sequence[str], *, known: bool) -> str | None:
    bare = plain(name)
    of_model = next((field for field in fields if plain(field) == bare), None)
    if bare in names:
        return names[bare]
    if of_model is not None:
        return f"{FIELD}{of_model}"
    if not field_name(name):
        return LEFT_OUT
    return LEFT_OUT if known else None  # an export has dozens of columns that say nothing of a person


def _by_content(values: Sequence[str], taken: Sequence[str]) -> str | None:
    """An e-mail or a telephone column by whatever name."""
    if len(values) < 3:
        return None
    if EMAIL not in taken and _share(values, lambda v: email(v) is not None) >= MOST:
        return EMAIL
    is_phone = _share(values, lambda v: bool(_PHONE.fullmatch(v)) and (phone(v) is not None or v[0] in "+(0"))
    if f"{FIELD}phone" not in taken and is_phone >= MOST and _share(values, _is_time) < MOST:
        return f"{FIELD}phone"
    return None


def _settled(columns: Sequence[str], targets: list[str]) -> list[str]:
    """With an event and its time the rest are its properties; a time alone dates what is said of a person."""
    if EVENT in targets and TIME not in targets:
        targets = [
            f"{FIELD}{field_name(c)}" if t == EVENT else t for c, t in zip(columns, targets, strict=True)
        ]
    if EVENT not in targets:
        return targets
    known = (USER_ID, EMAIL, TIME, EVENT, LEFT_OUT)
    return [
        t if t in known or t.removeprefix(FIELD) in COMMON_FIELDS else f"{PROPERTY}{t.removeprefix(FIELD)}"
        for t in targets
    ]


COMMON_FIELDS = frozenset(
    target.removeprefix(FIELD) for target in COMMON.values() if target.startswith(FIELD)
)


def _is_time(value: str) -> bool:
    return instant_of(value) is not None


def _share(values: Sequence[str], test) -> float:
    return sum(map(test, values)) / len(values)
