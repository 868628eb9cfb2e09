"""The image of this repository's firmware."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from firmware.tools.image import FOLDERS, HOST_ONLY, ImageError, build_image

ROOT = Path(__file__).resolve().parents[2]


def _copy(tmp_path):
    """A copy of the folders an image is made from."""
    for source in FOLDERS.values():
        shutil.copytree(ROOT / source, tmp_path / source, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "firmware" / "main.py", tmp_path / "firmware" / "main.py")
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
    files = build_image(ROOT).files
    assert files["/main.py"] == (ROOT / "firmware" / "main.py").read_bytes()
    assert all(path.endswith(".mpy") for path in files if path not in ("/main.py", "/boot.py"))
    assert all(data[:2] == b"M\x06" for path, data in files.items() if path.endswith(".mpy"))


def test_the_bytecode_holds_no_native_code_so_that_it_fits_every_board():
    # third byte: sub-version in the low two bits, architecture above; 0 is none
    assert {data[2] >> 2 for path, data in build_image(ROOT).files.items() if path.endswith(".mpy")} == {0}


def test_no_module_in_the_image_imports_one_that_only_a_computer_has():
    image = build_image(ROOT)
    host = {name.removeprefix("firmware/").removesuffix(".py").replace("/", ".") for name in HOST_ONLY}
    for folder, source in FOLDERS.items():
        for module in (ROOT / source).glob("*.py"):
            if f"/{folder}/{module.stem}.mpy" in image.files:
                assert not host & set(_modules(module)), f"{module} is for the board"


def test_every_module_of_ours_that_is_imported_on_a_board_is_in_the_image():
    image = build_image(ROOT)
    for folder, source in FOLDERS.items():
        for module in (ROOT / source).glob("*.py"):
            if f"/{folder}/{module.stem}.mpy" not in image.files:
                continue
            for name in _modules(module):
                path = ROOT / FOLDERS.get(name.partition(".")[0], "nowhere") / f"{name.partition('.')[2]}.py"
                if path.is_file():
                    assert f"/{name.replace('.', '/')}.mpy" in image.files, f"{module} imports {name}"


def test_computers_own_modules_exist_and_stay_off_the_board():
    files = build_image(ROOT).files
    for name in HOST_ONLY:
        assert (ROOT / name).is_file()
        assert f"/board/{Path(name).stem}.mpy" not in files


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
    assert len(version) == 12


def test_a_module_that_does_not_compile_is_named(tmp_path):
    copy = _copy(tmp_path)
    (copy / "firmware" / "kiosk" / "tap.py").write_text("def broken(:\n")
    with pytest.raises(ImageError, match=r"tap\.py cannot be compiled: (?s:.*)SyntaxError"):
        build_image(copy)


def test_without_a_main_there_is_no_image(tmp_path):
    (_copy(tmp_path) / "firmware" / "main.py").unlink()
    with pytest.raises(ImageError, match=r"main\.py is missing: nothing would start the kiosk"):
        build_image(tmp_path)
