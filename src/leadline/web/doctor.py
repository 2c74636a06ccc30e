"""What a person would look at first when something is wrong."""

from __future__ import annotations

import os
import platform
import stat
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core import checks as django_checks

import leadline
from leadline.web.health import Check, checks
from leadline.web.instants import now


def examine() -> list[Check]:
    """The checks of `/readyz`, and those of the installation itself."""
    return [_versions(), _folder(), _address(), _scripts(), *checks(), _clock(), *_django()]


def _versions() -> Check:
    return Check("versions", True, f"Leadline {leadline.__version__}, Python {platform.python_version()}")


def _folder() -> Check:
    data = settings.SURROUNDINGS.data
    if not os.access(data, os.W_OK):
        return Check("data folder", False, f"`{data}` cannot be written to: set LEADLINE_DATA")
    secret = data / "secret.key"
    if secret.exists() and stat.S_IMODE(secret.stat().st_mode) & 0o077:
        return Check("data folder", False, f"others can read `{secret}`: chmod 600")
    return Check("data folder", True, str(data))


def _address() -> Check:
    here = settings.SURROUNDINGS
    host = urlsplit(here.url).hostname or ""
    told = f"{here.url}, listening on {here.bind}:{here.port}"
    if not here.https and host not in ("localhost", "127.0.0.1", "::1"):
        return Check("address", False, f"{told}: visitors' browsers want https, set LEADLINE_URL")
    return Check("address", True, told)


def _scripts() -> Check:
    """The pages' scripts are built, and in the wheel; a checkout builds them itself."""
    found = finders.find("leadline/bundle/htmx.js") and finders.find("leadline/bundle/charts.js")
    told = "bundled" if found else "not bundled: pages work without, charts are tables; run `make bundle`"
    return Check("scripts", bool(found), told)


def _clock() -> Check:
    year = 1970 + now() / 1_000_000 / 31_556_952
    return Check("clock", 2025 < year < 2100, f"the year {int(year)}")


def _django() -> list[Check]:
    found = django_checks.run_checks(include_deployment_checks=settings.SURROUNDINGS.https)
    return [Check(m.id or "django", False, str(m.msg)) for m in found if m.level >= django_checks.WARNING]
