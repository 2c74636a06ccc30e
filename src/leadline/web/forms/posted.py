"""What a browser posted, read within bounds before anything looks at it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, QueryDict, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _

from leadline.web.capture.asked import Asked, Senders

MOST_BYTES = 256 * 1024
MOST_FIELDS = 300  # what the worker reads of a form at most


class UnfitError(Exception):
    """The request is no form's, or larger than any form: a status and a sentence for a person."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


def fields_of(request: HttpRequest) -> QueryDict:
    """The fields of a post. Raises UnfitError. Files are not taken: no form of ours asks for any."""
    if not _length(request) <= MOST_BYTES:
        raise UnfitError(
            413,
            _("What was sent is larger than a form can be (%(kib)s KiB).") % {"kib": MOST_BYTES // 1024},
        )
    try:
        fields = _parsed(request)
    except TooManyFieldsSent:
        raise _too_many() from None
    except RequestDataTooBig:
        raise UnfitError(413, _("What was sent is larger than a form can be.")) from None
    except (MultiPartParserError, BadRequest, UnreadablePostError, ValueError):
        raise UnfitError(400, _("What was sent could not be read as a form.")) from None
    if len(fields) > MOST_FIELDS:
        raise _too_many()
    return fields


def sender(request: HttpRequest) -> tuple[str, bytes]:
    """Where a request comes from: its address, and what the inbox keeps of the sender as JSON."""
    asked = Asked(
        {
            "type": "http",
            "client": (request.META.get("REMOTE_ADDR", ""), 0),
            "headers": [
                (name.lower().encode("latin-1", "replace"), value.encode("utf-8", "replace"))
                for name, value in request.headers.items()
            ],
        },
        _nothing,
    )
    return _senders().address(asked), _senders().meta(asked)


def texts_of(fields: Mapping[str, object], *names: str, most: int = 2000) -> dict[str, str]:
    """Those of these fields that are there and not empty, cut to a length."""
    found = {name: str(fields.get(name) or "").strip()[:most] for name in names}
    return {name: text for name, text in found.items() if text}


def _parsed(request: HttpRequest) -> QueryDict:
    if request.content_type == "multipart/form-data":
        request.upload_handlers = []
        return request.POST
    body = request.read(MOST_BYTES + 1)  # whatever length was announced
    if len(body) > MOST_BYTES:
        raise RequestDataTooBig
    return QueryDict(body, encoding=_encoding(body))


def _encoding(body: bytes) -> str:
    """UTF-8, or what old pages send without saying so."""
    try:
        unquote_to_bytes(body).decode()
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _length(request: HttpRequest) -> int:
    given = request.META.get("CONTENT_LENGTH") or "0"
    return int(given) if given.isascii() and given.isdigit() and len(given) < 16 else MOST_BYTES + 1


def _too_many() -> UnfitError:
    return UnfitError(
        400,
        _("What was sent has more than %(most)s fields; no form has so many.") % {"most": MOST_FIELDS},
    )


@cache
def _senders() -> Senders:
    return Senders(settings.SURROUNDINGS.trusted_proxies)


async def _nothing() -> dict:
    raise AssertionError("the body was read by Django")
