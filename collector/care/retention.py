"""Backups that are old enough to go: before a new one is made, so that they give it their room."""

from pathlib import Path
from typing import NamedTuple

from collector.care import proof


class Pruned(NamedTuple):
    """A backup that is gone now. ``size``: bytes that it gave back."""

    copy: Path
    made_utc_ms: int
    size: int


def prune(folder: Path, before_utc_ms: int) -> list[Pruned]:
    """Removes backups from a folder that were made before then, and nothing else that lies there.

    The newest one that lies there in its full length stays, however old: where no new one could be made for long, it is
    all there is. Raises OSError.
    """
    there = proof.kept(folder)
    newest = next((copy for copy, of_it in reversed(there) if proof.is_there(copy, of_it)), None)
    return [
        Pruned(copy, of_it.made_utc_ms, _remove(copy))
        for copy, of_it in there
        if of_it.made_utc_ms < before_utc_ms and copy != newest
    ]


def _remove(copy: Path) -> int:
    """The proof goes last: by it a run that comes after one that was killed here knows what to remove."""
    size = copy.stat().st_size if copy.is_file() else 0
    copy.unlink(missing_ok=True)
    proof.proof_of(copy).unlink()
    return size
