"""An administrator loses the database and restores a backup, while a kiosk in the real MicroPython goes on."""

import time

from tests.system.site import Site
from tests.waiting import wait_until

PRESS_S = 0.04
PAUSE_S = 0.08  # a finger that comes back sooner has not gone


def press(kiosk, count):
    for _ in range(count):
        before = kiosk.thanked
        kiosk.press(4, PRESS_S)
        assert kiosk.wait_thanked(before + 1, 10)
        time.sleep(PAUSE_S)


def test_after_a_restore_the_kiosk_sends_again_what_came_after_the_backup_and_the_page_says_that_it_is_whole(tmp_path):
    with Site(tmp_path) as site:
        kiosk = site.kiosks["kiosk-1"]
        press(kiosk, 3)
        wait_until(lambda: site.stored() == 3)
        site.hymio("backup", str(tmp_path / "copy.sqlite"))
        press(kiosk, 4)
        wait_until(lambda: site.stored() == 7)
        before = site.faces("kiosk-1")
        site.service.kill()
        for file in tmp_path.glob("site.sqlite*"):
            file.unlink()
        site.hymio("restore", str(tmp_path / "copy.sqlite"))
        assert site.stored() == 3
        site.start_service()
        press(kiosk, 1)  # or the next health message
        wait_until(lambda: site.stored() == 8, 60)
        assert site.faces("kiosk-1") == [*before, 4]
        assert site.total() == 8
        told = site.page("/kiosks/kiosk-1")
        assert "Missing 0" in told and "On the way 0" in told
        assert "every sum agrees" in site.hymio("verify")
