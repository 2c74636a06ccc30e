"""Is it alive, is it ready, and how much of what: for supervisors, load balancers and Prometheus."""

from __future__ import annotations

import hmac
import shutil
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry

from leadline.web.capture.installed import InboxAwayError, waiting
from leadline.web.capture.models import FailedEvent
from leadline.web.instants import SECOND, now
from leadline.web.leads.models import Lead
from leadline.web.operations.metrics import Gauges, count_of, text
from leadline.web.qualification.models import Outbox, Standing

LEAST_DISK = 200 * 1024 * 1024  # bytes that must be free
OLDEST_WAITING = 60 * SECOND  # longer, and the worker is away or too slow


@dataclass(frozen=True)
class Check:
    name: str
    fine: bool
    told: str


def checks() -> list[Check]:
    """What must hold for the service to be of use. A check that breaks is one that fails."""
    return [_run(name, check) for name, check in _CHECKS.items()]


def _run(name: str, check: Callable[[], tuple[bool, str]]) -> Check:
    try:
        return Check(name, *check())
    except Exception as error:
        return Check(name, False, f"the check itself failed: {type(error).__name__}")


def _database() -> tuple[bool, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True, connection.vendor


def _migrations() -> tuple[bool, str]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        return False, f"{len(plan)} to apply: `leadline migrate`"
    newer = [key for key in executor.loader.applied_migrations if key not in executor.loader.graph.nodes]
    if newer:
        return False, "the database is of a newer Leadline: upgrade this one"
    return True, "all applied"


def _disk() -> tuple[bool, str]:
    free = shutil.disk_usage(settings.SURROUNDINGS.data).free
    return free >= LEAST_DISK, f"{free // 1024**2} MB free"


def _inbox() -> tuple[bool, str]:
    try:
        count, oldest = waiting()
    except InboxAwayError as away:
        return False, str(away)
    if oldest is None:
        return True, "empty"
    age = max(now() - oldest, 0)
    return age <= OLDEST_WAITING, f"{count} waiting, the oldest for {age / SECOND:.1f} s"


_CHECKS = {"database": _database, "migrations": _migrations, "disk": _disk, "inbox": _inbox}


@login_not_required
def alive(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
def ready(request: HttpRequest) -> HttpResponse:
    found = checks()
    fine = all(check.fine for check in found)
    told = {check.name: {"ok": check.fine, "detail": check.told} for check in found}
    return JsonResponse({"ready": fine, "checks": told}, status=200 if fine else 503)


@login_not_required
def metrics(request: HttpRequest) -> HttpResponse:
    """For Prometheus, with the token of LEADLINE_METRICS_TOKEN."""
    token = settings.SURROUNDINGS.metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not (token and hmac.compare_digest(given.encode(), token.encode())):
        told = "metrics need the token of LEADLINE_METRICS_TOKEN\n"
        return HttpResponse(told, status=403, content_type="text/plain")
    return HttpResponse(text(), content_type=CONTENT_TYPE_LATEST)


def figures() -> CollectorRegistry:
    """What waits and what is there, read whenever Prometheus asks."""
    registry = CollectorRegistry()
    registry.register(
        Gauges(
            [
                ("leadline_inbox_requests", "Requests that wait for the worker", lambda: waiting()[0]),
                ("leadline_inbox_age_seconds", "How long the oldest of them has waited", _age),
                (
                    "leadline_failed_events",
                    "Failed events not yet mended",
                    count_of(FailedEvent, mended_at=None, discarded_at=None),
                ),
                ("leadline_outbox_rows", "Effects that wait", count_of(Outbox, done_at=None)),
                ("leadline_leads", "Leads", count_of(Lead)),
                ("leadline_due_leads", "Leads whose time has come", _due),
            ]
        )
    )
    return registry


def _age() -> float:
    _, oldest = waiting()
    return 0.0 if oldest is None else max(now() - oldest, 0) / SECOND


def _due() -> float:
    return float(Standing.objects.filter(due_at__lte=now()).count())
