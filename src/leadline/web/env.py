"""What the surroundings decide, read from environment variables and checked before anything starts."""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import quote, urlsplit
from zoneinfo import available_timezones

from environs import Env, EnvValidationError
from marshmallow.validate import OneOf, Range, ValidationError

SHORTEST_SECRET = 50
SHORTEST_TOKEN = 20
UNKNOWN_KEY_MODES = ("reject", "accept_and_drop")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class EnvironmentWrongError(Exception):
    """Settings that cannot be used: one sentence for each."""

    def __init__(self, problems: list[str]):
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Surroundings:
    """The settings of one installation. `docs/reference/settings.md` says what each means."""

    data: Path
    database_url: str
    inbox_url: str
    secret_key: str
    hosts: tuple[str, ...]
    url: str
    trusted_proxies: tuple[str, ...]
    unknown_key: str
    log_level: str
    time_zone: str
    debug: bool
    bind: str
    port: int
    analytics_js: str
    metrics_token: str

    @property
    def https(self) -> bool:
        return self.url.startswith("https://")


def surroundings(environ: dict[str, str] | None = None) -> Surroundings:
    """Read and check them all; raises EnvironmentWrongError with every fault at once."""
    before = dict(os.environ)
    if environ is not None:
        os.environ.clear()
        os.environ.update(environ)
    try:
        return _read()
    finally:
        if environ is not None:
            os.environ.clear()
            os.environ.update(before)


def _read() -> Surroundings:
    env = Env(eager=False)
    data = Path(env.str("LEADLINE_DATA", "leadline-data") or "leadline-data").expanduser().absolute()
    database = (
        env.str("DATABASE_URL", "", validate=_database_url)
        or f"sqlite:///{quote(str(data))}/leadline.sqlite3"
    )
    port = env.int("LEADLINE_PORT", 8000, validate=Range(1, 65535))
    bind = env.str("LEADLINE_BIND", "127.0.0.1") or "127.0.0.1"
    url = env.str("LEADLINE_URL", "", validate=_web_address) or f"http://localhost:{port}"
    hosts = env.list("LEADLINE_HOSTS", [])
    proxies = env.list("LEADLINE_TRUSTED_PROXIES", [], validate=_networks)
    unknown = env.str("INGEST_UNKNOWN_KEY", "reject", validate=OneOf(UNKNOWN_KEY_MODES))
    level = env.str("LEADLINE_LOG_LEVEL", "INFO", validate=OneOf(LEVELS))
    zone = env.str("LEADLINE_TIME_ZONE", "UTC", validate=_zone)
    debug = env.bool("LEADLINE_DEBUG", False)
    secret = env.str("LEADLINE_SECRET_KEY", "", validate=_secret)
    secret_file = env.str("LEADLINE_SECRET_KEY_FILE", "", validate=_secret_file)
    analytics_js = env.str("LEADLINE_ANALYTICS_JS", "", validate=_readable)
    metrics_token = env.str("LEADLINE_METRICS_TOKEN", "", validate=_token)
    try:
        env.seal()
    except EnvValidationError as error:
        raise EnvironmentWrongError(_sentences(error)) from None
    return Surroundings(
        data=data, database_url=database, inbox_url=_inbox_url(database, data),
        secret_key=secret or _text_of(secret_file) or kept_secret(data / "secret.key"),
        hosts=tuple(hosts) or _hosts_of(url), url=url.rstrip("/"), trusted_proxies=tuple(proxies),
        unknown_key=unknown, log_level=level, time_zone=zone, debug=debug, bind=bind, port=port,
        analytics_js=analytics_js,
        metrics_token=metrics_token,
    )  # fmt: skip


def kept_secret(path: Path) -> str:
    """The secret of this installation; made at the first start, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(64))
    return path.read_text().strip()


def _inbox_url(database: str, data: Path) -> str:
    """On SQLite the inbox is a file of its own, so that nobody who sends waits for the worker."""
    return f"sqlite:///{quote(str(data))}/inbox.sqlite3" if database.startswith("sqlite") else database


def _hosts_of(url: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys([urlsplit(url).hostname or "localhost", "localhost", "127.0.0.1", "[::1]"]))


def _database_url(given: str) -> None:
    if given and not re.match(r"(sqlite|postgres|postgresql)://", given):
        raise ValidationError(
            "expected sqlite:///PATH or postgresql://USER:PASSWORD@HOST:PORT/NAME, "
            f"got something that begins with `{given.split(':')[0][:20]}`"
        )


def _web_address(given: str) -> None:
    parts = urlsplit(given)
    if given and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise ValidationError(f"expected an address such as https://leads.example.com, got `{given[:60]}`")


def _networks(given: list[str]) -> None:
    for each in given:
        try:
            ip_network(each)
        except ValueError:
            raise ValidationError(
                f"expected addresses or networks such as 10.0.0.0/8, got `{each[:40]}`"
            ) from None


def _zone(given: str) -> None:
    if given not in available_timezones():
        raise ValidationError(f"expected an IANA zone such as Europe/Berlin, got `{given[:40]}`")


def _secret(given: str) -> None:
    if given and len(given) < SHORTEST_SECRET:
        raise ValidationError(f"expected at least {SHORTEST_SECRET} characters, got {len(given)}")


def _token(given: str) -> None:
    if given and len(given) < SHORTEST_TOKEN:
        raise ValidationError(f"expected at least {SHORTEST_TOKEN} characters, got {len(given)}")


def _secret_file(given: str) -> None:
    _readable(given)
    if given:
        _secret(_text_of(given) or "-")


def _readable(given: str) -> None:
    if given and not os.access(given, os.R_OK):
        raise ValidationError(f"the file `{given}` cannot be read")


def _text_of(path: str) -> str:
    return Path(path).read_text().strip() if path else ""


def _sentences(error: EnvValidationError) -> list[str]:
    return [
        f"{name}: {'; '.join(str(m) for m in messages)}" for name, messages in error.error_messages.items()
    ]
