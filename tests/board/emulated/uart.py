"""The emulated RP2040's UART as the chip has it: the emulator's own raises its transmit interrupt for ever, which
MicroPython does not survive, and knows no receive timeout, which PPP waits for (RP2040 datasheet, 4.2)."""

from rp2040py.peripherals.uart import RPUART

_RX, _TX, _TIMEOUT = 1 << 4, 1 << 5, 1 << 6
_DATA, _LEVEL_SELECT = 0x0, 0x34
_LEVELS = (4, 8, 16, 24, 28, 28, 28, 28)  # of 32 bytes, by UARTIFLS
_RESET_LEVEL = 0x12
_CHARACTERS_OF_SILENCE = 3.2


class Uart(RPUART):
    """Made from an RPUART in place by ``mend``."""

    def check_interrupts(self):
        self.rp2040.set_interrupt(self.irq, bool(self._interrupt_status & self._interrupt_mask))

    def feed_byte(self, value):
        if not (self.rx_enabled and self.baud_divider):
            return  # reset with its board, and not set up yet: what comes now is heard by nobody
        self.rx_fifo.push(value)
        if self.rx_fifo.item_count >= self._level():
            self._interrupt_status |= _RX
        self._silence.schedule(_CHARACTERS_OF_SILENCE * self._byte_ns())
        self.check_interrupts()

    def read_uint32(self, offset):
        if offset == _DATA:
            return self._take_byte()
        return self._select if offset == _LEVEL_SELECT else super().read_uint32(offset)

    def write_uint32(self, offset, value):
        if offset == _DATA:
            if self.on_byte:
                self.on_byte(value & 0xFF)
            self._sent.schedule(self._byte_ns())
        elif offset == _LEVEL_SELECT:
            self._select = value
        else:
            super().write_uint32(offset, value)

    def _take_byte(self):
        value = 0 if self.rx_fifo.empty else self.rx_fifo.pull()
        if self.rx_fifo.empty:
            self._interrupt_status &= ~(_RX | _TIMEOUT)
        elif self.rx_fifo.item_count < self._level():
            self._interrupt_status &= ~_RX
        self.check_interrupts()
        return value

    def _byte_ns(self):
        return max(1000.0, 10e9 / max(self.baud_rate, 300))

    def _level(self):
        return _LEVELS[self._select >> 3 & 7]

    def _on_silence(self):
        if not self.rx_fifo.empty:
            self._interrupt_status |= _TIMEOUT
            self.check_interrupts()

    def _on_sent(self):
        self._interrupt_status |= _TX
        self.check_interrupts()


def mend(uart, clock):
    """Makes this UART of the emulator behave as the chip's."""
    uart.__class__ = Uart
    uart._select = _RESET_LEVEL
    uart._silence = clock.create_alarm(uart._on_silence)
    uart._sent = clock.create_alarm(uart._on_sent)
    uart._interrupt_status &= ~_TX
