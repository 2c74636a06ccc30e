"""Which ids say nothing: what forms, test scripts and broken tags send where an id belongs.

One such id taken for a person joins thousands of strangers into one lead, so they count as absent.
"""

from __future__ import annotations

import re
import unicodedata

_WORDS = """
    null nil none undefined nan n/a na unknown empty blank missing void true false yes no
    guest anonymous anon visitor user username userid user_id user-id id uid uuid guid email name nobody
    anonymousid anonymous_id anonymous-id distinct_id client_id clientid customer customer_id
    test tester testing test_user testuser test-user demo example sample dummy fake foo bar foobar
    default value string object placeholder admin root abc abc123 asdf asdfgh qwerty
    <null> (null) (none) [object] #n/a not-available not-applicable
"""
_PHRASES = ("[object object]", "not set", "(not set)", "user id", "not available", "not applicable")
_PLACEHOLDERS = frozenset((*_WORDS.split(), *_PHRASES))

_EMAILS = re.compile(
    r"(test|tester|testing|demo|example|sample|dummy|fake|asdf|qwerty|abc|a|aa|aaa|x|xx|xxx|none|null|noemail"
    r"|no|na|email|mail|user|name|your|you|yourname|youremail|your\.?email|first\.?last|foo|foobar|someone"
    r"|nobody|anonymous|guest|john\.?doe|jane\.?doe)"
    r"@(test|example|email|mail|domain|yourdomain|company|none|null|noemail|fake|foo|foobar|bar|asdf|abc|aa"
    r"|aaa|a|xx|xxx|x|sample|demo|localhost|invalid|no|na)(\.[a-z.]+)?"
    r"|(test|tester|testing|asdf|qwerty|fake|noemail|none|null)@(gmail|googlemail|yahoo|hotmail|outlook)\.[a-z.]+"
)
_TEMPLATE = re.compile(r"\{\{.*|\$\{.*|<%.*|%%.*%%|\*\|.*\|\*|\[\[.*|%[a-z_]+%|<[a-z _-]+>|\{[a-z_.]+\}")


def is_usable(value: object) -> bool:
    """Whether an id (a user id, an anonymous id, an e-mail) can say who somebody is.

    Letter case, blanks around it and quotes around it do not matter. Placeholders (`null`, `guest`,
    `test@test.com`), templates that nothing filled in (`{{user.id}}`) and ids of one repeated sign (`0`,
    `----`, a UUID of zeros) cannot. A number is read as its text.

    >>> is_usable("u-1842"), is_usable(7), is_usable(" NULL "), is_usable("{{user_id}}"), is_usable(None)
    (True, True, False, False, False)
    """
    if value is None or isinstance(value, bool):
        return False
    text = _plain(str(value))
    return bool(text) and not (
        text in _PLACEHOLDERS or _TEMPLATE.fullmatch(text) or _EMAILS.fullmatch(text) or _is_repeated(text)
    )


def _plain(text: str) -> str:
    """Without what cannot be seen, blanks and quotes around it, in small letters."""
    if not text.isprintable():
        text = "".join(sign for sign in text if unicodedata.category(sign) not in ("Cc", "Cf", "Cs"))
    return " ".join(text.strip().strip("\"'`").split()).casefold()


def _is_repeated(text: str) -> bool:
    """One sign and nothing else; a single letter or digit other than 0 may be somebody's id."""
    signs = text.replace("-", "").replace("{", "").replace("}", "")
    if not signs or not any(sign.isalnum() for sign in signs):
        return True
    if len(set(signs)) > 1:
        return False
    return signs[0] == "0" or len(signs) >= 32 or (signs[0].isalpha() and len(signs) > 2)
