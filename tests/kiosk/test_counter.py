"""The stages together, on a desk: fingers, lamps, a flash in memory, and a broker at the end of a link."""

import asyncio
import gc
from time import time

from kiosk import mqtt_codec as mqtt
from kiosk.counter import Counter
from kiosk.setup import Setup

from tests.kiosk.desk import NOW_UTC_MS, Dice, MemoryFiles, a_journal, taps_of
from tests.kiosk.fingers import Edges
from wire import codec
from wire.messages import Ack, will

if hasattr(gc, "threshold"):
    gc.threshold(12000)  # as firmware/main.py does

HEAP = "256K"  # the sources are compiled in it, too, which on a board come compiled
SETUP = Setup("lobby-1", "secret", "broker", 1883, False, None, None)
SAFE = Setup("lobby-1", "secret", "broker", 8883, True, "an authority's", None)


class Broker:
    """A link whose other end is a broker with a collector behind it."""

    def __init__(self, board):
        self.board = board
        self.reader = mqtt.Reader()
        self.back = b""
        self.event = asyncio.Event()
        self.stored = {}
        self.leaves = []
        self.connect = None  # the body of CONNECT
        self.births = []

    async def read(self):
        while not self.back:
            await self.event.wait()
            self.event.clear()
        taken, self.back = self.back, b""
        return taken

    async def write(self, content):
        for found in self.reader.feed(content):
            if found.kind == mqtt.CONNECT:
                self.connect = found.body
                self.back += b"\x20\x02\x00\x00"
            elif found.kind == mqtt.SUBSCRIBE:
                self.back += b"\x90\x06\x00\x01\x01\x01\x01\x01"
            elif found.kind == mqtt.PUBLISH:
                self.publish(found)
        self.event.set()

    def publish(self, found):
        name, payload, qos, packet_id = mqtt.read_publish(found)
        leaf = name.split("/")[-1]
        self.leaves.append(leaf)
        message = codec.decode(leaf, payload)
        if qos:
            self.back += mqtt.puback(packet_id)
        if leaf == "state":
            self.births.append(payload)
        if leaf in ("state", "taps"):
            for i, tap in enumerate(message.taps if leaf == "taps" else ()):
                self.stored[message.first_seq + i] = tap
            ack = Ack(message.journal, len(self.stored), message.uptime_ms, NOW_UTC_MS, None, None)
            self.say("ack", codec.encode("ack", ack))

    def say(self, leaf, payload):
        self.back += mqtt.publish("hymio/1/lobby-1/" + leaf, payload, 1, False, 5)
        self.event.set()

    def close(self):
        pass


class Board:
    """Everything a Counter asks of a board. ``network`` is called at every dialling and returns a link or raises."""

    name = "desk"
    cause = "power"
    unique_id = "b0a2d1"
    heard_time = None

    def __init__(self, network):
        self.network = network
        self.files = MemoryFiles()
        self.edges = Edges()
        self.entropy = Dice().roll
        self.levels = {1: 0, 2: 0, 3: 0, 4: 0}
        self.thanks = 0
        self.logged = []
        self.fed = self.dialled = 0
        self.began = time()
        self.told = []  # (UTC ms, whether that is sure)

    def ticks_ms(self):
        return int((time() - self.began) * 1000)

    def ticks_diff(self, new, old):
        return new - old

    async def pause(self, ms):
        await asyncio.sleep(min(ms, 20) / 1000)

    async def dial(self, host, port, tls, ca):
        self.dialled += 1
        return self.network(self)

    def light(self, face, percent):
        before = min(self.levels.values()) == 100
        self.levels[face] = percent
        self.thanks += min(self.levels.values()) == 100 and not before

    def free_lights(self, spare_ms):
        return self.edges.free(self.ticks_ms(), spare_ms)

    def log(self, text):
        self.logged.append(text)

    def facts(self):
        return None, None, 100000, None, 100000

    def explain(self, error):
        return "no connection: %s" % error.args[0]

    def feed(self):
        self.fed += 1

    def tell_time(self, utc_ms, sure):
        self.told.append((utc_ms, sure))

    def reset(self):
        self.log("reset")


