"""A Pico's own modules for the MicroPython of this computer: pins, a watchdog, radios, and their time.

Small, but whole: every call that ``firmware/board`` makes does here what the board's documents or its driver's source
say, and nothing else is there to be called. ``put_in()`` before the first import from ``board``; then ``World`` is what
a test turns and reads. Time passes only where somebody waits for it.
"""

import asyncio
import sys
import time as computer

_WRAP = 1 << 30
_HALF = _WRAP >> 1
FROM_2021 = 1609459200  # where a Pico's clock begins at every boot


class World:
    """All that is outside of the chip. One for all: a board has one of everything."""

    def start(self, ticks=1000):
        self.ticks = ticks
        self.passed_ms = 0
        self.levels = {}  # GPIO: 1 open, 0 closed
        self.interrupts = True
        self.pins = {}  # GPIO: the last Pin that was made for it
        self.cause = 1
        self.fed = []  # ms passed
        self.watchdog_ms = None
        self.resets = 0
        self.scratch4 = 0
        self.rtc_from = FROM_2021
        self.air = Air()
        self.port = Port()
        self.hostname = self.country = self.power_save = None
        self.did = []  # what was asked of the network's chip, in order

    def pass_ms(self, ms):
        self.passed_ms += ms
        self.ticks = (self.ticks + ms) % _WRAP

    def move(self, gpio, level):
        """A contact's level changes; the interrupt runs."""
        if self.levels.get(gpio, 1) != level:
            self.levels[gpio] = level
            pin = self.pins[gpio]
            if not self.interrupts:
                raise AssertionError("nobody lets interrupts in again")
            if pin.handler and pin.trigger & (Pin.IRQ_RISING if level else Pin.IRQ_FALLING):
                pin.handler(pin)


world = World()


class Pin:
    IN, OUT = 0, 1
    PULL_UP = 1
    IRQ_FALLING, IRQ_RISING = 4, 8

    def __init__(self, gpio, mode=-1, pull=-1, value=None):
        self.gpio = gpio
        self.pull = pull
        self.handler = None
        world.pins[gpio] = self
        if value is not None:
            self(value)

    def __call__(self, level):
        world.levels[self.gpio] = level
        if not level and self.gpio == world.port.reset_gpio:
            world.port.reset()

    def value(self):
        return world.levels.get(self.gpio, 1 if self.pull == self.PULL_UP else 0)

    def irq(self, handler, trigger, hard=False):
        if not hard:
            raise ValueError("a soft interrupt drops edges")
        self.handler = handler
        self.trigger = trigger


class SPI:
    """With the Ethernet chip at its other end, which answers while it is selected."""

    def __init__(self, number, baud, sck, mosi, miso):
        self.pins = (sck.gpio, mosi.gpio, miso.gpio)

    def write_readinto(self, out, into):
        selected = world.levels.get(world.port.select_gpio, 1) == 0
        for i in range(len(into)):
            into[i] = 0xFF if world.port.dead or not selected else 0
        if selected and not world.port.dead and out[:3] == b"\x00\x39\x00":
            into[3] = 4


class WDT:
    def __init__(self, timeout):
        if timeout > 8388:
            raise ValueError("timeout exceeds 8388")
        world.watchdog_ms = timeout
        self.feed()

    def feed(self):
        world.fed.append(world.passed_ms)


class RTC:
    def datetime(self, fields):
        year, month, day, _, hour, minute, second, _ = fields
        world.rtc_from = computer.mktime((year, month, day, hour, minute, second, 0, 0)) - world.passed_ms // 1000


class Mem32:
    def __getitem__(self, _):
        return world.scratch4


class MachineModule:
    Pin, SPI, WDT, RTC = Pin, SPI, WDT, RTC
    PWRON_RESET, WDT_RESET = 1, 3
    mem32 = Mem32()

    @staticmethod
    def disable_irq():
        world.interrupts = False
        return True

    @staticmethod
    def enable_irq(state):
        world.interrupts = state

    @staticmethod
    def reset_cause():
        return world.cause

    @staticmethod
    def unique_id():
        return b"\xe6\x60\x00\x00\x00\x00\x00\x01"

    @staticmethod
    def reset():
        world.resets += 1


class Air:
    """What is around a radio. ``ill`` is what only one means cures: "link" a reconnect, "chip" loading it anew,
    "power" taking its power away; while ``lies`` it calls itself connected all the same."""

    def __init__(self):
        self.there = True
        self.key = "the network's key"
        self.gives_address = True
        self.dead = False
        self.ill = None
        self.lies = False


