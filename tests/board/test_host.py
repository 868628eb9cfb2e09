"""The firmware as a real process: pins in, lights out, a real broker between it and a collector's side of the wire."""

import os
import re
import shlex
import time
from pathlib import Path

import pytest

from tests.board.bench import INTERPRETERS, KIOSK, Broker, Desk, Kiosk
from tests.interpreters import ROOT
from tests.waiting import wait_until
from wire.messages import Command, Config


@pytest.fixture
def broker(tmp_path):
    broker = Broker(tmp_path)
    yield broker
    broker.kill()


@pytest.fixture
def desk(broker):
    desk = Desk(broker.port)
    yield desk
    desk.close()


@pytest.fixture(params=INTERPRETERS)
def kiosk(request, tmp_path, broker):
    kiosk = Kiosk(request.param, tmp_path, broker.port)
    kiosk.wait_ready()
    yield kiosk
    kiosk.kill()


def online(desk, births=1):
    wait_until(lambda: len(desk.births()) >= births and desk.of("health"), what="a birth and health")


def test_a_press_lights_its_face_then_all_four_and_arrives_once(kiosk, desk):
    online(desk)
    kiosk.press(4)
    taps = wait_until(lambda: desk.of("taps"), what="the tap")[0]
    assert [tap[0] for tap in taps.taps] == [4]
    assert taps.first_seq == 1 and taps.utc_ms is not None
    wait_until(kiosk.thanks, what="thanks")
    time.sleep(1)
    assert len(kiosk.thanks()) == 1
    assert desk.seqs() == [1]
    assert "led 13 100" in kiosk.said("led")


def test_a_tap_is_on_the_wire_within_a_few_milliseconds_of_its_press(kiosk, desk):
    online(desk)
    late = []
    for i in range(10):
        began = time.monotonic()
        kiosk.press(1 + i % 4, hold_s=0.02)
        wait_until(lambda n=i: len(desk.of("taps")) > n, what="the tap")
        late.append([at for at, leaf, _ in desk.heard if leaf == "taps"][i] - began)
        time.sleep(0.15)
    assert sorted(late)[5] < 0.05, late


def test_taps_without_a_network_are_thanked_and_come_in_order_when_it_is_there(kiosk, broker, desk):
    online(desk)
    broker.kill()
    for i in range(70):
        kiosk.press(1 + i % 4, hold_s=0.012)
        time.sleep(0.04)
        wait_until(lambda n=i: len(kiosk.thanks()) >= n - 15, 20, "thanks")  # more than 20 would share them
    wait_until(lambda: len(kiosk.thanks()) == 70, 20, "70 thanks")
    broker.start()
    wait_until(lambda: len(desk.seqs()) >= 70, 75, "70 taps")
    assert sorted(set(desk.seqs())) == list(range(1, 71))
    assert [desk.stored[(desk.of("taps")[0].journal, n)][1] for n in range(1, 71)] == [1 + i % 4 for i in range(70)]


def test_a_backlog_of_2000_taps_drains_while_the_finger_is_answered(kiosk, desk):
    online(desk)
    desk.answering = False
    kiosk.kill()
    kiosk.start_filled(2000)
    kiosk.wait_ready()
    desk.answering = True
    began = time.monotonic()
    wait_until(lambda: len(desk.stored) >= 100, 30, "the first hundred")
    kiosk.press(4)
    wait_until(kiosk.thanks, 2, "thanks in the middle of it")
    wait_until(lambda: len(desk.stored) >= 2001, 60, "all of it")
    assert sorted(seq for _, seq in desk.stored) == list(range(1, 2002))
    assert len(desk.seqs()) < 2200
    print(f"2001 taps in {time.monotonic() - began:.1f} s")


def test_after_a_kill_unacked_taps_come_again_with_the_same_seqs(kiosk, desk):
    online(desk)
    kiosk.press(1)
    wait_until(lambda: desk.seqs() == [1])
    time.sleep(0.2)
    desk.answering = False
    kiosk.press(2)
    kiosk.press(3, hold_s=0.1)
    wait_until(lambda: desk.seqs() == [1, 2, 3])
    kiosk.kill()
    desk.answering = True
    kiosk.start()
    wait_until(lambda: len(desk.seqs()) == 5, what="the two again")
    assert desk.seqs() == [1, 2, 3, 2, 3]
    again = desk.of("taps")[-1]
    assert again.boot == 1 and again.utc_ms is not None
    assert [tap[0] for tap in again.taps] == [2, 3]
    kiosk.press(4)
    wait_until(lambda: desk.seqs()[-1] == 4)
    assert desk.of("taps")[-1].boot == 2


def test_a_collector_that_was_away_gets_what_it_missed(kiosk, desk):
    online(desk)
    desk.answering = False
    for face in (1, 2, 3):
        kiosk.press(face)
        time.sleep(0.06)
    wait_until(lambda: len(desk.seqs()) == 3)
    desk.answering = True
    desk.acknowledge(desk.births()[-1])  # as it starts, it answers the retained births
    wait_until(lambda: len(desk.seqs()) == 6, what="all three again")
    assert len(desk.stored) == 3


def test_a_will_is_left_when_the_process_dies(kiosk, desk):
    online(desk)
    session = desk.births()[-1].session
    kiosk.kill()
    wait_until(lambda: [s for s in desk.of("state") if not s.online], what="the Will")
    assert [s.session for s in desk.of("state") if not s.online] == [session]


def test_configuration_is_kept_over_a_restart(kiosk, desk):
    online(desk)
    desk.say("config", Config(7, 0, 10, "stable"))
    wait_until(lambda: kiosk.said("led") and all(line.endswith(" 0") for line in kiosk.said("led")[-4:]))
    kiosk.kill()
    kiosk.start()
    wait_until(lambda: len(desk.births()) == 2)
    assert desk.births()[-1].config_version == 7