async def finger(board, face):
    now = board.ticks_ms()
    board.edges.put(face, True, now)
    await asyncio.sleep(0.02)
    board.edges.put(face, False, now + 20)
    await asyncio.sleep(0.04)


async def until(holds, seconds=5):
    for _ in range(seconds * 100):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen")


def run(network, play, setup=SETUP, files=None):
    """Runs a counter while ``play(board, counter)`` plays; returns the board."""
    board = Board(network)
    board.files = files or board.files
    counter = Counter(board, setup)

    async def both():
        counter.start()
        running = asyncio.create_task(counter.run())
        try:
            await play(board, counter)
        except AssertionError:
            print(board.logged)
            raise
        else:
            assert not running.done()
        finally:
            while not running.done():
                running.cancel()  # more than once: CPython 3.11's wait_for may swallow it
                await asyncio.sleep(0.01)

    asyncio.run(both())
    return board


def no_network(board):
    raise OSError(113)


def files_of_three_boots():
    """The first two learned the time, an hour before each ended; the third did not."""
    files = MemoryFiles()
    for utc_ms in (NOW_UTC_MS - 7200000, NOW_UTC_MS - 3600000, None):
        journal = a_journal(files)
        if utc_ms:
            journal.anchor(1000, utc_ms, 1)
        journal.alive(3601000)
    return files


def test_without_a_network_every_finger_is_thanked_and_kept():
    async def play(board, counter):
        for face in (1, 2, 3, 4):
            await finger(board, face)
        await until(lambda: board.thanks == 4)
        assert [tap[2] for tap in taps_of(counter.journal)] == [1, 2, 3, 4]

    board = run(no_network, play)
    assert board.dialled > 1 and board.fed
    assert board.logged.count("no connection: 113") == 1  # said once, not at every try


def test_a_broker_brings_the_time_and_taps_are_stored_as_they_come():
    links = []

    def network(board):
        links.append(Broker(board))
        return links[-1]

    async def play(board, counter):
        await finger(board, 4)
        await until(lambda: links and len(links[0].stored) == 1)
        await finger(board, 2)
        await until(lambda: counter.journal.acked == 2)
        assert (links[0].stored[1][0], links[0].stored[2][0]) == (4, 2)
        assert links[0].leaves[0] == "state" and "health" in links[0].leaves
        assert counter.clock.source == "server" and counter.lights.online
        assert [sure for _, sure in board.told] == [True]

    assert run(network, play).dialled == 1


def test_the_will_says_offline_with_the_session_number_of_the_birth():
    links = []

    def network(board):
        links.append(Broker(board))
        return links[-1]

    async def play(board, counter):
        await until(lambda: links and links[0].births)
        session = codec.decode("state", links[0].births[0]).session
        assert codec.encode("state", will(session)) in links[0].connect

    run(network, play)


def test_a_connection_that_ends_in_any_known_way_is_followed_by_another():
    ways = [OSError(104), MemoryError("memory allocation failed"), OSError(110), KeyError("unforeseen")]
    links = []

    def network(board):
        if ways:
            raise ways.pop(0)
        links.append(Broker(board))
        return links[-1]

    async def play(board, counter):
        await finger(board, 1)
        await until(lambda: links and len(links[0].stored) == 1)
        links[0].back += b"\x20\x02\x00\x00"  # nonsense for a session that is up
        links[0].event.set()
        await until(lambda: len(links) == 2 and counter.uplink.answered)

    board = run(network, play)
    assert "the memory was full" in board.logged
    assert any("a fault in the program: KeyError" in line for line in board.logged)
    assert any("kind 2" in line for line in board.logged)


