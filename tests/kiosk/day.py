"""Runs in MicroPython: a kiosk's whole day in a time of its own, with a broker and a collector at the end of its link.

    micropython -X heapsize=192K tests/kiosk/day.py FLASH HOURS TAPS

Every stage is the application's: edges, presses, journal on a littlefs in the file FLASH, lights, conversation.
Each hour the broker is away for five minutes, and at its end there is a message of 64 KiB or a connection lost, by
turns. Prints a line an hour, with the free heap after a collection and the mark, and then what came of it all.
"""

import gc
import sys

gc.threshold(12000)  # as firmware/main.py does
sys.path[:] = [".", "firmware", ".frozen"]

import asyncio

from board.files import LittleFiles
from board.flashfile import mount
from kiosk import mqtt_codec as mqtt
from kiosk.bell import Bell
from kiosk.counter import Counter
from kiosk.setup import Setup

from tests.kiosk.fingers import Edges
from tests.kiosk.virtual_time import Time, run
from wire import codec
from wire.messages import Ack

gc.collect()

UTC_MS = 1790000000000
BIG = 65536
time = Time()


def face_of(seq):
    return 1 + seq * 7 % 5 % 4


class Link:
    """A link whose other end is a broker with a collector behind it, that keeps a mark and checks each tap."""

    now = None
    reachable = True
    mark = 0
    skipped = 0  # long messages that a session outlived

    def __init__(self):
        self.reader = mqtt.Reader()
        self.bell = Bell()
        self.back = []
        self.big = 0  # bytes of a long message still to be sent
        self.after_big = False  # the last of it was read, and the session has said nothing since
        self.over = False

    async def read(self):
        while not self.back and not self.big:
            if self.over:
                return b""
            await self.bell.wait(600000)
        if self.back:
            return self.back.pop(0)
        size = min(self.big, 512)
        self.big -= size
        if not self.big:
            self.after_big = True
        return bytes(size)

    async def write(self, content):
        if self.over:
            raise OSError(104)
        for found in self.reader.feed(content):
            self.take(found)
        await asyncio.sleep(0.02)
        self.bell.ring()

    def take(self, found):
        if found.kind == mqtt.CONNECT:
            self.back.append(b"\x20\x02\x00\x00")
        elif found.kind == mqtt.SUBSCRIBE:
            topics = found.body.count(b"hymio/1/")
            self.back.append(bytes((0x90, 2 + topics)) + found.body[:2] + b"\x01" * topics)
        elif found.kind == mqtt.PINGREQ:
            Link.skipped += self.after_big
            self.after_big = False
            self.back.append(b"\xd0\x00")
        elif found.kind == mqtt.PUBLISH:
            name, payload, qos, packet_id = mqtt.read_publish(found)
            if qos:
                self.back.append(mqtt.puback(packet_id))
            leaf = name.split("/")[-1]
            message = codec.decode(leaf, payload)
            if leaf in ("state", "taps"):
                if leaf == "taps":
                    store(message)
                ack = Ack(message.journal, Link.mark, message.uptime_ms, UTC_MS + board.uptime_ms(), None, None)
                self.say("ack", codec.encode("ack", ack))

    def say(self, leaf, payload):
        self.back.append(mqtt.publish("hymio/1/lobby-1/" + leaf, payload, 1, False, 5))

    def say_64_kib(self):
        """A message no kiosk can hold."""
        head = mqtt.text("hymio/1/lobby-1/config")
        self.back.append(b"\x30" + b"\x80\x80\x04" + head)
        self.big = BIG - len(head)
        self.bell.ring()

    def drop(self):
        self.over = True
        self.bell.ring()

    def close(self):
        self.over = True


def store(message):
    for i, tap in enumerate(message.taps):
        seq = message.first_seq + i
        assert tap[0] == face_of(seq), (seq, tap)
        if seq == Link.mark + 1:
            Link.mark = seq


class Board:
    name = "desk"
    cause = "power"
    unique_id = "b0a2d1"
    heard_time = None
    thanks = fed = 0

    def __init__(self, flash):
        mount(flash, "/flash")
        self.files = LittleFiles("/flash")
        self.edges = Edges()
        self.state = 1
        self.levels = [0, 0, 0, 0]
        self.began_ms = time.now_ms
        self.faults = []

    def uptime_ms(self):
        return time.now_ms - self.began_ms

    def ticks_ms(self):
        return time.now_ms & (1 << 30) - 1

    def ticks_diff(self, new, old):
        return (new - old + (1 << 29) & (1 << 30) - 1) - (1 << 29)

    def entropy(self, n):
        out = bytearray()
        for _ in range(n):
            self.state = self.state * 1103515245 + 12345 & 0x7FFFFFFF
            out.append(self.state >> 16 & 255)
        return bytes(out)

    async def pause(self, ms):
        await asyncio.sleep(ms / 1000)

    async def dial(self, host, port, tls, ca):
        await asyncio.sleep(0.1)
        if not Link.reachable:
            raise OSError(111)
        Link.now = Link()
        return Link.now

    def light(self, face, percent):
        before = min(self.levels)
        self.levels[face - 1] = percent
        if min(self.levels) == 100 and before != 100:
            self.thanks += 1

    def free_lights(self, spare_ms):
        return self.edges.free(self.ticks_ms(), spare_ms)

    def log(self, text):
        if "fault" in text or "memory" in text:
            self.faults.append(text)

    def facts(self):
        return None, None, gc.mem_free(), None, self.files.free()

    def explain(self, error):
        return "no connection: %s" % error.args[0]

    def feed(self):
        self.fed += 1

    def tell_time(self, utc_ms, sure):
        pass

    def reset(self):
        self.faults.append("reset")


async def press(seq):
    """A finger on a contact that bounces."""
    face = face_of(seq)
    for ms, closed in ((1, True), (1, False), (150, True), (1, False), (1, True), (60, False)):
        board.edges.put(face, closed, board.ticks_ms())
        await asyncio.sleep(ms / 1000)


async def live(hours, taps):
    counter = Counter(board, Setup("lobby-1", "secret", "broker", 1883, False, None, None))
    counter.start()
    running = asyncio.create_task(counter.run())
    seq = 0
    for hour in range(1, hours + 1):
        end_ms = hour * 3600000
        quiet_ms = end_ms - 180000  # nobody presses in the last minutes, so that hours can be compared
        last = taps * hour // hours
        while seq < last:
            seq += 1
            await press(seq)
            assert not running.done()
            away = 20 <= board.uptime_ms() // 60000 % 60 < 25
            if away and Link.reachable:
                Link.now.drop()
            Link.reachable = not away
            await asyncio.sleep((quiet_ms - board.uptime_ms()) / (last - seq + 1) / 1000)
        if hour % 2:
            Link.now.say_64_kib()
        else:
            Link.now.drop()
        await asyncio.sleep((end_ms - board.uptime_ms()) / 1000)
        gc.collect()
        print("hour", hour, gc.mem_free(), Link.mark)
    print("stored", Link.mark)
    print("thanked", board.thanks)
    print("connects", counter.report.connects)
    print("skipped", Link.skipped)
    print("faults", *board.faults)


board = Board(sys.argv[1])
run(time, live(int(sys.argv[2]), int(sys.argv[3])))
