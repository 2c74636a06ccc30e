"""What the surroundings decide, read from environment variables and checked before anything starts."""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass, field
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
EVERYBODY = "everybody"
WITH_SECOND_FACTOR = (EVERYBODY, "admin", "marketing", "manager", "rep", "reader")
MAILERS = ("smtp", "smtp+tls", "smtps")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


class EnvironmentWrongError(Exception):
    """Settings that cannot be used: one sentence for each."""

    def __init__(self, problems: list[str]):
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Oidc:
    """An identity provider by OpenID Connect, at which the team has accounts already."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    domains: tuple[str, ...]  # whoever has an address here joins without an invitation
    name: str


@dataclass(frozen=True)
class Doors:
    """How people get in, and how long they stay."""

    oidc: Oidc | None
    second_factor: tuple[str, ...]  # the roles that need one
    idle_hours: int
    longest_hours: int
    email_url: str = field(repr=False)
    email_from: str


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
    doors: Doors

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
    doors, missing = _doors(env, url)
    try:
        env.seal()
    except EnvValidationError as error:
        raise EnvironmentWrongError([*_sentences(error), *missing]) from None
    if missing:
        raise EnvironmentWrongError(missing)
    return Surroundings(
        data=data, database_url=database, inbox_url=_inbox_url(database, data),
        secret_key=secret or _text_of(secret_file) or kept_secret(data / "secret.key"),
        hosts=tuple(hosts) or _hosts_of(url), url=url.rstrip("/"), trusted_proxies=tuple(proxies),
        unknown_key=unknown, log_level=level, time_zone=zone, debug=debug, bind=bind, port=port,
        analytics_js=analytics_js,
        metrics_token=metrics_token, doors=doors,
    )  # fmt: skip


def _doors(env: Env, url: str) -> tuple[Doors, list[str]]:
    """How people get in, and what is missing to it."""
    issuer = (env.str("LEADLINE_OIDC_ISSUER", "", validate=_issuer) or "").rstrip("/")
    client_id = env.str("LEADLINE_OIDC_CLIENT_ID", "")
    secret = env.str("LEADLINE_OIDC_CLIENT_SECRET", "")
    secret_file = env.str("LEADLINE_OIDC_CLIENT_SECRET_FILE", "", validate=_readable)
    domains = env.list("LEADLINE_OIDC_DOMAINS", [], validate=_domains) or []
    name = env.str("LEADLINE_OIDC_NAME", "") or urlsplit(issuer).hostname or ""
    second_factor = env.list("LEADLINE_SECOND_FACTOR", [], validate=_roles) or []
    idle = env.int("LEADLINE_SESSION_IDLE_HOURS", 12, validate=Range(1, 24 * 90))
    longest = env.int("LEADLINE_SESSION_LONGEST_HOURS", 24 * 14, validate=Range(1, 24 * 365))
    email_url = env.str("LEADLINE_EMAIL_URL", "", validate=_mailer)
    sender = env.str("LEADLINE_EMAIL_FROM", "", validate=_email_address)
    oidc = {"LEADLINE_OIDC_ISSUER": issuer, "LEADLINE_OIDC_CLIENT_ID": client_id,
            "LEADLINE_OIDC_CLIENT_SECRET": secret or _text_of_readable(secret_file or "")}  # fmt: skip
    missing = [f"{name}: needed beside {_given(oidc)}" for name, value in oidc.items() if not value]
    if not any([*oidc.values(), *domains]):
        missing = []
    found = Oidc(*oidc.values(), domains=tuple(d.strip().lower() for d in domains), name=name)
    sender = sender or f"leadline@{urlsplit(url).hostname}"
    return Doors(found if issuer else None, tuple(second_factor), idle, longest, email_url, sender), missing


def _given(settings: dict[str, str]) -> str:
    return " and ".join(name for name, value in settings.items() if value) or "LEADLINE_OIDC_DOMAINS"


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


def _issuer(given: str) -> None:
    parts = urlsplit(given)
    near = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if given and not (parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and near))):
        raise ValidationError(
            f"expected the provider's address, such as https://accounts.google.com, got `{given[:60]}`"
        )


def _domains(given: list[str]) -> None:
    for each in given:
        if not _DOMAIN.fullmatch(each.strip().lower()):
            raise ValidationError(f"expected domains such as example.com with commas, got `{each[:60]}`")


def _roles(given: list[str]) -> None:
    for each in given:
        if each not in WITH_SECOND_FACTOR:
            raise ValidationError(f"expected some of {', '.join(WITH_SECOND_FACTOR)}, got `{each[:30]}`")


def _mailer(given: str) -> None:
    scheme = given.split(":")[0]
    if given and (scheme not in MAILERS or not _names_a_host(given)):
        raise ValidationError(
            "expected smtp://, smtp+tls:// or smtps:// with USER:PASSWORD@HOST:PORT, "
            f"got something that begins with `{scheme[:20]}`"
        )


def _names_a_host(given: str) -> bool:
    try:
        parts = urlsplit(given)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _email_address(given: str) -> None:
    if given and not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", given):
        raise ValidationError(f"expected an e-mail address such as leads@example.com, got `{given[:60]}`")


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


def _text_of_readable(path: str) -> str:
    if not path:
        return ""
    return _text_of(path) if os.access(path, os.R_OK) else "-"  # what is wrong with it is told elsewhere


def _sentences(error: EnvValidationError) -> list[str]:
    return [
        f"{name}: {'; '.join(str(m) for m in messages)}" for name, messages in error.error_messages.items()
    ]
