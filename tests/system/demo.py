"""``hymio demo`` as a process, and a person's ways to use it."""

import subprocess
import time
from datetime import date, timedelta

import httpx

from tests.system.site import HYMIO, LOOPBACK, Process, answers, clean_environment, free_port
from tests.waiting import wait_until


class Demo:
    """A running demo without visitors, in a folder of its own."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        self.address = f"http://{LOOPBACK}:{self.port}"
        self.client = httpx.Client(base_url=self.address, timeout=10)
        command = [*HYMIO, "demo", "--port", str(self.port), "--folder", str(folder / "data"), "--no-visitors"]
        self.process = Process(command, folder / "demo.log", clean_environment())

    def __enter__(self):
        self.process.start()
        try:
            wait_until(lambda: answers(self.address) or self.process.process.poll() is not None, 60, pause_s=0.1)
            assert self.process.process.poll() is None, self.log()
        except AssertionError:
            self.process.kill()
            raise AssertionError(self.log()) from None
        return self

    def __exit__(self, *_):
        self.client.close()
        if self.process.process is not None:
            self.process.interrupt()

    def log(self):
        return self.process.log.read_text()

    def api(self, path, **query):
        answer = self.client.get(f"/api/v1/{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def days(self, unit, back=0):
        today = date.today()
        return self.api(
            f"units/{unit}/days", **{"from": str(today - timedelta(days=back)), "to": str(today + timedelta(days=1))}
        )

    def presses_today(self, unit):
        return sum(day["taps"] + day["set_aside"] for day in self.days(unit, back=1))

    def touch(self, kiosk, face, hold_s=0.04):
        """A finger on a virtual face, as its page does it."""
        for down in (True, False):
            answer = self.client.post(f"/demo/kiosks/{kiosk}/faces/{face}", json={"down": down})
            assert answer.status_code == 204, answer.text
            if down:
                time.sleep(hold_s)

    def kiosk_commands(self):
        """The command lines of the demo's child processes."""
        pid = str(self.process.process.pid)
        children = subprocess.run(
            ["ps", "-ww", "-o", "args=", "--ppid", pid], capture_output=True, text=True, check=True
        )
        return children.stdout

    def kiosk_process(self, kiosk):
        """The process id of one kiosk's firmware, None while it has none."""
        pid = str(self.process.process.pid)
        children = subprocess.run(
            ["ps", "-ww", "-o", "pid=,args=", "--ppid", pid], capture_output=True, text=True, check=True
        )
        found = [line.split()[0] for line in children.stdout.splitlines() if line.endswith(f"/{kiosk}.json")]
        return int(found[0]) if found else None
