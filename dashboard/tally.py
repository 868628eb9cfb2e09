"""A tally: the counts of one row of a rollup, faces and set-aside reasons, that can be added and subtracted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from collector.database.tables import tap_day

FACE_COLUMNS = tuple(c.name for c in tap_day.c if c.name.startswith("face_"))
ASIDE_COLUMNS = tuple(c.name for c in tap_day.c if c.name.startswith("aside_"))
COLUMNS = FACE_COLUMNS + ASIDE_COLUMNS


@dataclass(frozen=True)
class Tally:
    """Counts in the order of COLUMNS."""

    counts: tuple[int, ...] = (0,) * len(COLUMNS)

    @classmethod
    def of(cls, numbers: Sequence[int | None]) -> "Tally":
        """The tally of a database row's sums, where NULL is none."""
        return cls(tuple(int(n or 0) for n in numbers))

    @property
    def faces(self) -> tuple[int, ...]:
        return self.counts[: len(FACE_COLUMNS)]

    @property
    def taps(self) -> int:
        return sum(self.faces)

    @property
    def set_aside(self) -> int:
        return sum(self.counts[len(FACE_COLUMNS) :])

    @property
    def every_reason(self) -> dict[str, int]:
        """Set-aside taps by reason."""
        numbers = zip(ASIDE_COLUMNS, self.counts[len(FACE_COLUMNS) :], strict=True)
        return {name.removeprefix("aside_"): n for name, n in numbers}

    @property
    def reasons(self) -> dict[str, int]:
        """The same, the empty ones left out."""
        return {reason: n for reason, n in self.every_reason.items() if n}

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(tuple(a + b for a, b in zip(self.counts, other.counts, strict=True)))

    def less(self, other: "Tally") -> "Tally":
        """This without the other, never below zero: the two are read at different moments."""
        return Tally(tuple(max(0, a - b) for a, b in zip(self.counts, other.counts, strict=True)))


def total(tallies: Iterable[Tally]) -> Tally:
    result = Tally()
    for tally in tallies:
        result += tally
    return result
