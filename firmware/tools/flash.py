"""Puts an image and a kiosk's configuration onto a board, so that a cut at any moment leaves a whole kiosk or none.

What remains: between step 5 and step 7 the board has no ``main.py``. Cut there, it starts nothing and shows no light;
flashing it again mends it. It never runs one version's ``main.py`` with another version's modules.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from firmware.tools.image import BYTECODE, Image
from firmware.tools.usb import Facts, FlashError, NoSpace, UsbBoard

OWNED_FOLDERS = ("/wire", "/kiosk", "/board")
OWNED_FILES = ("/boot.py", "/main.py", "/config.json")
"""All that flashing may write or remove. The journal lies elsewhere and is never touched."""

OLDEST = (1, 24, 0)
PLATFORMS = ("rp2",)
"""Boards with an RP2040 or RP2350; tests flash MicroPython on this computer."""

BLOCK = 4096
SPARE_BLOCKS = 8
"""Left free for the journal and for littlefs' own bookkeeping while old and new lie side by side."""

_NEW = ".new"

Progress = Callable[[int, int, str], None]


class TooOld(FlashError):
    pass


class WrongBoard(FlashError):
    pass


class VerificationFailed(FlashError):
    pass


@dataclass(frozen=True)
class Report:
    """What was done. ``born`` is whether the kiosk's birth came; None when nobody was asked to wait for it."""

    facts: Facts
    version: str
    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]
    born: bool | None


def flash(
    port: str,
    image: Image,
    config: Mapping[str, object],
    progress: Progress = lambda done, total, path: None,
    wait_for_birth: Callable[[float], bool] | None = None,
    *,
    before_restart: Callable[[], None] = lambda: None,
    birth_timeout_s: float = 60.0,
    platforms: tuple[str, ...] = PLATFORMS,
    oldest: tuple[int, int, int] = OLDEST,
) -> Report:
    """Flashes the board at ``port`` and restarts it. Raises FlashError, whose message says what to do.

    1. Stop what runs there; check that it is a board this image fits.
    2. See which files differ from the wanted ones, by the SHA-256 that the board computes.
    3. Write those under new names beside the old ones: the old kiosk is still whole.
    4. Let the board read each back and compare its SHA-256.
    5. Remove ``main.py``, unless only the configuration changes.
    6. Rename the rest over the old, and remove what the image does not have.
    7. Rename ``main.py`` into place: the new kiosk is whole.
    8. Compare everything once more, restart, wait for the birth.

    ``before_restart`` is called while the board stands still: a birth after it is the new kiosk's.
    ``progress(done, total, path)`` counts bytes to be written. ``config`` becomes ``/config.json``; its values are
    never shown.
    """
    wanted = {f"/{path}": data for path, data in image.files.items()}
    if image.boot is not None:
        wanted["/boot.py"] = image.boot
    wanted["/config.json"] = json.dumps(dict(config)).encode()
    with UsbBoard(port) as board:
        facts = board.facts()
        _check_board(facts, platforms, oldest)
        present = _clean(board)
        differing = _differing(board, wanted, present)
        surplus = tuple(path for path in present if path not in wanted)
        _check_space(board, differing)
        _write_beside(board, differing, progress)
        _switch(board, differing, surplus)
        _verify(board, wanted, "")
        before_restart()
        board.restart()
    born = wait_for_birth(birth_timeout_s) if wait_for_birth else None
    unchanged = tuple(path for path in wanted if path not in differing)
    return Report(facts, image.version, tuple(differing), unchanged, surplus, born)


def _check_board(facts: Facts, platforms: tuple[str, ...], oldest: tuple[int, int, int]) -> None:
    if facts.platform not in platforms:
        raise WrongBoard(
            f"the board is {facts.machine} ({facts.platform}); the firmware runs on {', '.join(platforms)}"
        )
    if facts.micropython < oldest or facts.bytecode != BYTECODE:
        has, needs = (".".join(map(str, version)) for version in (facts.micropython, oldest))
        raise TooOld(f"the board has MicroPython {has}; install {needs} or later, then flash again")


def _clean(board: UsbBoard) -> list[str]:
    """Removes what an earlier, cut flashing wrote beside; returns the files of ours that are there."""
    files = board.files_below([*OWNED_FOLDERS, *OWNED_FILES, *(path + _NEW for path in OWNED_FILES)])
    for path in files:
        if path.endswith(_NEW):
            board.remove(path)
    return [path for path in files if not path.endswith(_NEW)]


def _differing(board: UsbBoard, wanted: dict[str, bytes], present: list[str]) -> dict[str, bytes]:
    return {path: data for path, data in wanted.items() if path not in present or board.digest(path) != _sha256(data)}


def _check_space(board: UsbBoard, files: dict[str, bytes]) -> None:
    blocks = sum(-(-len(data) // BLOCK) for data in files.values()) + 2 * len(OWNED_FOLDERS)
    needed, free = (blocks + SPARE_BLOCKS) * BLOCK, board.free_bytes()
    if files and free < needed:
        raise NoSpace(f"the board has {free} bytes free and flashing needs {needed}; remove files that are not hymio's")


def _write_beside(board: UsbBoard, files: dict[str, bytes], progress: Progress) -> None:
    total, done = sum(map(len, files.values())), 0

    def count(written: int) -> None:
        nonlocal done
        done += written
        progress(done, total, path)

    for path, data in files.items():
        board.write(path + _NEW, data, count)
    _verify(board, files, _NEW)


def _switch(board: UsbBoard, files: dict[str, bytes], surplus: tuple[str, ...]) -> None:
    if surplus or set(files) - {"/config.json"}:
        if "/main.py" not in files:
            board.rename_over("/main.py", "/main.py" + _NEW)
        board.remove("/main.py")
    for path in sorted(surplus):
        board.remove(path)
    for path in files:
        if path != "/main.py":
            board.rename_over(path + _NEW, path)
    if surplus or set(files) - {"/config.json"}:
        board.rename_over("/main.py" + _NEW, "/main.py")


def _verify(board: UsbBoard, files: dict[str, bytes], suffix: str) -> None:
    for path, data in files.items():
        if board.digest(path + suffix) != _sha256(data):
            raise VerificationFailed(
                f"{path} reads back differently from what was written; flash again, and if it happens again "
                "the board's flash is worn out: use another board"
            )


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
