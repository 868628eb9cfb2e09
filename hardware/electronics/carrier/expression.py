"""S-expressions as KiCad writes its files: lists and atoms. A quoted text is a ``Text``, every other atom a str."""

import re
import uuid
from pathlib import Path

OURS = uuid.UUID(
    "5f0c9a52-6a0e-5c11-9d5e-0b5a1de0c0de"
)  # the root of every id here: a name gives the same id every time
SHARE = Path("/usr/share/kicad")  # KiCad's libraries in the Debian in which these scripts run
TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([()])|([^\s()"]+)')


class Text(str):
    """An atom in quotes, escaped as it is in the file."""


def identity(*names: str) -> Text:
    return Text(uuid.uuid5(OURS, "/".join(names)))


def read(text: str) -> list:
    stack: list[list] = [[]]
    for quoted, bracket, atom in TOKEN.findall(text):
        if bracket == "(":
            stack.append([])
        elif bracket == ")":
            done = stack.pop()
            stack[-1].append(done)
        else:
            stack[-1].append(atom or Text(quoted))
    return stack[0][0]


def write(value: object, depth: int = 0) -> str:
    if isinstance(value, Text):
        return f'"{value}"'
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    if not isinstance(value, list):
        return str(value)
    flat = "(" + " ".join(write(item) for item in value) + ")"
    if len(flat) < 100:
        return flat
    inner = "\n".join("\t" * (depth + 1) + write(item, depth + 1) for item in value[1:])
    return f"({value[0]}\n{inner}\n" + "\t" * depth + ")"


def child(node: list, name: str) -> list | None:
    return next((item for item in node if isinstance(item, list) and item[:1] == [name]), None)


def children(node: list, name: str) -> list[list]:
    return [item for item in node if isinstance(item, list) and item[:1] == [name]]
