"""What a visitor does not want stored is not stored, whatever the page's script thought of it."""

from __future__ import annotations

from typing import Any

from leadline.web.capture.facts import SourceInfo

# What a person says of themself, by their own hand.
_SUBMITTED = ("identify", "form")


def refusal(
    *, kind: str, event: str, known: bool, context: dict[str, Any], gpc: bool, source: SourceInfo
) -> str:
    """Why a message is not stored (`consent` or `gpc`), or "".

    A source may ask for a category of consent: without it nothing is stored but what the person submits.
    Global Privacy Control is a no to being followed: visits without a user id are not stored.
    """
    if kind in _SUBMITTED or (kind == "track" and event == "form"):
        return ""
    if source.consent_category and not _allowed(context, source.consent_category):
        return "consent"
    opted_out = gpc or context.get("gpc") is True
    return "gpc" if source.respect_gpc and opted_out and not known else ""


def _allowed(context: dict[str, Any], category: str) -> bool:
    consent = context.get("consent")
    preferences = consent.get("categoryPreferences") if isinstance(consent, dict) else None
    return isinstance(preferences, dict) and preferences.get(category) is True
