"""What the tests of programs share: Mia of marketing, Sam who leads sales, and a draft that they write."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from leadline.web.accounts.models import User
from leadline.web.qualification.models import Draft, Program, Proposal

FETCH = {"X-Requested-With": "fetch"}


def browser_of(role: str, email: str = "", **more: Any) -> Client:
    """A browser in which somebody of that role is signed in."""
    found = Client()
    email = email or f"{role}@example.com"
    user = User.objects.filter(email=email).first()
    found.force_login(user or User.objects.create_user(email, name=role.capitalize(), role=role, **more))
    return found


def draft_of(browser: Client, program: Program) -> Draft:
    """A draft begun from what is published."""
    answer = browser.post(f"/program/{program.slug}/drafts")
    return Draft.objects.get(pk=int(answer["Location"].rpartition("/")[2]))


def path_of(draft: Draft, rest: str = "") -> str:
    return f"/program/{draft.program.slug}/draft/{draft.pk}{rest}"


def change(browser: Client, draft: Draft, revision: int | None = None, **given: Any) -> dict[str, Any]:
    """One change as the editor's script sends it; gives what comes back, with its status."""
    draft.refresh_from_db()
    data = {"revision": draft.revision if revision is None else revision, **given}
    data = {k.replace("f_", "f.", 1) if k.startswith("f_") else k: v for k, v in data.items()}
    answer = browser.post(path_of(draft, "/change"), data, headers=FETCH)
    return {"status": answer.status_code, **json.loads(answer.content)}


def proposed(browser: Client, runner: Any, draft: Draft) -> Proposal:
    """The draft put to both sides, once the worker has gathered the evidence."""
    browser.post(path_of(draft, "/try"), {"what": "propose"})
    runner.drain()
    return Proposal.objects.get(draft=draft, voided_at=None)


def say(browser: Client, proposal: Proposal, **given: str) -> Any:
    slug = proposal.draft.program.slug
    return browser.post(f"/program/{slug}/proposal/{proposal.pk}/say", given, follow=True)


def publish(browser: Client, proposal: Proposal) -> Any:
    slug = proposal.draft.program.slug
    return browser.post(f"/program/{slug}/proposal/{proposal.pk}/publish", follow=True)
