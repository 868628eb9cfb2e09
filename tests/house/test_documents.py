"""What is written down is so: links, pictures, commands, settings, routes, topics; and what never goes into a file."""

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.house.imports import ROOT
from wire import messages

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.M | re.S)
PATH = re.compile(r"`((?:collector|dashboard|deploy|docs|firmware|hardware|hymio|tests|wire)/[\w./-]+\.\w+)`")
LONGEST_MODULE = 500


def tracked():
    """The files of the repository, by path from its root: what git knows and what it would take in."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    return [name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


FILES = tracked()
DOCUMENTS = [name for name in FILES if name.endswith(".md")]


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def anchors(text):
    """The fragments of a document's headings, as forges make them."""
    headings = re.findall(r"^#+ +(.+?) *$", FENCE.sub("", text), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_and_picture_of_a_document_is_there(document):
    dead = []
    for target in LINK.findall(FENCE.sub("", read(document))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, fragment = target.partition("#")
        to = (ROOT / document).parent / path if path else ROOT / document
        if not to.exists() or (fragment and to.suffix == ".md" and fragment not in anchors(to.read_text("utf-8"))):
            dead.append(target)
    assert not dead, f"{document}: {', '.join(dead)}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_that_a_document_names_by_its_path_is_there(document):
    gone = [path for path in PATH.findall(FENCE.sub("", read(document))) if not (ROOT / path).exists()]
    assert not gone, f"{document}: {', '.join(gone)}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_make_command_that_a_document_names_is_a_target(document):
    targets = set(re.findall(r"^([a-z][a-z-]*):", read("Makefile"), re.M))
    named = set(re.findall(r"`make ([a-z-]+)", read(document)))
    assert named <= targets, f"{document}: {', '.join(sorted(named - targets))}"


def test_every_target_is_explained_at_the_top_of_the_makefile_or_is_a_step_of_another():
    head = read("Makefile").split("\nPORT", 1)[0]
    phony = re.search(r"^\.PHONY: (.*)$", read("Makefile"), re.M)[1].split()
    assert [t for t in phony if f"make {t}" not in head] == ["test-setup", "check-setup", "clean"]


def commands():
    """The words of every command ``hymio`` has, such as ``kiosk add``."""
    from typer.main import get_command

    from hymio.command import app

    def walk(command, words):
        inner = getattr(command, "commands", None)
        if not inner:
            yield " ".join(words)
        for name, sub in (inner or {}).items():
            yield from walk(sub, [*words, name])

    return set(walk(get_command(app), []))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_hymio_command_that_a_document_names_exists(document):
    known = commands()
    for line in re.findall(r"(?:`|^(?:    )?(?:\$ )?(?:\.venv/bin/)?)hymio ([a-z]+(?: [a-z]+)?)", read(document), re.M):
        first, _, second = line.partition(" ")
        assert first in known or f"{first} {second}" in known or any(k.startswith(first + " ") for k in known), (
            f"{document}: hymio {line}"
        )


def test_every_command_is_named_in_a_document():
    written = "\n".join(read(name) for name in DOCUMENTS)
    assert not [command for command in commands() if f"hymio {command}" not in written]


def shown(field):
    """The default of a setting, as it stands in the file of settings."""
    if field.default is None:
        return "not set"
    return str(field.default).lower() if isinstance(field.default, bool) else field.default


def test_the_table_of_settings_is_what_the_settings_say_of_themselves():
    from hymio.settings import Settings

    rows = [f"| `{name}` | {shown(f)} | {f.description} |" for name, f in Settings.model_fields.items()]
    written = re.findall(r"^\| `.*$", read("docs/settings.md"), re.M)
    assert written == rows, "docs/settings.md must say:\n" + "\n".join(rows)


def test_every_topic_is_specified():
    spec = read("wire/SPEC.md")
    assert not [leaf for leaf in messages.MESSAGES if f"## `{leaf}`" not in spec]


def test_the_read_api_says_what_each_route_gives():
    from sqlalchemy import create_engine

    from dashboard.app import create_app

    api = create_app(create_engine("sqlite://"), demo=False, now_ms=lambda: 0).openapi()
    routes = [(path, how) for path, hows in api["paths"].items() for how in hows.values()]
    assert [path for path, _ in routes if path.startswith("/api/v1/")]
    assert not [path for path, how in routes if not (how.get("summary") or how.get("description"))]


# Written in pieces, so that this file itself is clean.
NEVER = {
    "the host of a package index": "py" + "pi.org|python" + "hosted.org|/sim" + "ple/",
    "an absolute path of somebody's machine": r"/wo" + r"rk/|/ro" + r"ot/|/ho" + r"me/[a-z]",
    "a job left undone": r"\bTO" + r"DO\b|\bFIX" + r"ME\b|\bX" + r"XX\b",
}


@pytest.mark.parametrize("what", NEVER)
def test_no_file_holds(what):
    pattern = re.compile(NEVER[what])
    found = []
    for name in FILES:
        if Path(name).suffix in (".png", ".jpg", ".bin", ".mo", ".stl", ".zip"):
            continue
        for number, line in enumerate((ROOT / name).read_text("utf-8", "replace").splitlines(), 1):
            if pattern.search(line):
                found.append(f"{name}:{number}: {line.strip()[:80]}")
    assert not found, "\n".join(found)


def test_no_firmware_image_is_in_the_repository():
    assert not [name for name in FILES if Path(name).suffix in (".uf2", ".mpy", ".elf")]


def test_no_module_is_longer_than_a_person_reads():
    code = [name for name in FILES if name.endswith(".py") and not name.startswith("tests/")]
    lines = {name: read(name).count("\n") for name in code}
    assert not {name: n for name, n in lines.items() if n > LONGEST_MODULE}


def test_no_module_is_called_by_nothing():
    vague = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
    assert not [name for name in FILES if Path(name).stem in vague]


def test_every_pinned_version_has_a_hash_and_comes_from_nowhere_named():
    locks = [name for name in FILES if name.endswith(".lock")]
    assert len(locks) == 6
    for name in locks:
        text = read(name)
        assert not re.search(r"^--|://", text, re.M), name
        for block in re.split(r"\n(?=\S)", text):
            if not block.startswith("#"):
                assert "==" in block and "--hash=sha256:" in block, f"{name}: {block.splitlines()[0]}"


def test_what_is_measured_beside_comes_as_it_is_pinned_from_nowhere_named():
    packages = json.loads(read("tests/bench/others/package-lock.json"))["packages"]
    wanted = json.loads(read("tests/bench/others/package.json"))["dependencies"]
    assert {name: packages[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    for name, package in packages.items():
        assert not name or (package["integrity"] and "resolved" not in package), name


def test_the_tests_run_what_people_run():
    def pins(name):
        return set(re.findall(r"^(\S+==\S+)", read(name), re.M))

    assert pins("requirements.lock") <= pins("requirements-dev.lock")


def test_every_dependency_is_pinned():
    project = tomllib.loads(read("pyproject.toml"))["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["demo"]
    names = {re.match(r"[\w-]+", one)[0].lower() for one in wanted}
    pinned = set(re.findall(r"^([\w-]+)==", read("requirements.lock"), re.M))
    assert names <= pinned


def test_the_ignored_folders_stay_ignored():
    assert not [name for name in FILES if re.match(r"(\.venv|\.cache|demo-data|build|dist)/", name)]


def test_the_metadata_for_public_code_is_complete():
    import yaml

    code = yaml.safe_load(read("publiccode.yml"))
    for key in ("publiccodeYmlVersion", "name", "url", "platforms", "developmentStatus", "softwareType"):
        assert code[key], key
    assert code["legal"]["license"] == tomllib.loads(read("pyproject.toml"))["project"]["license"]
    assert code["maintenance"]["type"] in ("internal", "contract", "community", "none")
    assert isinstance(code["localisation"]["localisationReady"], bool) and code["localisation"]["availableLanguages"]
    for language, words in code["description"].items():
        assert len(words["shortDescription"]) <= 150, language
        assert 150 <= len(words["longDescription"]) <= 10000, language
        assert words["features"], language
