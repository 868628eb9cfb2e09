"""The USB cable of an emulated Pico: its serial port is a pseudo-terminal here, for mpremote and for whoever reads."""

import asyncio
import os
import pty
import tty

_LEAST_NS = 10_000
_AGAIN_NS = 1_000_000
_MOST_QUEUED = 448  # of the emulated host's 512
_MOST_UNREAD = 65536


class Cable:
    """``said``: all that the board said. ``port``: for a program on this computer. It outlives the board's power."""

    def __init__(self):
        self.said = bytearray()
        self._host, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._host, False)
        self.port = os.ttyname(self._slave)
        self._to_board = bytearray()
        self._to_program = bytearray()
        self._cdc = None

    def plug(self, cdc, clock):
        """Joins a board that just got power. Called in the loop that runs it."""
        _wait_for_bytes(cdc, clock)
        self._cdc = cdc
        self._to_board.clear()
        self._alarm = clock.create_alarm(self._pump)
        cdc.on_serial_data = self._hear
        asyncio.get_running_loop().add_reader(self._host, self._read)

    def unplug(self):
        asyncio.get_running_loop().remove_reader(self._host)
        self._cdc = None

    def close(self):
        os.close(self._host)
        os.close(self._slave)

    async def type(self, line):
        """As a person would at the other end. Called in the loop that runs the board."""
        self._to_board += line.encode() + b"\r"
        self._pump()

    def _hear(self, spoken):
        self.said += spoken
        self._to_program += spoken
        self._flush()

    def _flush(self):
        try:
            del self._to_program[: os.write(self._host, self._to_program)]
        except BlockingIOError:
            del self._to_program[:-_MOST_UNREAD]  # nobody reads

    def _read(self):
        self._to_board += os.read(self._host, 4096)
        self._pump()

    def _pump(self):
        if self._to_program:
            self._flush()
        while self._to_board and self._cdc and self._cdc.tx_fifo.item_count < _MOST_QUEUED:
            self._cdc.send_serial_byte(self._to_board.pop(0))
        if self._to_board or self._to_program:
            self._alarm.schedule(_AGAIN_NS)


def _wait_for_bytes(cdc, clock):
    """A real host leaves a board alone until it has something to send; the emulated one sends 100,000 empty packets a
    second, and the board never sleeps."""
    usb, held = cdc.usb, []
    read, send, reset = usb.on_endpoint_read, cdc.send_serial_byte, cdc._on_controller_reset

    def ready():
        if held and cdc.tx_fifo.item_count:
            read(cdc._out_endpoint, held.pop())

    alarm = clock.create_alarm(ready)

    def on_read(endpoint, size):
        if endpoint == cdc._out_endpoint and endpoint > 0 and not cdc.tx_fifo.item_count:
            held[:] = [size]
        else:
            read(endpoint, size)

    def on_send(byte):
        send(byte)
        if held:
            alarm.schedule(_LEAST_NS)

    def on_reset():
        held.clear()
        reset()

    usb.on_endpoint_read, cdc.send_serial_byte, usb.on_reset = on_read, on_send, on_reset
