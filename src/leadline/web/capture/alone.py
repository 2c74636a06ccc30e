"""Capture as a server of its own: `python -m leadline.web.capture`, with the settings of the workspace."""

from __future__ import annotations

from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from starlette.applications import Starlette

from leadline.web.capture.app import create_app
from leadline.web.capture.options import CaptureSettings
from leadline.web.env import Surroundings, surroundings
from leadline.web.operations.logs import catch_all, configure, logging_config

HEADER_MILLISECONDS = 10_000
DRAIN_SECONDS = 10


def settings_of(here: Surroundings) -> CaptureSettings:
    """What capture takes from the settings of an installation."""
    return CaptureSettings(
        database_url=here.database_url,
        inbox_url=here.inbox_url,
        unknown_key=here.unknown_key,
        trusted_proxies=here.trusted_proxies,
        public_url=here.url if here.https else "",
        analytics_js=here.analytics_js,
    )


def from_environment() -> Starlette:
    """The application as the environment has it, for any ASGI server."""
    here = surroundings()
    configure(logging_config(here.log_level))
    catch_all()
    return create_app(settings_of(here))


def serve(application: str = "leadline.web.capture.alone:from_environment") -> None:
    """Serve until told to stop; what is under way then gets its receipt within ten seconds.

    `application` names a function that makes an ASGI application: capture's own, or one around it.
    """
    here = surroundings()
    here.data.mkdir(parents=True, exist_ok=True)
    Granian(
        application,
        factory=True,
        address=here.bind,
        port=here.port,
        interface=Interfaces.ASGI,
        websockets=False,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_MILLISECONDS),
        workers_kill_timeout=DRAIN_SECONDS,
        log_access=False,
        log_level=LogLevels(here.log_level.lower()),
        log_dictconfig=logging_config(here.log_level) | {"loggers": {}},
    ).serve()
