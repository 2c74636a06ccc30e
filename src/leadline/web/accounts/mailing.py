"""Mails to people of the team, where the installation has a mail server."""

from __future__ import annotations

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

log = logging.getLogger("leadline.accounts")


def can_send() -> bool:
    return bool(settings.SURROUNDINGS.doors.email_url)


def send_invitation(*, email: str, by: str, link: str) -> bool:
    """Send somebody their link. False where it could not be sent: then it must reach them otherwise."""
    if not can_send():
        return False
    context = {"by": by, "link": link, "here": settings.SURROUNDINGS.url}
    text = render_to_string("accounts/invitation.txt", context)
    try:
        send_mail(_("You are invited to Leadline"), text, None, [email])
    except (OSError, SMTPException) as fault:
        log.error("an invitation could not be sent", extra={"kind": type(fault).__name__})
        return False
    return True
