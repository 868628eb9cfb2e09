"""The image of this repository's firmware."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import littlefs
import pytest

from firmware.tools.image import BLOCK, BLOCKS, FOLDERS, HOST_ONLY, ImageError, build_image, littlefs_image
from firmware.tools.usb import UsbBoard
from tests.kiosk.room import SLOT_BLOCKS
from tests.tools.pty_board import PtyBoard
from wire import manifest

ROOT = Path(__file__).resolve().parents[2]


def _copy(tmp_path):
    """A copy of the folders an image is made from."""
    for source in FOLDERS.values():
        shutil.copytree(ROOT / source, tmp_path / source, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("main.py", "boot.py"):
        shutil.copy(ROOT / "firmware" / name, tmp_path / "firmware" / name)
    return tmp_path


def _modules(source):
    """Names such as ``kiosk.journal`` that a source file may mean by its imports."""
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def test_modules_are_bytecode_and_what_micropython_starts_is_source():
    image = build_image(ROOT)
    files = image.files
    assert image.boot == (ROOT / "firmware" / "boot.py").read_bytes()
    assert files["main.py"] == (ROOT / "firmware" / "main.py").read_bytes()
    assert all(path.endswith(".mpy") for path in files if path != "main.py")
    assert all(data[:2] == b"M\x06" for path, data in files.items() if path.endswith(".mpy"))


def test_the_bytecode_holds_no_native_code_so_that_it_fits_every_board():
    # third byte: sub-version in the low two bits, architecture above; 0 is none
    assert {data[2] >> 2 for path, data in build_image(ROOT).files.items() if path.endswith(".mpy")} == {0}


def test_no_module_in_the_image_imports_one_that_only_a_computer_has():
    image = build_image(ROOT)
    host = {name.removeprefix("firmware/").removesuffix(".py").replace("/", ".") for name in HOST_ONLY}
    for folder, source in FOLDERS.items():
        for module in (ROOT / source).glob("*.py"):
            if f"{folder}/{module.stem}.mpy" in image.files and module.stem != "present":  # which asks where it is
                assert not host & set(_modules(module)), f"{module} is for the board"


def test_every_module_of_ours_that_is_imported_on_a_board_is_in_the_image():
    image = build_image(ROOT)
    for folder, source in FOLDERS.items():
        for module in (ROOT / source).glob("*.py"):
            if f"{folder}/{module.stem}.mpy" not in image.files:
                continue
            for name in _modules(module):
                path = ROOT / FOLDERS.get(name.partition(".")[0], "nowhere") / f"{name.partition('.')[2]}.py"
                if path.is_file() and str(path.relative_to(ROOT)) not in HOST_ONLY:
                    assert f"{name.replace('.', '/')}.mpy" in image.files, f"{module} imports {name}"


def test_computers_own_modules_exist_and_stay_off_the_board():
    files = build_image(ROOT).files
    for name in HOST_ONLY:
        assert (ROOT / name).is_file()
        assert f"board/{Path(name).stem}.mpy" not in files


def test_the_image_is_the_same_each_time(tmp_path):
    image = build_image(ROOT)
    code = "from firmware.tools.image import build_image; from pathlib import Path; import sys\n"
    code += "print(build_image(Path(sys.argv[1])).version)"
    copy = str(_copy(tmp_path))
    said = subprocess.run([sys.executable, "-c", code, copy], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == image.version


def test_its_version_changes_with_any_file(tmp_path):
    copy = _copy(tmp_path)
    version = build_image(copy).version
    with (copy / "wire" / "topic.py").open("a") as module:
        module.write("\nMORE = 1\n")
    assert build_image(copy).version != version
    named = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert re.fullmatch(re.escape(named) + r"\+[0-9a-f]{8}", version)


def test_its_manifest_names_every_file_with_main_last_and_fits_the_kiosks_reader():
    image, key = build_image(ROOT), bytes(32)
    signed = image.manifest(key)
    found = manifest.parse(signed)
    assert manifest.is_signed(signed, key) and not manifest.is_signed(image.manifest(), key)
    assert found.version == image.version and found.entries[-1].path == "main.py"
    assert {entry.path: entry.sha256 for entry in found.entries} == image.digests
    assert len(signed) <= 8192


@pytest.mark.parametrize("slot", ["a", "b"])
def test_a_board_starts_from_the_file_system_that_is_built_here(slot, tmp_path):
    image = build_image(ROOT, for_computer=True)
    files = {**image.on_flash(slot), "/config.json": b"{}", "/journal/notes": bytes(9000)}
    (tmp_path / "flash").write_bytes(littlefs_image(files, BLOCKS["pico_w"]))
    with PtyBoard(tmp_path / "flash") as board, UsbBoard(board.port) as opened:
        assert opened.value("os.getcwd()") == "/" + slot
        assert {path: opened.value(f"open({path!r}, 'rb').read()") for path in opened.files_below([""])} == files


def test_two_slots_take_no_more_of_the_flash_than_the_kiosks_tests_leave_to_them():
    """Where this fails: more in tests/kiosk/room.py, its tests anew, and what two-slots.md and docs/kiosks.md say."""
    image, key = build_image(ROOT), bytes(32)
    taken = _blocks({**image.on_flash("a", key), **image.in_slot("b", key)}) - _blocks({})
    print(f"two slots: {taken} blocks of {BLOCKS['pico_w']}")
    assert taken <= 2 * SLOT_BLOCKS


def _blocks(files):
    """How many blocks of a Pico W's file system are in use that holds these."""
    raw = littlefs_image(files, BLOCKS["pico_w"])
    system = littlefs.LittleFS(block_size=BLOCK, block_count=BLOCKS["pico_w"], mount=False)
    system.context.buffer = bytearray(raw)
    system.mount()
    return system.used_block_count


def test_a_module_that_does_not_compile_is_named(tmp_path):
    copy = _copy(tmp_path)
    (copy / "firmware" / "kiosk" / "tap.py").write_text("def broken(:\n")
    with pytest.raises(ImageError, match=r"tap\.py cannot be compiled: (?s:.*)SyntaxError"):
        build_image(copy)


def test_without_a_main_there_is_no_image(tmp_path):
    (_copy(tmp_path) / "firmware" / "main.py").unlink()
    with pytest.raises(ImageError, match=r"main\.py is missing: nothing would start the kiosk"):
        build_image(tmp_path)
