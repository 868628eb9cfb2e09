"""Figures for a monitoring system, summed over all kiosks.

Where there is one kiosk the sum is that kiosk's, and read often enough it tells when somebody pressed: that is why
``/metrics`` needs the login.
"""

from collections import Counter as Counts
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import version
from operator import add

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    Metric,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from collector.intake.journal import Journal
from collector.verdict.policy import Verdict

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


class Tally:
    """What one transaction did; added to the metrics only after its commit."""

    def __init__(self) -> None:
        self.stored = 0
        self.duplicates = 0
        self.conflicts = 0
        self.missing = 0
        self.verdicts = [0] * len(Verdict)
        self.quarantined: Counts[str] = Counts()
        self.looked_back: Counts[str] = Counts()
        """By kiosk: as of its journals."""

    def journal(self, journal: Journal, missing: int) -> None:
        """Adds what came of one journal."""
        self.duplicates += journal.duplicates
        self.conflicts += journal.conflicts
        self.missing += max(0, missing)
        self.verdicts = list(map(add, self.verdicts, journal.verdicts))


class _Watched(Collector):
    def __init__(self, name: str, words: str, label: str, read: Callable[[], Mapping[str, int]]) -> None:
        self._name, self._words, self._label, self._read = name, words, label, read

    def collect(self) -> Iterator[Metric]:
        family = CounterMetricFamily(self._name, self._words, labels=[self._label])
        for value, count in sorted(dict(self._read()).items()):
            family.add_metric([value], count)
        yield family


class Metrics:
    """One collector's figures, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        Info("hymio_build", "What runs", registry=self.registry).info({"version": version("hymio")})
        ProcessCollector(registry=self.registry)
        self._stored = self._counter("taps_stored", "Taps written to the store")
        self._duplicates = self._counter("taps_duplicate", "Taps that were in the store already")
        self._conflicts = self._counter("taps_conflict", "Taps whose key is in the store with other contents")
        self._missing = self._counter("taps_missing", "Seqs given up as missing")
        self._aside = self._counter("taps_set_aside", "Taps set aside, by reason", ["reason"])
        self._quarantined = self._counter("quarantined", "Messages put in quarantine, by reason", ["reason"])
        self._wants = self._counter("wants", "Pieces of updates that kiosks asked for, by what came of it", ["outcome"])
        self.dropped = self._counter("deliveries_dropped", "Deliveries not taken because the queue was full")
        self.failures = self._counter("ingest_failures", "Transactions that the database refused")
        self.seconds = Histogram(
            "hymio_ingest_seconds", "One transaction of ingest", buckets=_SECONDS, registry=self.registry
        )
        self.batch = Histogram(
            "hymio_ingest_deliveries",
            "Deliveries in one transaction",
            buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000),
            registry=self.registry,
        )
        self._acks = Histogram(
            "hymio_ack_seconds",
            "From a delivery's coming to its stored ack's going; once for those that came together",
            buckets=(*_SECONDS, 10, 30, 60),
            registry=self.registry,
        )
        self._committed = Gauge(
            "hymio_last_commit_timestamp_seconds", "When ingest last committed", registry=self.registry
        )

        self._stored_last = Gauge(
            "hymio_last_tap_timestamp_seconds",
            "When this collector last stored a tap that was new; 0: not since it started",
            registry=self.registry,
        )

    def _counter(self, name: str, words: str, labels: list[str] | None = None) -> Counter:
        return Counter("hymio_" + name, words, labels or [], registry=self.registry)

    def watch(self, name: str, words: str, read: Callable[[], float]) -> None:
        """A figure that is asked for when somebody looks."""
        Gauge("hymio_" + name, words, registry=self.registry).set_function(read)

    def watch_counts(self, name: str, words: str, label: str, read: Callable[[], Mapping[str, int]]) -> None:
        """Counts that somebody else keeps, by ``label``; asked for when somebody looks."""
        self.registry.register(_Watched("hymio_" + name, words, label, read))

    def add(self, tally: Tally, now_ms: int) -> None:
        """Adds a transaction that was committed."""
        self._stored.inc(tally.stored)
        if tally.stored:
            self._stored_last.set(now_ms / 1000)
        self._duplicates.inc(tally.duplicates)
        self._conflicts.inc(tally.conflicts)
        self._missing.inc(tally.missing)
        for verdict, count in zip(Verdict, tally.verdicts, strict=True):
            if count and verdict not in (Verdict.COUNTED, Verdict.UNREADABLE):
                self._aside.labels(verdict.name.lower()).inc(count)
        for reason, count in tally.quarantined.items():
            self._quarantined.labels(reason).inc(count)
        self._committed.set(now_ms / 1000)

    def answered(self, heard_s: Iterable[float], now_s: float) -> None:
        """Adds deliveries whose answers may go now, by when they came; 0: not known. Both by the monotonic clock."""
        for came_s in heard_s:
            if came_s:
                self._acks.observe(now_s - came_s)

    def wanted(self, outcome: str) -> None:
        """Adds a piece that was asked for: a word of ``collector.running.supply``, such as answered or not_ordered."""
        self._wants.labels(outcome).inc()

    def text(self) -> bytes:
        """Everything, in the Prometheus text format."""
        return generate_latest(self.registry)
