"""The kiosk that a board is already: its name, its Wi-Fi, its journal. Its secret and its update key stay there."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from firmware.tools.usb import BoardFault, UsbBoard

KEPT = ("/config.kept", "/renewal.kept", "/kiosk.kept")
"""What a kiosk keeps beside its journal."""

_JOURNAL, _GONE = "/journal", "/journal.gone"

# Whose journal it is kiosk.kept says, as kiosk/folders.py will ask it at boot, and config.json where that one does not
_WHO = """
def _config():
    import json
    try:
        with open('/config.json', 'rb') as file:
            found = json.loads(file.read().decode())
        return found.get('kiosk'), found.get('wifi')
    except (OSError, ValueError, AttributeError):
        return None, None

def _kept():
    try:
        with open('/kiosk.kept', 'rb') as file:
            names = file.read().decode().split('\\n')
    except (OSError, ValueError):
        return None
    return names[0] if len(names) == 2 and names[0] == names[1] else None
"""

# By the firmware that lies there, which knows its journal; what it was told since its last mark it does not know here
_END = """
def _end():
    from board.files import LittleFiles
    from kiosk.backlog import Backlog
    from kiosk.shelf import Shelf
    names = [(int(name.split('-')[0]), name) for name in os.listdir('/journal') if name != 'new']
    if not names:
        return None
    shelf = Shelf(LittleFiles(''), 'journal/' + max(names)[1])
    shelf.open()
    backlog = Backlog(shelf)
    end = backlog.find_end()
    return max(names)[1].split('-')[1], end.next_seq - 1, max(end.acked, backlog.held - 1)
"""


@dataclass(frozen=True)
class Resident:
    """``kiosk``: whose the journal there is; None: nothing tells. ``wifi`` as config.json has it; None: it has none."""

    kiosk: str | None
    wifi: Any


def read(board: UsbBoard) -> Resident:
    """Who the board is before it is flashed."""
    board.order(_WHO)
    named, wifi = board.value("_config()")
    kiosk = board.value("_kept()") or named
    return Resident(kiosk if isinstance(kiosk, str) and kiosk else None, wifi)


def unsent(board: UsbBoard, settled: Callable[[str], int]) -> int | None:
    """How many taps the board's journal has that no store has; None where that cannot be told.

    ``settled(journal)``: up to which seq a store has them.
    """
    if not board.files_below([_JOURNAL]):
        return 0
    try:
        board.order(_END)
        end = board.value("_end()")
    except BoardFault:
        return None  # no firmware is there, or an older one
    if end is None:
        return 0
    journal, last, acked = end
    return max(0, last - max(acked, settled(journal)))


def remove(board: UsbBoard) -> Iterable[str]:
    """Removes its journal and settings; their paths. A cut leaves a journal whole, or none."""
    left = board.files_below([_JOURNAL])
    if left:
        board.rename_over(_JOURNAL, _GONE)
    board.remove(KEPT)
    clear(board)
    return tuple(left)


def clear(board: UsbBoard) -> None:
    """Removes what a cut left of a removal."""
    gone = board.files_below([_GONE])
    board.remove(gone)
    folders = {folder for path in gone for folder in _above(path)} | {_GONE}
    board.remove_folders(sorted(folders, reverse=True))


def _above(path: str) -> Iterable[str]:
    while path := path.rpartition("/")[0]:
        yield path
