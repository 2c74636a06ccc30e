"""The backtest as one HTML page: no script, no request to anywhere, charts drawn in place.

Its Content-Security-Policy allows nothing but the page's own style sheet, by hash; whatever users wrote is
escaped on its way in (see `markup`), so a label cannot become markup, and could do nothing if it did.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from leadline.analysis import sections
from leadline.analysis.markup import Child, Markup, joined, tag
from leadline.analysis.tiles import tiles

if TYPE_CHECKING:
    from leadline.analysis.backtest import Backtest


def page(result: Backtest) -> str:
    """The whole page as text; write it with UTF-8."""
    main = tag("main", tiles(result), *_sections(result))
    return document(f"Backtest: {result.models.new.name}", _header(result), main, _footer(result))


def document(title: str, *body: Child, style: str = "") -> str:
    """A whole page in the look of all of them; `style` is added to the sheet that they share."""
    sheet = _style() + style
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_policy(sheet)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        tag("style", Markup(sheet)),
    )
    return f"<!doctype html>\n{tag('html', head, tag('body', *body), lang='en')}\n"


@cache
def _style() -> str:
    return resources.files("leadline.analysis").joinpath("page.css").read_text(encoding="utf-8")


def _policy(style: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _header(result: Backtest) -> Markup:
    old, new = result.models.old, result.models.new
    return tag(
        "header",
        tag(
            "div",
            tag("p", "Backtest · ", sections.period_text(result), class_="kicker"),
            tag("h1", result.verdict.headline),
            tag("p", "New rules ", tag("b", f"{new.name} ({new.version})"), " against the old ",
                tag("b", f"{old.name} ({old.version})"), class_="names"),
        ),
    )  # fmt: skip


def _sections(result: Backtest) -> Sequence[Child]:
    return (
        sections.summary(result),
        sections.weeks(result),
        sections.right(result),
        sections.quality(result),
        sections.moving(result),
        sections.work(result),
        sections.definitions(result),
    )


def _footer(result: Backtest) -> Markup:
    period = result.period
    told = f"{period.leads:,} leads · weeks and days in {period.timezone} · made with Leadline"
    return tag("footer", joined([tag("p", told)]))
