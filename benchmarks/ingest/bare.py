"""The same server without anything behind it: reads the body, answers 200."""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette
from starlette.routing import Route

from leadline.web.capture.answers import STORED


class Bare:
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        length = (b"content-length", b"%d" % len(STORED.body))
        await send({"type": "http.response.start", "status": 200, "headers": [*STORED.headers, length]})
        await send({"type": "http.response.body", "body": STORED.body})


def app() -> Starlette:
    return Starlette(routes=[Route("/v1/{kind}", Bare())])
