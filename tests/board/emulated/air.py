"""The air around an emulated Pico W: one network with a name server, and ways out to this computer alone."""

import asyncio
from contextlib import suppress
from functools import partial

from rp2040py.external.cyw43 import Cyw43439, nat, net

SSID = "RP2040PY-GUEST"  # the emulator's one network; any key opens it
_DNS_PORT = 53


class Ways:
    """``ways``: {host name: (address there, port there, port on 127.0.0.1)}; all else is refused."""

    def __init__(self, ways):
        self._ways = ways
        self.addresses = {name: address for name, (address, _, _) in ways.items()}

    async def connect(self, host, port):
        for address, there, here in self._ways.values():
            if (host, port) == (address, there):
                reader, writer = await asyncio.open_connection("127.0.0.1", here)
                writer.write_eof = partial(_end, writer.write_eof)
                return reader, writer
        raise ConnectionRefusedError(host)


def _end(write_eof):
    """The board closes its side. Where the other one has gone already, that is no fault of the emulation."""
    with suppress(OSError):
        write_eof()


class Air(Cyw43439):
    """The Wi-Fi chip. ``ways``: as in Ways. ``plugged`` False: nothing is heard in the air any more.

    ``sent(frame)`` sees every frame that leaves the board.
    """

    def __init__(self, ways, sent):
        super().__init__()
        self.plugged = True
        self._ways = Ways(ways)
        self._sent = sent

    def attach(self, mcu):
        super().attach(mcu)
        bridge = self.bus.nat_bridge
        queue = self.bus.queue_rx_ethernet_frame
        bridge._udp = NameServer(self._ways.addresses, mcu, queue)
        bridge._tcp = nat.TcpReflector(mcu, queue, connect_fn=self._ways.connect)
        carry = bridge.handle_outbound_ethernet_frame

        def see(frame):
            if self.plugged:
                self._sent(bytes(frame))
                carry(frame)

        bridge.handle_outbound_ethernet_frame = see


class NameServer(nat.UdpRelay):
    """Knows the names it is given and answers inside: no packet leaves this process."""

    def __init__(self, addresses, mcu, queue):
        super().__init__(mcu, queue)
        self._addresses = addresses

    def maybe_handle(self, eth):
        ip = net.parse_ipv4(eth.payload) if eth.ethertype == net.ETHERTYPE_IPV4 else None
        if ip is None or ip.proto != net.IP_PROTO_UDP:
            return False
        udp = net.parse_udp(ip.payload)
        if udp is not None and udp.dst_port == _DNS_PORT:
            reply = net.pack_udp(ip.dst_ip, ip.src_ip, _DNS_PORT, udp.src_port, self._answer(udp.payload))
            packet = net.pack_ipv4(ip.dst_ip, ip.src_ip, net.IP_PROTO_UDP, reply)
            self._queue_ethernet_frame(net.pack_ethernet(eth.src_mac, self._gateway_mac, net.ETHERTYPE_IPV4, packet))
        return True

    def _answer(self, asked):
        labels, at = [], 12
        while asked[at]:
            labels.append(asked[at + 1 : at + 1 + asked[at]].decode())
            at += 1 + asked[at]
        address = self._addresses.get(".".join(labels))
        question = asked[12 : at + 5]
        if address is None:
            return asked[:2] + b"\x81\x83\x00\x01" + bytes(6) + question
        found = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04" + bytes(map(int, address.split(".")))
        return asked[:2] + b"\x81\x80\x00\x01\x00\x01" + bytes(4) + question + found
