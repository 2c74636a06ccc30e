"""Capture as a server of its own: `python -m leadline.web.capture`, with the settings of the workspace."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from starlette.applications import Starlette

from leadline.web.capture.app import create_app
from leadline.web.capture.options import CaptureSettings
from leadline.web.env import Surroundings, surroundings
from leadline.web.operations.logs import catch_all, configure, logging_config

HEADER_MILLISECONDS = 10_000  # for a request's head, and for a connection that says nothing
MOST_OF_A_HEAD = 64 * 1024
MOST_CONNECTIONS = 16_384  # at once; the next ones wait until others end
MOST_WAITING = 4096  # connections, of those that wait
OTHER_FILES = 256  # that the server may need besides: databases, static files, its own pipes
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
        **connections(),
        workers_kill_timeout=DRAIN_SECONDS,
        log_access=False,
        log_level=LogLevels(here.log_level.lower()),
        log_dictconfig=logging_config(here.log_level) | {"loggers": {}},
    ).serve()


def connections() -> dict[str, Any]:
    """What Granian is told of connections: how many, and how long one may say nothing."""
    return {
        "http": HTTPModes.http1,  # while it is open which one is spoken, a silent connection has no limit
        "backlog": MOST_WAITING,
        "backpressure": _most_connections(),
        "http1_settings": HTTP1Settings(
            header_read_timeout=HEADER_MILLISECONDS, max_buffer_size=MOST_OF_A_HEAD
        ),
    }


def _most_connections() -> int:
    """As many as there may be open files, of which the system is asked for more where it grants them.

    A server that has no file left could open no database either.
    """
    try:
        import resource
    except ImportError:  # Windows
        return MOST_CONNECTIONS
    wanted, unlimited = MOST_CONNECTIONS + OTHER_FILES, resource.RLIM_INFINITY
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != unlimited and soft < wanted:
        with suppress(OSError, ValueError):
            more = wanted if hard == unlimited else min(wanted, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (more, hard))
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    granted = wanted if soft == unlimited else min(wanted, soft)
    return max(granted - OTHER_FILES, granted // 2)
