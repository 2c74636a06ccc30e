"""What stands at each address."""

from __future__ import annotations

import json
from pathlib import Path

from leadline import __version__
from leadline.web.capture import documents, pixels, snippet
from leadline.web.capture.answers import GIF, STORED, Answer, Refusal, json_answer
from leadline.web.capture.asked import Asked
from leadline.web.capture.envelopes import key_within
from leadline.web.capture.gateway import Gateway
from leadline.web.capture.inbox import NotStoredError
from leadline.web.capture.keys import KeysAwayError

TYPES = ("track", "identify", "page", "screen", "group", "alias")
# The last part of an address, and the kind of row that comes of it.
KINDS = (
    {name: name for name in TYPES}
    | {name[0]: name for name in TYPES}
    | dict.fromkeys(("batch", "import", "b"), "batch")
)

SCRIPT = (b"content-type", snippet.MEDIA_TYPE.encode())
CONFIG_SECONDS = 120


async def ingest(gateway: Gateway, asked: Asked) -> Answer:
    """A message or a batch of them: stored whole and unopened."""
    kind = KINDS[asked.part("kind")]
    body = await gateway.bodies.read(
        asked.receive, asked.headers.get(b"content-encoding", b"").strip().lower()
    )
    key = asked.key(key_within(kind, body, gateway.settings))
    admitted = await gateway.admit(key, asked.text(b"origin"))
    if admitted is not None:
        await gateway.store(asked, admitted, kind, body)
    return STORED


async def pixel(gateway: Gateway, asked: Asked) -> Answer:
    """A picture of one point, whatever comes of the fact in its address; a mail shows it either way."""
    if asked.method == "HEAD":
        return GIF
    try:
        kind = KINDS[asked.part("kind")]
        given = pixels.message(asked.query)
        body = json.dumps(given).encode()
        if len(body) <= gateway.settings.most_message:
            admitted = await gateway.admit(asked.key(pixels.write_key(given)), "")
            if admitted is not None:
                await gateway.store(asked, admitted, kind, body)
    except (Refusal, ValueError, RecursionError):
        pass
    return GIF


async def client_metrics(gateway: Gateway, asked: Asked) -> Answer:
    """What Segment's browser client measures of itself. Nobody asked for it, and the client wants a 200."""
    await gateway.bodies.read(asked.receive, asked.headers.get(b"content-encoding", b"").strip().lower())
    return STORED


async def browser_settings(gateway: Gateway, asked: Asked) -> Answer:
    """What Segment's browser client loads first; without it, it sends nothing."""
    await _known_key(gateway, asked.part("key"))
    where = gateway.settings.public_url or gateway.senders.web_address(asked)
    return json_answer(documents.segment_settings(asked.part("key"), where), seconds=CONFIG_SECONDS)


async def source_config(gateway: Gateway, asked: Asked) -> Answer:
    """What RudderStack's browser client loads first."""
    key = asked.key()
    if not key:
        raise Refusal(401, "no_write_key", "no write key was given")
    source = await _known_key(gateway, key)
    return json_answer(documents.rudder_source(key, source), seconds=CONFIG_SECONDS)


async def leadline_js(gateway: Gateway, asked: Asked) -> Answer:
    """Our own snippet."""
    tag = snippet.etag().encode()
    headers = [SCRIPT, (b"cache-control", b"public, max-age=3600"), (b"etag", tag)]
    if tag in asked.headers.get(b"if-none-match", b""):
        return Answer(304, b"", headers)
    return Answer(200, snippet.source(), headers)


async def analytics_js(gateway: Gateway, asked: Asked) -> Answer:
    """Our copy of Segment's browser client, for pages that carry Segment's own snippet."""
    if not gateway.settings.analytics_js:
        raise Refusal(
            404, "no_analytics_js",
            "no copy of analytics.js is installed here; set LEADLINE_ANALYTICS_JS to its file",
        )  # fmt: skip
    return _script(Path(gateway.settings.analytics_js))


async def analytics_bundle(gateway: Gateway, asked: Asked) -> Answer:
    """A part that the browser client loads later; it lies beside it."""
    if not gateway.settings.analytics_js:
        raise Refusal(404, "no_analytics_js", "no copy of analytics.js is installed here")
    return _script(Path(gateway.settings.analytics_js).parent / asked.part("file"))


async def health(gateway: Gateway, asked: Asked) -> Answer:
    """Whether what arrives can be stored. After a fault it is tried anew, to see it mended."""
    try:
        if gateway.inbox.failing:
            await gateway.inbox.receive([])
    except NotStoredError:
        return json_answer({"server": "UP", "db": "DOWN"})._replace(status=503)
    return json_answer({"server": "UP", "db": "UP"})


async def version(gateway: Gateway, asked: Asked) -> Answer:
    return json_answer({"name": "leadline", "version": __version__})


async def robots(gateway: Gateway, asked: Asked) -> Answer:
    return Answer(200, b"User-agent: *\nDisallow: /\n", [(b"content-type", b"text/plain; charset=utf-8")])


async def _known_key(gateway: Gateway, key: str):
    """The source of a key, None where the database cannot say; a page must not go silent for that."""
    try:
        source = await gateway.keys.look_up(key)
    except KeysAwayError:
        return None
    if source is None or not source.enabled:
        raise Refusal(404, "unknown_write_key", "there is no such write key")
    return source


def _script(path: Path) -> Answer:
    try:
        return Answer(200, path.read_bytes(), [SCRIPT, (b"cache-control", b"public, max-age=3600")])
    except OSError:
        raise Refusal(404, "not_found", "there is no such file") from None
