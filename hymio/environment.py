"""A file of settings as systemd and a shell read it, ``NAME=value`` a line, of which only some lines are hymio's."""

from collections.abc import Mapping


def values(text: str) -> dict[str, str]:
    """{name: value}, without the quotes around a value; of a name that is there twice the last one counts."""
    pairs = (line.strip().partition("=") for line in text.splitlines() if not line.lstrip().startswith(("#", ";")))
    return {name: _bare(value) for name, mark, value in pairs if mark}


def updated(text: str, wanted: Mapping[str, str | None]) -> str:
    """``text`` with these values: lines that say otherwise are changed, or go (None), and one that is missing is added.

    Every other line stays as it is.
    """
    lines = []
    for line in text.splitlines():
        name = next(iter(values(line)), "")
        value = wanted.get(name)
        if name not in wanted or values(line)[name] == value:
            lines.append(line)
        elif value is not None:
            lines.append(f"{name}={value}")
    there = values("\n".join(lines))
    lines += [f"{name}={value}" for name, value in wanted.items() if value is not None and name not in there]
    return "".join(f"{line}\n" for line in lines)


def _bare(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if quoted else value