class WLAN:
    IF_STA = 0
    PM_NONE = 16
    JOIN_MS = 1500

    def __init__(self, interface):
        if interface != self.IF_STA:
            raise ValueError("interface")
        self._up = False
        self._asked = None
        self._since_ms = 0

    def active(self, up):
        world.did.append("load" if up else "unload")
        if up and not self._up:
            world.pass_ms(10)
        if not up:
            self._asked = None
            self._cured("chip")
        self._up = up

    def deinit(self):
        world.did.append("deinit")
        self._up = False
        self._asked = None
        self._cured("chip")
        self._cured("power")

    def config(self, pm):
        if not self._up:
            raise OSError(1)
        world.power_save = pm

    def connect(self, ssid, key):
        world.did.append("connect")
        if not self._up or world.air.dead:
            raise OSError(5)
        self._asked = key
        self._since_ms = world.passed_ms

    def disconnect(self):
        world.did.append("disconnect")
        self._asked = None
        self._cured("link")

    def isconnected(self):
        return (world.air.lies and self._up) or self.status() == 3

    def ifconfig(self):
        return ("192.0.2.7", "255.255.255.0", "192.0.2.1", "127.0.0.1")

    def status(self, what=None):
        if what == "rssi":
            return -60
        if not self._up or self._asked is None:
            return 0
        if world.passed_ms - self._since_ms < self.JOIN_MS or world.air.ill:
            return 1
        if not world.air.there:
            return -2
        if self._asked != world.air.key:
            return -3
        return 3 if world.air.gives_address else 2

    def _cured(self, ill):
        if world.air.ill == ill:
            world.air.ill = None
            world.air.lies = False


class Port:
    """What is around an Ethernet chip. ``ill``: "lease" is cured by asking again, "chip" by a reset."""

    reset_gpio, select_gpio = 20, 17

    def __init__(self):
        self.cable = True
        self.gives_address = True
        self.dead = False
        self.ill = None
        self.lies = False
        self.resets = 0

    def reset(self):
        self.resets += 1
        if self.ill == "chip":
            self.ill = None
            self.lies = False


class WIZNET5K:
    """As in extmod/network_wiznet5k.c over lwIP: DHCP begins by itself, and ``active`` does nothing where it is up."""

    DHCP_MS = 1200

    def __init__(self, spi, pin_cs, pin_rst, pin_intn):
        self.wires = tuple(list(spi.pins) + [pin.gpio for pin in (pin_cs, pin_rst, pin_intn)])
        self._up = False
        self._asking_ms = None

    def active(self, up):
        world.did.append("up" if up else "down")
        if up and not self._up:
            if world.port.dead:
                raise AssertionError("the driver waits for ever for a chip that is not there")
            world.port.reset()
            world.pass_ms(411)
            self._asking_ms = world.passed_ms
        self._up = up

    def ipconfig(self, dhcp4):
        world.did.append("dhcp" if dhcp4 else "release")
        self._asking_ms = world.passed_ms if dhcp4 and self._up else None
        if dhcp4 and world.port.ill == "lease":
            world.port.ill = None
            world.port.lies = False

    def isconnected(self):
        port = world.port
        if not self._up or not port.cable or port.dead:
            return False
        return port.lies or (self._answered() and port.gives_address and not port.ill)

    def _answered(self):
        return self._asking_ms is not None and world.passed_ms - self._asking_ms >= self.DHCP_MS

    def ifconfig(self):
        return ("192.0.2.8", "255.255.255.0", "192.0.2.1", "127.0.0.1")

    def status(self):
        if not world.port.cable or world.port.dead:
            return 0
        return 2 if self._up else 1


class NetworkModule:
    WLAN, WIZNET5K = WLAN, WIZNET5K

    @staticmethod
    def country(code):
        world.country = code

    @staticmethod
    def hostname(name):
        if len(name) > 31:
            raise ValueError("hostname")
        world.hostname = name


class TimeModule:
    @staticmethod
    def gmtime(utc_s):
        return computer.gmtime(utc_s)[:8]  # a Pico knows no summer time

    @staticmethod
    def ticks_ms():
        return world.ticks

    @staticmethod
    def ticks_add(ticks, ms):
        return (ticks + ms) % _WRAP

    @staticmethod
    def ticks_diff(new, old):
        return (new - old + _HALF) % _WRAP - _HALF

    @staticmethod
    def time():
        return world.rtc_from + world.passed_ms // 1000

    @staticmethod
    def sleep_ms(ms):
        world.pass_ms(ms)


async def _sleep_ms(ms):
    world.pass_ms(ms)
    await asyncio.sleep(0)


def put_in():
    """From here on ``machine``, ``network`` and ``time`` are a Pico's, and waiting takes no time of ours."""
    sys.modules["machine"] = MachineModule
    sys.modules["network"] = NetworkModule
    sys.modules["time"] = TimeModule
    asyncio.sleep_ms = _sleep_ms
    begin()


def begin(ticks=1000):
    """A new world: nothing that was before is in it."""
    world.start(ticks)


def run(waiting):
    """What a coroutine returns."""
    return asyncio.run(waiting)


def joined(network):
    """The sentence of a dial that failed to join, or None when it did."""
    try:
        run(network.join())
        return None
    except OSError as e:
        return e.args[1]
