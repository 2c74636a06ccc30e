"""What capture counts: requests by source and outcome, bytes, and the time until a receipt."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram

STORED = "stored"
UNKNOWN = "unknown"  # the source of a request whose key is none of ours


class Counts:
    """Counters of one process. `registry` is for Prometheus, `requests()` for a page."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "leadline_capture_requests", "Requests by source and outcome", ["source", "outcome"],
            registry=self.registry,
        )  # fmt: skip
        self._bytes = Counter("leadline_capture_bytes", "Bytes of bodies stored", registry=self.registry)
        self._seconds = Histogram(
            "leadline_capture_receipt_seconds", "From a body read to its receipt", registry=self.registry,
            buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
        )  # fmt: skip
        self._children: dict[tuple[str, str], Counter] = {}

    def outcome(self, source: str, outcome: str) -> None:
        """One more request of a source that was `stored`, dropped, or refused with this code."""
        child = self._children.get((source, outcome))
        if child is None:
            child = self._children[(source, outcome)] = self._requests.labels(source, outcome)
        child.inc()

    def stored(self, size: int, seconds: float) -> None:
        self._bytes.inc(size)
        self._seconds.observe(seconds)

    def requests(self) -> dict[tuple[str, str], int]:
        """How many requests by (slug of the source, outcome), since this process began."""
        return {
            (sample.labels["source"], sample.labels["outcome"]): int(sample.value)
            for metric in self._requests.collect()
            for sample in metric.samples
            if sample.name.endswith("_total")
        }