def test_messages_that_are_wrong_are_named_in_the_log_and_change_nothing():
    links = []

    def network(board):
        links.append(Broker(board))
        return links[-1]

    async def play(board, counter):
        await until(lambda: counter.uplink.answered)
        links[0].say("ack", b'{"j":1}')
        links[0].say("nowhere", b"{}")
        links[0].say("config", b"\xff")
        links[0].say("command", b'{"id":"00c0ffee","expires":1790000060000,"do":"identify","seconds":1}')
        await until(lambda: "command identify: done" in board.logged)
        await finger(board, 3)
        await until(lambda: len(links[0].stored) == 1)

    board = run(network, play)
    assert board.dialled == 1
    assert len([line for line in board.logged if "was refused" in line]) == 3


def test_a_network_that_swallows_everything_does_not_hold_up_the_finger():
    class Tar(Broker):
        async def write(self, content):
            await asyncio.sleep(30)

    async def play(board, counter):
        await until(lambda: board.dialled == 1)
        for face in (1, 2, 3):
            began = board.ticks_ms()
            thanks = board.thanks
            await finger(board, face)
            await until(lambda before=thanks: board.thanks > before)
            assert board.ticks_ms() - began < 1500
        assert counter.journal.last_seq == 3

    run(Tar, play)


def test_edges_that_no_ring_could_keep_leave_no_button_stuck_and_are_told():
    """A finger hammers while the processor is away; then the next visitor presses once."""

    async def play(board, counter):
        await until(lambda: board.dialled)
        now = board.ticks_ms()
        for i in range(150):  # closed at the last of those that fit, open in the end
            board.edges.put(2, i % 2 == 0, now + 5 * i)
        await asyncio.sleep(0.9)
        before = counter.journal.last_seq
        assert counter.presses.buttons[2].state == "up" and board.edges.armed[2]
        await finger(board, 2)
        await until(lambda: counter.journal.last_seq == before + 1)
        assert "23 moves of buttons were not seen: too many at once" in board.logged

    run(no_network, play)


def test_a_spike_whose_end_no_ring_could_keep_is_no_press():
    async def play(board, counter):
        await asyncio.sleep(0.4)
        began = board.ticks_ms() - 300
        for i in range(150):  # closed for 1 ms of 3, at the last of those that fit, too
            board.edges.put(3, i % 2 == 0, began + 3 * (i // 2) + i % 2)
        await until(lambda: "23 moves of buttons were not seen: too many at once" in board.logged)
        await asyncio.sleep(0.1)
        assert counter.journal.last_seq == 0 and counter.presses.buttons[3].state == "up"

    run(no_network, play)


def test_a_time_server_says_when_it_is_until_the_collector_does():
    links = []

    def network(board):
        board.heard_time = board.ticks_ms(), NOW_UTC_MS - 5000
        links.append(Silent(board))
        return links[-1]

    class Silent(Broker):
        answers = False

        def publish(self, found):
            if self.answers:
                super().publish(found)

    async def play(board, counter):
        await until(lambda: counter.clock.source == "ntp")
        assert abs(counter.clock.utc_at(counter.clock.uptime_ms()) - NOW_UTC_MS + 5000) < 2000
        assert counter.journal.boots.running.anchor
        links[0].answers = True
        await until(lambda: counter.clock.source == "server", 12)

    run(network, play)


def test_before_the_first_dial_with_tls_the_last_time_that_the_journal_knows_is_told_once():
    told = []

    def network(board):
        told.append(list(board.told))
        raise OSError(113)

    async def play(board, counter):
        await until(lambda: board.dialled > 2)

    for setup in (SAFE, SETUP):
        run(network, play, setup, files_of_three_boots())
    assert told[:3] == [[(NOW_UTC_MS, False)]] * 3
    assert told[-1] == []  # without TLS no certificate is checked


def test_a_journal_that_knows_no_time_tells_none():
    async def play(board, counter):
        await until(lambda: board.dialled > 1)
        assert board.told == []

    run(no_network, play, SAFE)
