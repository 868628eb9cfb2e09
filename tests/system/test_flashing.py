"""``hymio flash`` with the firmware of this repository on the real MicroPython: flashed, started, born."""

import re
import subprocess

import pytest

from tests.interpreters import ROOT
from tests.system.site import HYMIO, LOOPBACK, Process, answers, clean_environment, free_port
from tests.system.test_setting_up import register, run
from tests.tools.pty_board import PtyBoard
from tests.waiting import wait_until


@pytest.fixture
def settings(tmp_path):
    return {
        "database": f"sqlite:///{tmp_path / 'h.sqlite'}",
        "update_key": tmp_path / "update.key",
        "http_port": free_port(),
        "embedded_port": free_port(),
    }


def flash(settings, board, secret, *more, kiosk="desk-1"):
    environment = clean_environment(**settings) | {"HYMIO_KIOSK_SECRET": secret}
    words = ["flash", board.port, "--kiosk", kiosk, "--host", LOOPBACK, "--simulated", *more]
    return subprocess.run([*HYMIO, *words], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)


def test_a_board_is_flashed_starts_and_its_birth_arrives(settings, tmp_path):
    secret = register(settings)
    service = Process([*HYMIO, "serve"], tmp_path / "service.log", clean_environment(**settings))
    service.start()
    try:
        wait_until(lambda: answers(f"http://{LOOPBACK}:{settings['http_port']}/healthz"))
        with PtyBoard(tmp_path / "flash") as board:
            done = flash(settings, board, secret)
            assert done.returncode == 0, done.stdout + done.stderr
            assert "kiosk desk-1 is online" in done.stdout
            assert secret not in done.stdout + done.stderr
            again = flash(settings, board, secret)
            assert again.returncode == 0, again.stdout + again.stderr
            assert re.search(r"1 file written, \d+ already right", again.stdout)  # config.json: it says when
            added = run(settings, "kiosk", "add", "desk-2", "--point", "desk").stdout
            second = re.search(r"secret (\S+)", added).group(1)
            refused = flash(settings, board, second, kiosk="desk-2")
            assert refused.returncode == 2
            said = " ".join(refused.stderr.split())
            assert "the board is kiosk desk-1, all of whose taps are stored, and was to become desk-2" in said
            becomes = flash(settings, board, second, "--another-kiosk", kiosk="desk-2")
            assert "kiosk desk-2 is online" in becomes.stdout, becomes.stdout + becomes.stderr
    finally:
        service.interrupt()


def test_a_birth_that_does_not_come_is_said(settings, tmp_path):
    secret = register(settings)
    with PtyBoard(tmp_path / "flash") as board:
        done = flash(settings, board, secret, "--wait-s", "2")
    assert done.returncode == 1
    assert "birth did not come" in done.stderr


def test_what_is_wrong_is_said_before_anything_is_written(settings, tmp_path):
    secret = register(settings)
    with PtyBoard(tmp_path / "flash") as board:
        heard = board.heard
        nobody = ("flash", board.port, "--kiosk", "x", "--host", LOOPBACK)
        assert "there is no kiosk" in run(settings, *nobody, given="s\n").stderr
        wrong = flash(settings, board, "0" * 32)
        assert "not the secret of kiosk desk-1" in wrong.stderr
        far = ("flash", board.port, "--kiosk", "desk-1", "--host", "broker.example")
        assert "embedded_host" in run(settings, *far, given=secret + "\n").stderr
        assert "secret is of 0" in flash(settings, board, "").stderr
        assert "--host" in run(settings, "flash", board.port, "--kiosk", "desk-1").stderr
        assert board.heard == heard
    nowhere = type("Board", (), {"port": str(tmp_path / "tty-none")})
    done = flash(settings, nowhere, secret)
    assert done.returncode == 2
    assert "tty-none" in done.stderr
    assert "Traceback" not in done.stderr
