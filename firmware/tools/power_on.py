"""What comes with a board's power, under MicroPython on this computer: its flash is all files there are; boot.py runs,
then main.py of the folder that boot.py chose.

    micropython power_on.py FLASH_FILE FOLDER_OF_FLASHFILE
"""

import os
import sys

_FLASH, _FOLDER = sys.argv[1:3]
sys.path.insert(0, _FOLDER)
import flashfile  # type: ignore[import-not-found]  # noqa: E402

flashfile.mount(_FLASH, "/")
del sys.modules["flashfile"], sys.argv[1:]
sys.path[:] = ["", ".frozen", "/lib"]  # as on a board
for _name in ("boot.py", "main.py"):
    try:
        os.stat(_name)
    except OSError:
        continue
    with open(_name) as _file:
        _source = _file.read()
    exec(compile(_source, _name, "exec"), {"__name__": "__main__"})
