"""The far end of a PPP line on the emulated Pico's UART: an address, a name server, ways out to this computer alone.

RFC 1661 and 1662 (framing, LCP), RFC 1332 (IPCP); no authentication. ``plugged`` False is a cable pulled out.
"""

import os
import struct

from rp2040py.external.cyw43 import nat, net

from tests.board.emulated.air import NameServer, Ways
from tests.board.emulated.uart import mend

BAUD = 921600
_BYTE_NS = int(10e9 / BAUD)
_LINE_NS = 2_000_000  # an instant answer would reach the board while it is still inside its own sending
_GUEST_MAC = bytes.fromhex("020000000002")
_FLAG, _ESCAPE = 0x7E, 0x7D
_IP, _IPCP, _LCP = 0x0021, 0x8021, 0xC021
_REQUEST, _ACK, _NAK, _REJECT, _END, _END_ACK, _ECHO, _ECHO_REPLY = 1, 2, 3, 4, 5, 6, 9, 10
_PROTOCOL_REJECT = 8
_ADDRESS, _DNS_1, _DNS_2 = 3, 129, 131  # IPCP's options
_GOOD_FCS = 0xF0B8


def _fcs_of(byte):
    for _ in range(8):
        byte = (byte >> 1) ^ 0x8408 if byte & 1 else byte >> 1
    return byte


_TABLE = [_fcs_of(byte) for byte in range(256)]


def _fcs(data):
    found = 0xFFFF
    for byte in data:
        found = (found >> 8) ^ _TABLE[(found ^ byte) & 0xFF]
    return found


def _options(data):
    while len(data) >= 2 and data[1] >= 2:
        yield data[0], data[2 : data[1]]
        data = data[data[1] :]


def _packed(options):
    return b"".join(bytes((kind, len(value) + 2)) + value for kind, value in options)


class Wire:
    """``ways`` and ``sent`` as in air.Air."""

    def __init__(self, ways, sent):
        self.plugged = True
        self._ways = Ways(ways)
        self._sent = sent
        self._number = 0
        self._asked = False  # our own side of IPCP
        self._frame = bytearray()
        self._escaped = False
        self._waiting = bytearray()

    def attach(self, mcu):
        self._uart = mcu.uart[0]
        mend(self._uart, mcu.clock)
        self._uart.on_byte = self._hear
        self._alarm = mcu.clock.create_alarm(self._feed)
        self._bridge = nat.NatBridge(mcu, self._deliver)
        self._bridge._udp = NameServer(self._ways.addresses, mcu, self._deliver)
        self._bridge._tcp = nat.TcpReflector(mcu, self._deliver, connect_fn=self._ways.connect)

    def _hear(self, byte):
        if byte == _FLAG:
            frame, self._frame, self._escaped = bytes(self._frame), bytearray(), False
            if len(frame) >= 4 and _fcs(frame) == _GOOD_FCS:
                self._take(frame[:-2])
        elif byte == _ESCAPE:
            self._escaped = True
        else:
            self._frame.append(byte ^ 0x20 if self._escaped else byte)
            self._escaped = False

    def _take(self, frame):
        if frame[:2] == b"\xff\x03":
            frame = frame[2:]
        protocol, body = (frame[0], frame[1:]) if frame[0] & 1 else (frame[0] << 8 | frame[1], frame[2:])
        if protocol == _IP:
            if self.plugged:
                packet = net.pack_ethernet(nat.GATEWAY_MAC, _GUEST_MAC, net.ETHERTYPE_IPV4, body)
                self._sent(packet)
                self._bridge.handle_outbound_ethernet_frame(packet)
        elif protocol in (_LCP, _IPCP):
            code, number, length = body[0], body[1], body[2] << 8 | body[3]
            (self._lcp if protocol == _LCP else self._ipcp)(code, number, body[4:length])
        else:
            self._say(_LCP, _PROTOCOL_REJECT, self._next(), struct.pack(">H", protocol) + body)

    def _lcp(self, code, number, data):
        if code == _REQUEST:
            self._asked = False
            self._say(_LCP, _ACK, number, data)
            self._say(_LCP, _REQUEST, self._next(), _packed([(2, bytes(4)), (5, os.urandom(4))]))
        elif code in (_NAK, _REJECT):
            self._say(_LCP, _REQUEST, self._next(), b"")
        elif code == _END:
            self._say(_LCP, _END_ACK, number, b"")
        elif code == _ECHO:
            self._say(_LCP, _ECHO_REPLY, number, bytes(4) + data[4:])

    def _ipcp(self, code, number, data):
        if code != _REQUEST:
            return
        if not self._asked:
            self._asked = True
            self._say(_IPCP, _REQUEST, self._next(), _packed([(_ADDRESS, nat.GATEWAY_IP)]))
        wanted = {_ADDRESS: nat.GUEST_IP, _DNS_1: nat.GATEWAY_IP, _DNS_2: nat.GATEWAY_IP}
        asked = list(_options(data))
        unknown = [option for option in asked if option[0] not in wanted]
        wrong = [(kind, wanted[kind]) for kind, value in asked if kind in wanted and value != wanted[kind]]
        if unknown:
            self._say(_IPCP, _REJECT, number, _packed(unknown))
        elif wrong:
            self._say(_IPCP, _NAK, number, _packed(wrong))
        else:
            self._say(_IPCP, _ACK, number, data)

    def _next(self):
        self._number = self._number + 1 & 0xFF
        return self._number

    def _deliver(self, packet):
        found = net.parse_ethernet(packet)
        if self.plugged and found and found.ethertype == net.ETHERTYPE_IPV4:
            self._write(_IP, found.payload)

    def _say(self, protocol, code, number, data):
        if self.plugged or protocol == _LCP:
            self._write(protocol, struct.pack(">BBH", code, number, len(data) + 4) + data)

    def _write(self, protocol, body):
        frame = b"\xff\x03" + struct.pack(">H", protocol) + body
        check = _fcs(frame) ^ 0xFFFF
        out = bytearray((_FLAG,))
        for byte in frame + bytes((check & 0xFF, check >> 8)):
            out += bytes((_ESCAPE, byte ^ 0x20)) if byte in (_FLAG, _ESCAPE) or byte < 0x20 else bytes((byte,))
        idle = not self._waiting
        self._waiting += out + bytes((_FLAG,))
        if idle:
            self._alarm.schedule(_LINE_NS)

    def _feed(self):
        fed = 0
        while self._waiting and fed < 16 and self._uart.rx_fifo.item_count < 24:
            self._uart.feed_byte(self._waiting.pop(0))
            fed += 1
        if self._waiting:
            self._alarm.schedule(_BYTE_NS * max(fed, 1))
