"""What holds the processor is named and has its time, and the watchdog outlives all of it. Read from the sources."""

import ast
import re
import tomllib

import pytest

from tests.interpreters import ROOT

BLOCKING = {
    "scan", "active", "deinit", "connect", "disconnect", "getaddrinfo", "open_connection", "load_verify_locations",
    "wrap_socket", "sleep", "sleep_ms", "sleep_us", "open", "rename", "remove", "mkdir", "rmdir", "mount", "mkfs",
}  # fmt: skip
"""Calls of MicroPython that come back only when something outside has happened, or the flash has been written."""

ASYNCHRONOUS = {"asyncio.sleep_ms", "asyncio.sleep"}
NEVER = {"scan": "10 s", "getaddrinfo": "until a name server answers, if ever"}
COMPUTERS = {"host", "flashfile", "on_cpython", "on_micropython"}
SHIPPED = [path for path in sorted((ROOT / "firmware/board").glob("*.py")) if path.stem not in COMPUTERS]
PURE = sorted((ROOT / "firmware/kiosk").glob("*.py")) + sorted((ROOT / "wire").glob("*.py"))
NAMED = re.compile(r"# section: (.+)$")


def constants():
    """The numbers at the top of board/pico.py."""
    found = {}
    for statement in ast.parse((ROOT / "firmware/board/pico.py").read_text()).body:
        if isinstance(statement, ast.Assign):
            try:
                found[statement.targets[0].id] = ast.literal_eval(statement.value)
            except ValueError:
                continue
    return found


PICO = constants()
TABLE = tomllib.loads((ROOT / "firmware/board/sections.toml").read_text())
SECTIONS = {name: (section["task"], section["ms"]) for name, section in TABLE.items()}


def tend_ms():
    return int(re.search(r"^TEND_MS = (\d+)", (ROOT / "firmware/kiosk/counter.py").read_text(), re.M)[1])


def calls(source, wanted):
    """``(name, [lines: the call's own, then of every function and class around it])`` of the calls in ``wanted``."""

    def walk(node, around):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
            if name in wanted and ast.unparse(node.func) not in ASYNCHRONOUS:
                yield ast.unparse(node.func), [node.lineno, *around]
        inside = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        for child in ast.iter_child_nodes(node):
            yield from walk(child, [node.lineno, *around] if inside else around)

    yield from walk(ast.parse(source), [])


def sections_of(lines, numbers):
    return [found[1] for number in numbers if (found := NAMED.search(lines[number - 1]))]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_call_that_holds_the_processor_lies_in_a_section_that_has_a_name(path):
    source = path.read_text()
    for name, numbers in calls(source, BLOCKING):
        named = sections_of(source.splitlines(), numbers)
        assert named, f"{path.name}:{numbers[0]}: {name} is in no section"
        assert named[0] in SECTIONS or named[0].startswith("none, "), f"{path.name}: {named[0]} has no time"


@pytest.mark.parametrize("path", SHIPPED + PURE, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_what_blocks_for_longer_than_the_watchdog_waits_is_never_called(path):
    assert not list(calls(path.read_text(), NEVER))


def test_the_pure_half_waits_for_nothing_but_the_flash():
    for path in PURE:
        assert not list(calls(path.read_text(), {"sleep", "sleep_ms", "sleep_us", "open_connection"})), path


def test_every_section_is_somewhere_and_shorter_than_the_watchdog():
    said = {m[1] for path in SHIPPED for line in path.read_text().splitlines() if (m := NAMED.search(line))}
    for name, (task, ms) in SECTIONS.items():
        assert 0 < ms < PICO["WATCHDOG_MS"] <= 8388, name
        assert name in said or task in ("start", "listen", "tell", "tend"), f"{name} is nowhere"


def test_the_watchdog_waits_for_the_longest_that_can_follow_one_another():
    """Whoever feeds it does its own section, and is due TEND_MS later. Of each other task one section may come before
    its turn, never two: it waits from then on, and the scheduler takes whoever waits longest. While the task "tell"
    dials there is no listener, and its sections of dialling and of talking exclude each other."""
    longest = {}
    for task, ms in SECTIONS.values():
        longest[task] = max(longest.get(task, 0), ms)
    start = sum(ms for task, ms in SECTIONS.values() if task == "start")
    assert start < PICO["WATCHDOG_MS"]
    network = max(longest["dial"], longest["tell"] + longest["listen"])
    assert set(longest) == {"start", "dial", "tell", "listen", "count", "tend"}
    assert longest["tend"] + tend_ms() + longest["count"] + network < PICO["WATCHDOG_MS"]


def uses(folder, pattern):
    return [
        f"{path.stem}: {line.strip()}"
        for path in sorted((ROOT / "firmware" / folder).glob("*.py"))
        for line in path.read_text().splitlines()
        if re.search(pattern, line)
    ]


def test_the_watchdog_is_fed_in_one_place_only():
    made = [f"{p.name}:{n[0]}" for p in [*SHIPPED, *PURE] for _, n in calls(p.read_text(), {"WDT"})]
    assert [one.split(":")[0] for one in made] == ["pico.py"]
    assert uses("board", r"watchdog\.feed") == ["pico: self._watchdog.feed()"]
    assert [use for use in uses("board", r"\.feed\b") if "watchdog" not in use] == []
    assert uses("kiosk", r"\bboard\.feed\b") == ["counter: self.vigil = Vigil(board.feed, self.clock.uptime_ms())"]
    assert uses("kiosk", r"\b_feed\b") == ["vigil: self._feed = feed", "vigil: self._feed()"]
    assert uses("kiosk", r"vigil\.keep\(") == ["counter: silent = self.vigil.keep(now_ms)"]
