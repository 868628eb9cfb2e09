"""Puts an image and a kiosk's configuration onto a board, so that a cut at any moment leaves a whole kiosk.

The image goes into the slot that does not run; the kiosk that was there starts until the pointer has moved. Only a
board that had none before has none until then.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from firmware.tools import resident, room, wifi
from firmware.tools.image import BLOCK, BYTECODE, Image
from firmware.tools.usb import Facts, FlashError, NoSpace, UsbBoard

SLOTS = ("a", "b")
POINTER = "/slot"
BESIDE = ("/boot.py", "/config.json")
"""What lies in no slot."""

EARLIER = ("/main.py", "/wire", "/kiosk", "/board")
"""Where the firmware lay before there were slots. With these, all that flashing may write or remove."""

OLDEST = (1, 24, 0)
PLATFORMS = ("rp2",)
"""Boards with an RP2040 or RP2350; tests flash MicroPython on this computer."""

SPARE_BLOCKS = 8
"""Kept free where all that flashing writes lies on the flash: for folders that split, and for what littlefs moves."""

_NEW = ".new"
_OURS = {"journal", *SLOTS, *(path[1:] for path in (POINTER, *BESIDE, *EARLIER, *resident.KEPT))}

Progress = Callable[[int, int, str], None]


class TooOld(FlashError):
    pass


class WrongBoard(FlashError):
    pass


class NoNetwork(FlashError):
    pass


class AnotherKiosk(FlashError):
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


@dataclass(frozen=True)
class _Plan:
    """``slot``: where the image goes. ``files`` to write there and in no slot, ``surplus`` to remove, by absolute path.

    ``pointed``: the pointer is right already.
    """

    slot: str
    files: dict[str, bytes]
    surplus: tuple[str, ...]
    unchanged: tuple[str, ...]
    pointed: bool

    @property
    def removed(self) -> tuple[str, ...]:
        """What goes before anything is written, ``main.py`` first: all that is not right in the slot."""
        replaced = [path for path in self.files if path.startswith(f"/{self.slot}/")]
        return (*sorted(replaced, key=lambda path: path != f"/{self.slot}/main.py"), *self.surplus)


def flash(
    port: str,
    image: Image,
    config: Mapping[str, object],
    progress: Progress = lambda done, total, path: None,
    wait_for_birth: Callable[[float], bool] | None = None,
    *,
    another_kiosk: bool = False,
    settled: Callable[[str, str], int] = lambda kiosk, journal: 0,
    before_restart: Callable[[], None] = lambda: None,
    birth_timeout_s: float = 60.0,
    platforms: tuple[str, ...] = PLATFORMS,
    oldest: tuple[int, int, int] = OLDEST,
) -> Report:
    """Flashes the board at ``port`` and restarts it. Raises FlashError, whose message says what to do.

    1. Stop what runs there; check that it is a board this image fits, and this kiosk or none (resident.py): else
       ``another_kiosk`` says that its journal and settings are to go, before anything is written. A Wi-Fi that is
       there stays where ``config`` names none.
    2. Choose the slot that does not run, unless this very image runs already; see which of its files differ, by the
       SHA-256 that the board computes.
    3. Remove that slot's ``main.py``, so that no boot starts it, and all there that differs: so no more room is needed
       than the new version takes.
    4. Write what differs; ``main.py`` and what lies in no slot under new names.
    5. Let the board read each back and compare its SHA-256.
    6. Rename ``main.py`` into place: the slot is whole. Then the rest.
    7. Point at the slot; remove what lay outside the slots before there were any.
    8. Restart, wait for the birth.

    ``settled(kiosk, journal)``: up to which seq a store has a journal's taps.
    ``before_restart`` is called while the board stands still: a birth after it is the new kiosk's.
    ``progress(done, total, path)`` counts bytes to be written. ``config`` becomes ``/config.json``; its values are
    never shown.
    """
    with UsbBoard(port) as board:
        facts = board.facts()
        _check_board(facts, platforms, oldest)
        lived = resident.read(board)
        leaves = lived.kiosk != config["kiosk"]
        if leaves and not another_kiosk:
            _check_kiosk(board, lived.kiosk, str(config["kiosk"]), settled)
            leaves = False  # nothing is there that would be lost
        beside = {"/config.json": json.dumps(with_network(facts, config, lived.wifi)).encode()}
        if image.boot is not None:
            beside["/boot.py"] = image.boot
        resident.clear(board)
        board.remove(path + _NEW for path in (*BESIDE, POINTER))  # left by a flashing that was cut
        earlier = board.files_below(EARLIER)
        plan = _plan(board, image, beside)
        _check_space(board, plan)
        gone = resident.remove(board) if leaves else ()
        _write(board, plan, progress)
        _switch(board, plan, earlier)
        before_restart()
        board.restart()
    born = wait_for_birth(birth_timeout_s) if wait_for_birth else None
    return Report(facts, image.version, tuple(plan.files), plan.unchanged, (*plan.surplus, *earlier, *gone), born)


def _check_board(facts: Facts, platforms: tuple[str, ...], oldest: tuple[int, int, int]) -> None:
    if facts.platform not in platforms:
        raise WrongBoard(
            f"the board is {facts.machine} ({facts.platform}); the firmware runs on {', '.join(platforms)}"
        )
    if facts.micropython < oldest or facts.bytecode != BYTECODE:
        has, needs = (".".join(map(str, version)) for version in (facts.micropython, oldest))
        raise TooOld(f"the board has MicroPython {has}; install {needs} or later, then flash again")


def _check_kiosk(board: UsbBoard, was: str | None, becomes: str, settled: Callable[[str, str], int]) -> None:
    """Raises AnotherKiosk, unless nothing tells what the board ``was`` and no tap waits there to be told."""
    unsent = resident.unsent(board, lambda journal: settled(was or becomes, journal))
    if was is not None:
        raise AnotherKiosk(
            f"the board is kiosk {was}, {_how_many(unsent)}, and was to become {becomes}; let it deliver what it has, "
            "then flash it with --another-kiosk, which removes its journal and its settings"
        )
    if unsent != 0:
        raise AnotherKiosk(
            "neither kiosk.kept nor config.json tells which kiosk the board is, and it has a journal, "
            f"{_how_many(unsent)}; if it is {becomes}, put a config.json on it that says "
            f"{json.dumps({'kiosk': becomes})} (mpremote cp config.json :) and flash it again, which keeps the journal"
            "; --another-kiosk removes its journal and its settings"
        )


def _how_many(unsent: int | None) -> str:
    if unsent is None:
        return "and how many of its taps are not stored yet cannot be told"
    if unsent:
        return f"with {unsent} {'tap' if unsent == 1 else 'taps'} not stored yet"
    return "all of whose taps are stored"


def with_network(facts: Facts, config: Mapping[str, object], kept: Any) -> dict[str, object]:
    """``config`` with the Wi-Fi that is on the board where it names none. Raises NoNetwork where it fits no board."""
    asked = dict(config)
    if "W5500" in facts.machine:  # as board/present.py asks
        if "wifi" in asked:
            raise NoNetwork(f"the board is {facts.machine} and has a cable, no Wi-Fi; leave --wifi out")
        return asked
    if isinstance(kept, dict) and kept.get("key") == "":
        kept = {**kept, "key": None}
    if "wifi" not in asked and wifi.fault(kept) is None:
        asked["wifi"] = kept
    if "wifi" not in asked and facts.platform in PLATFORMS:
        raise NoNetwork(f"the board is {facts.machine} and knows no Wi-Fi network yet; name one with --wifi")
    return asked


def _plan(board: UsbBoard, image: Image, beside: Mapping[str, bytes]) -> _Plan:
    there = board.files_below([*(f"/{slot}" for slot in SLOTS), *beside])
    runs, pointer = board.folder().strip("/"), board.text(POINTER)
    if f"/{runs}/main.py" not in there:
        runs = ""  # the board stands in the root, or in a slot that does not start
    if runs and not _differing(board, {f"/{runs}/{path}": data for path, data in image.files.items()}, there):
        slot, wanted, kept = runs, {}, {f"/{runs}/manifest", *(f"/{runs}/{path}" for path in image.files)}
    else:
        slot = "b" if runs == "a" else "a"
        wanted = image.in_slot(slot)
        kept = set(wanted)
    surplus = tuple(path for path in there if path.startswith(f"/{slot}/") and path not in kept)
    files = _differing(board, {**wanted, **beside}, there)
    if wanted:  # taken away and put back, so that no boot starts a slot that is being written
        files[f"/{slot}/main.py"] = image.files["main.py"]
    unchanged = tuple(path for path in (*image.in_slot(slot), *beside) if path not in files)
    return _Plan(slot, files, surplus, unchanged, pointer in (slot, slot + " +"))


def _differing(board: UsbBoard, wanted: Mapping[str, bytes], there: Mapping[str, int]) -> dict[str, bytes]:
    same = board.digests(path for path, data in wanted.items() if there.get(path) == len(data))
    return {path: data for path, data in wanted.items() if same.get(path) != _sha256(data)}


def _check_space(board: UsbBoard, plan: _Plan) -> None:
    """Whether the flash holds, at the moment when it holds most, all that stays and all that is written."""
    there = board.files_below([""])
    stays = {path: size for path, size in there.items() if path not in plan.removed}
    written = {path + _NEW if _is_renamed(path, plan) else path: len(data) for path, data in plan.files.items()}
    room_for, needs = board.blocks() - room.blocks(stays), room.blocks({**stays, **written}) - room.blocks(stays)
    if not plan.files or room_for >= needs + SPARE_BLOCKS:
        return
    foreign = {path: room.size_in_blocks(size) for path, size in stays.items() if path.split("/")[1] not in _OURS}
    raise NoSpace(
        f"beside what has to stay the board's flash has room for {max(0, room_for) * BLOCK} bytes, and flashing needs "
        f"{(needs + SPARE_BLOCKS) * BLOCK}; {_what_to_remove(foreign)}"
    )


def _what_to_remove(foreign: Mapping[str, int]) -> str:
    if not any(foreign.values()):
        return "no file lies there that is not hymio's, so this flash is too small for two versions and the journal"
    largest = max(foreign, key=lambda path: foreign[path])
    return f"files that are not hymio's take {sum(foreign.values()) * BLOCK}: remove some, such as {largest}"


def _write(board: UsbBoard, plan: _Plan, progress: Progress) -> None:
    board.remove(plan.removed)
    total, done = sum(map(len, plan.files.values())), 0

    def count(path: str, written: int) -> None:
        nonlocal done
        done += written
        progress(done, total, path.removesuffix(_NEW))

    files = {path + _NEW if _is_renamed(path, plan) else path: data for path, data in plan.files.items()}
    board.write(files, count)
    _verify(board, files)


def _switch(board: UsbBoard, plan: _Plan, earlier: Iterable[str]) -> None:
    for path in plan.files:  # main.py before boot.py: the first boot.py looks for a slot with one
        if _is_renamed(path, plan):
            board.rename_over(path + _NEW, path)
    if not plan.pointed:
        board.write({POINTER + _NEW: plan.slot.encode()}, lambda path, written: None)
        board.rename_over(POINTER + _NEW, POINTER)
    board.remove(earlier)
    board.remove_folders(path for path in EARLIER if not path.endswith(".py"))


def _is_renamed(path: str, plan: _Plan) -> bool:
    return path in (f"/{plan.slot}/main.py", *BESIDE)


def _verify(board: UsbBoard, files: Mapping[str, bytes]) -> None:
    read = board.digests(files)
    for path, data in files.items():
        if read[path] != _sha256(data):
            raise VerificationFailed(
                f"{path.removesuffix(_NEW)} reads back differently from what was written; flash again, and if it "
                "happens again the board's flash is worn out: use another board"
            )


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
