"""Memory is refused at one line after the other while a finger is served: at each that makes an object, on CPython.

Which of them needs memory on a Pico depends on the age of the boot, too: numbers beyond 2^30 are objects there.
"""

import ast
import sys
from functools import cache
from pathlib import Path

from tests.kiosk.weather import World

INTERPRETERS = ("cpython",)

KIOSK = Path("firmware/kiosk").resolve()
RING = Path("firmware/board/ring.py").resolve()
SERVED_BY = ("counter", "press", "tap", "journal", "shelf", "record", "boots", "backlog", "lights", "clock", "vigil")
OF_OTHERS = ("tend", "_chore", "keep", "silent", "put", "recall_time")  # the interrupt, and what no finger waits for
MAKES = (ast.List, ast.Dict, ast.ListComp, ast.DictComp, ast.GeneratorExp, ast.Lambda, ast.JoinedStr, ast.Tuple)
NEEDS_NONE = ("len", "min", "max", "isinstance")  # of builtins

SETTLED_MS = 2500  # a breath's step, and thanks


def served_by():
    return [RING, *(KIOSK / f"{name}.py" for name in SERVED_BY)]


@cache
def tree_of(path):
    return ast.parse(Path(path).read_text(encoding="utf-8"))


@cache
def functions():
    """The names of all that is looked into: a call of one makes nothing by itself."""
    return {node.name for path in served_by() for node in ast.walk(tree_of(path)) if isinstance(node, ast.FunctionDef)}


def makes_something(node):
    if isinstance(node, MAKES):
        return not isinstance(getattr(node, "ctx", None), ast.Store)
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
        return name not in NEEDS_NONE and name not in functions()
    return isinstance(node, ast.BinOp) and not is_small(node)


def is_small(node):
    """A step by a constant, or round a ring: what comes out needs no object."""
    return isinstance(node.right, ast.Constant) or (isinstance(node.op, ast.Mod) and isinstance(node.right, ast.Name))


@cache
def lines_of(path):
    """The lines of a file at which MicroPython may ask for memory."""
    return {node.lineno for node in ast.walk(tree_of(path)) if makes_something(node)}


class Refusal:
    """Refuses memory at the ``nth`` such line that runs while it is on; ``passed`` counts them."""

    def __init__(self, nth):
        self.nth = nth
        self.passed = 0
        self.where = None
        self._files = {str(path) for path in served_by()}

    def __enter__(self):
        self._before = sys.gettrace()
        sys.settrace(self._enter)

    def __exit__(self, *_):
        sys.settrace(self._before)

    def _enter(self, frame, event, _):
        code = frame.f_code
        return self._line if code.co_filename in self._files and code.co_name not in OF_OTHERS else None

    def _line(self, frame, event, _):
        if event == "line" and frame.f_lineno in lines_of(frame.f_code.co_filename):
            self.passed += 1
            if self.passed == self.nth:
                self.where = Path(frame.f_code.co_filename).name, frame.f_lineno
                raise MemoryError
        return self._line


class Visit:
    """One finger is served while memory is refused once, and another one afterwards."""

    def __init__(self, nth, serve):
        self.refusal = Refusal(nth)
        self._serve = serve
        self.world = World(1, rude=False, careless=False, whole=True)
        self.world.storming = self.world.reachable = False
        self.world.play(self._scene())

    async def _scene(self):
        world, journal = self.world, self.world.counter.journal
        await world._pause(1010)
        with self.refusal:
            await self._serve(world, 3)
        await world._pause(SETTLED_MS)
        self.kept, self.thanks, self.counted = journal.last_seq, world.board.thanks, world.counter.taps.unthanked
        self.told = "the memory was full" in world.board.logged
        await at_once(world, 2, 40)
        await world._pause(SETTLED_MS)
        world.look()  # no task has ended
        self.armed = list(world.board.edges.armed[1:])
        self.later_thanks = world.board.thanks - self.thanks
        self.faces = [tap[0] for tap in journal.batch(1, journal.last_seq).taps]


async def at_once(world, face, ms):
    """A finger on a button, looked at as it comes."""
    for closed, wait_ms in ((True, ms), (False, 100)):
        world.board.edges.put(face, closed, world.board.ticks_ms())
        await world._pause(wait_ms)


async def late(world, face, ms):
    """A finger that has gone when it is looked at."""
    for closed in (True, False):
        world.board.edges.put(face, closed, world.board.ticks_ms())
        world.time.pass_ms(ms)
    await world._pause(100)


def visits(serve):
    """One visit for each line."""
    count = Visit(0, serve).refusal.passed
    found = [Visit(nth, serve) for nth in range(1, count + 1)]
    assert count > 100 and all(visit.refusal.where for visit in found)
    print(f"{count} refusals at {len({visit.refusal.where for visit in found})} lines")
    return found


def check(visit):
    where = visit.refusal.where
    assert visit.thanks <= visit.kept <= 1, where
    assert visit.thanks or visit.counted or visit.told, where
    # what is on flash and could not be read back is counted as not thanked, and found again
    assert visit.faces == [2] or (visit.faces == [3, 2] and visit.kept + visit.counted), where
    assert visit.later_thanks == 1 and visit.armed == [1, 1, 1, 1], where


def test_a_finger_is_kept_and_thanked_or_counted_wherever_memory_is_refused_and_so_is_the_next():
    async def serve(world, face):
        await at_once(world, face, 150)

    for visit in visits(serve):
        check(visit)
        assert visit.thanks + visit.counted == 1, visit.refusal.where


def test_one_that_was_short_or_looked_at_late_is_told_where_it_is_neither():
    async def briefly(world, face):
        await at_once(world, face, 40)

    async def gone(world, face):
        await late(world, face, 20)

    for serve in (briefly, gone):
        for visit in visits(serve):
            check(visit)