def test_an_expired_command_does_nothing_and_a_reboot_ends_with_status_3(kiosk, desk):
    online(desk)
    now_ms = time.time_ns() // 1_000_000
    desk.say("command", Command("00000001", now_ms - 1, "reboot", None, None, None, None, None, None))
    wait_until(lambda: kiosk.said("log command reboot: expired"))
    desk.say("command", Command("00000002", now_ms + 60000, "reboot", None, None, None, None, None, None))
    assert kiosk.process.wait(5) == 3


def test_taps_in_test_mode_are_marked(kiosk, desk):
    online(desk)
    expires = time.time_ns() // 1_000_000 + 60000
    desk.say("command", Command("0000000a", expires, "test", 60, True, None, None, None, None))
    wait_until(lambda: any(health.test for health in desk.of("health")), what="health that says so")
    kiosk.press(3)
    taps = wait_until(lambda: desk.of("taps"))[0]
    assert taps.taps[0][2] == 1


def test_a_resend_brings_acked_taps_back(kiosk, desk):
    online(desk)
    for face in (1, 2):
        kiosk.press(face)
        time.sleep(0.06)
    wait_until(lambda: desk.seqs() == [1, 2])
    journal = desk.births()[-1].journal
    expires = time.time_ns() // 1_000_000 + 60000
    desk.say("command", Command("0000000b", expires, "resend", None, None, journal, 0, None, None))
    wait_until(lambda: desk.seqs() == [1, 2, 1, 2], what="both again")


def test_the_end_of_input_and_quit_end_the_process(kiosk):
    kiosk.process.stdin.close()
    assert kiosk.process.wait(3) == 0
    kiosk.start()
    kiosk.wait_ready()
    kiosk.tell("quit")
    assert kiosk.process.wait(3) == 0


def test_a_line_that_is_no_utf_8_is_ignored(kiosk):
    kiosk.process.stdin.buffer.write(b"status \xff\nidentify \xc3\n")
    kiosk.tell("log")
    wait_until(lambda: kiosk.said("log status | test on"), what="an answer to the line after it")
    assert not kiosk.said("log kiosk ") and not kiosk.said("log the lights run") and kiosk.process.poll() is None


class AsTold(Kiosk):
    """Started by the very command of firmware/README.md: from sources, with the heap that is named there."""

    def __init__(self, folder, port):
        told = re.findall(r"^micropython .+? config\.json", (ROOT / "firmware/README.md").read_text("utf-8"), re.M)
        assert len(told) == 1, told
        _, *self.options, self.main, _ = shlex.split(told[0])
        super().__init__("micropython", folder, port)

    def _command(self):
        return [super()._command()[0], *self.options]

    def _main(self):
        return ROOT / self.main


def test_the_command_that_the_readme_tells_starts_a_kiosk_that_answers_over_its_console(tmp_path, broker, desk):
    kiosk = AsTold(tmp_path, broker.port)
    try:
        online(desk)
        kiosk.press(4)
        wait_until(kiosk.thanks, what="thanks")
        kiosk.tell("status")
        answer = wait_until(lambda: kiosk.said("log kiosk ") or kiosk.said("log the memory"), what="an answer")
        assert answer[0].startswith(f"log kiosk {KIOSK}, version ")
    finally:
        kiosk.kill()


def test_a_refused_login_is_named_once_and_tried_again(tmp_path):
    broker = Broker(tmp_path, open_to_all=False)
    kiosk = Kiosk("micropython", tmp_path, broker.port)
    try:
        wait_until(lambda: kiosk.said("log the broker refused the login"))
        time.sleep(2)
        assert len(kiosk.said("log the broker refused the login")) == 1
        assert kiosk.process.poll() is None
    finally:
        kiosk.kill()
        broker.kill()


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("kiosk", "Lobby 1", "kiosk is 'Lobby 1'; it must be 1 to 32 of a-z, 0-9 and the hyphen"),
        ("port", 0, "port is 0; it must be a whole number from 1 to 65535"),
        ("tls", True, "ca is None; it must be the authority's certificate as PEM text"),
    ],
)
def test_a_wrong_field_of_the_configuration_is_named(tmp_path, field, value, sentence):
    kiosk = Kiosk("micropython", tmp_path, 1883, {field: value})
    assert kiosk.process.wait(5) == 2
    wait_until(lambda: kiosk.lines)
    assert sentence in kiosk.lines[-1][1]


@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_a_configuration_that_is_not_there_and_one_that_cannot_be_read_are_told_apart(interpreter, tmp_path):
    kiosk = Kiosk(interpreter, tmp_path, 1883)
    kiosk.kill()
    kiosk.config.unlink()
    for sentence in (f"there is no {kiosk.config}", f"{kiosk.config} is there and cannot be read: EISDIR"):
        kiosk.start()
        assert kiosk.process.wait(60) == 2
        wait_until(lambda: kiosk.lines, what="a sentence")
        assert kiosk.lines[-1][1] == sentence
        kiosk.config.mkdir(exist_ok=True)


def test_an_idle_kiosk_uses_next_to_no_processor(kiosk, desk):
    online(desk)
    before = processor_s(kiosk.process.pid)
    time.sleep(3)
    assert (processor_s(kiosk.process.pid) - before) / 3 < 0.03


def processor_s(pid):
    """Seconds of processor time of a process and of what it started (the interpreter may be behind a launcher)."""
    total = 0
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(folder.name) == pid or int(fields[1]) == pid:
                total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")
