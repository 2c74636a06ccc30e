"""Log lines as JSON: what happened, never to whom. No addresses, bodies, keys or e-mails."""

from __future__ import annotations

import json
import logging
import logging.config
import sys
import threading
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from leadline.web.operations.pipe import Pipe

log = logging.getLogger("leadline.log")

request_id: ContextVar[str] = ContextVar("request_id", default="")

# What a log record carries by itself; anything else was given as `extra` by us.
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_NEVER = frozenset({"request", "exc_text", "server_time", "sock"})


class JsonLines(logging.Formatter):
    """One JSON object a line; control characters cannot break out of it."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id.get():
            line["request_id"] = request_id.get()
        line |= {k: v for k, v in vars(record).items() if k not in _OWN and k not in _NEVER}
        if record.exc_info and record.exc_info[0] is not None:
            line["fault"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class WithoutQueries(logging.Filter):
    """Django logs the whole path of a refused request; what stands behind `?` may be personal."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(a.split("?")[0] if isinstance(a, str) else a for a in record.args)
        return True


def logging_config(level: str) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": JsonLines}},
        "filters": {"bare": {"()": WithoutQueries}},
        "handlers": {"lines": {"()": Pipe, "formatter": "json", "filters": ["bare"]}},
        # the server and Django bring loggers with handlers of their own, which would wait for a full pipe
        "loggers": {
            name: {"handlers": [], "propagate": True, "level": level}
            for name in ("_granian", "granian.access", "django", "django.server")
        },
        "root": {"handlers": ["lines"], "level": level},
    }


def configure(config: dict[str, Any]) -> None:
    logging.raiseExceptions = False  # a full log disk must not stop the service
    logging.config.dictConfig(config)


def catch_all() -> None:
    """What Python itself says in a service, such as warnings and faults in threads, as log lines too.

    It would write to standard error, and wait for it.
    """
    logging.captureWarnings(True)
    threading.excepthook = _of_thread
    sys.unraisablehook = _of_nobody


def _of_thread(fault: threading.ExceptHookArgs) -> None:
    if fault.exc_type is not SystemExit:
        name = fault.thread.name if fault.thread else ""
        log.error("a thread ended by a fault", extra={"thread_name": name}, exc_info=_exc_info(fault))


def _of_nobody(fault: sys.UnraisableHookArgs) -> None:
    """A fault that nobody can be told, as in a finaliser."""
    log.error("a fault was passed over", exc_info=_exc_info(fault))


def _exc_info(fault: threading.ExceptHookArgs | sys.UnraisableHookArgs) -> Any:
    return fault.exc_type, fault.exc_value, fault.exc_traceback
