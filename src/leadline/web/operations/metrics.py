"""Figures for Prometheus: what capture counts, and what waits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from django.db.models import Model
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

_published: list[CollectorRegistry] = []


def publish(registry: CollectorRegistry) -> None:
    """Let `/metrics` tell this registry's figures too."""
    _published.append(registry)


def text() -> bytes:
    return b"".join(generate_latest(registry) for registry in _published)


class Gauges(Collector):
    """Figures that are read when they are asked for; one that cannot be read is left out."""

    def __init__(self, gauges: Iterable[tuple[str, str, Callable[[], float]]]):
        self._gauges = tuple(gauges)

    def describe(self) -> Iterator[Metric]:
        yield from (GaugeMetricFamily(name, told) for name, told, _ in self._gauges)

    def collect(self) -> Iterator[Metric]:
        for name, told, read in self._gauges:
            try:
                value = read()
            except Exception:
                continue
            yield GaugeMetricFamily(name, told, value=value)


def count_of(model: type[Model], **where: object) -> Callable[[], float]:
    return lambda: float(model._default_manager.filter(**where).count())
