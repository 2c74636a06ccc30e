"""Cells of the table of leads, in Python: a page has hundreds, and a template each would take longest."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from leadline.web.board.columns import FLAG, LIST, NUMBER, SHARE, TIME
from leadline.web.leads.templatetags.shown import ago, count, percent, score

register = template.Library()


@register.simple_tag
def cells(line: Any, now: int) -> SafeString:
    """The cells of a line, each with the title of its column, for where rows become cards."""
    rows = ((_class(cell.column), cell.column.title, shown(cell, now)) for cell in line.cells)
    return format_html_join("", '<td class="{}" data-label="{}">{}</td>', rows)


def shown(cell: Any, now: int) -> SafeString | str:
    """A value as people read it; nothing where it is not known."""
    kind, key, value = cell.column.kind, cell.column.key, cell.value
    if value is None or value == "":
        return ""
    if key == "quality":
        return format_html('<span class="badge {}">{}</span>', cell.tone, value)
    if key == "events":
        return count(value)
    if key == "owner":
        return conditional_escape(value)
    if key == "worth":
        return count(round(value))
    if kind == SHARE:
        return percent(value)
    if kind == TIME:
        return ago(value, now)
    if kind == LIST:
        return conditional_escape(", ".join(value))
    if kind == FLAG:
        return _("yes") if value else _("no")
    return score(value) if kind == NUMBER else conditional_escape(value)


def _class(column: Any) -> str:
    if column.is_number and column.key != "owner":
        return "number"
    return "nowrap" if column.kind == TIME else ""
