"""The server under test: as `python -m leadline.web.capture`, or with LEADLINE_BARE nothing behind it."""

from __future__ import annotations

import logging
import os

from granian import Granian
from granian.constants import Interfaces
from starlette.applications import Starlette

from benchmarks.ingest import bare
from leadline.web.capture.alone import connections
from leadline.web.capture.app import create_app
from leadline.web.capture.options import CaptureSettings


def app() -> Starlette:
    if os.environ.get("LEADLINE_BARE"):
        return bare.app()
    logging.basicConfig(level=logging.WARNING)
    folder = os.environ["LEADLINE_DATA"]
    return create_app(CaptureSettings(f"sqlite:///{folder}/leadline.sqlite3", os.environ["LEADLINE_INBOX"]))


def main() -> None:
    Granian(
        "benchmarks.ingest.serving:app",
        factory=True,
        address="127.0.0.1",
        port=int(os.environ["LEADLINE_PORT"]),
        interface=Interfaces.ASGI,
        websockets=False,
        log_access=False,
        log_enabled=False,
        **connections(),
        workers_kill_timeout=10,
    ).serve()


if __name__ == "__main__":
    main()
