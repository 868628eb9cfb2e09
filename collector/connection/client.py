"""Paho's client, except that it takes no notice of what MQTT 5 lets a sender say beside its message.

Whoever may publish chooses these properties, and the broker passes them on. Paho ends the connection at some of them:
a text with U+FEFF, which MQTT 5 allows (1.5.4), a payload format it does not know. Retained, one such message of one
kiosk would keep every collector away for good. Nothing of ours is in them, so they are not read.
"""

import struct
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import MQTTErrorCode


class Client(mqtt.Client):
    """Subscribes with QoS 0 and 1 alone."""

    def _handle_publish(self) -> MQTTErrorCode:
        """Instead of paho's own, which nothing public replaces; the tests of the receiver tell when it is gone."""
        packet: Any = self._in_packet
        try:
            message = published(packet["command"], packet["packet"], mqtt5=self._protocol == mqtt.MQTTv5)
        except (struct.error, IndexError):
            return MQTTErrorCode.MQTT_ERR_PROTOCOL
        self._handle_on_message(message)
        return MQTTErrorCode.MQTT_ERR_SUCCESS


def published(header: int, packet: bytes, *, mqtt5: bool) -> mqtt.MQTTMessage:
    """What a PUBLISH with that first byte says; ``packet``: all behind its length.

    Raises struct.error or IndexError where it is cut short.
    """
    (length,) = struct.unpack_from("!H", packet)
    end = 2 + length
    qos = header >> 1 & 3
    mid = 0
    if qos:
        (mid,) = struct.unpack_from("!H", packet, end)
    message = mqtt.MQTTMessage(mid, bytes(packet[2:end]))
    if qos:
        end += 2
    if mqtt5:
        end = _behind_properties(packet, end)
    if end > len(packet):
        raise IndexError
    message.qos, message.retain, message.dup = qos, bool(header & 1), bool(header & 8)
    message.payload = bytes(packet[end:])
    return message


def _behind_properties(packet: bytes, at: int) -> int:
    """Where they end that begin at ``at`` with their length, seven bits a byte (MQTT 5, 1.5.5)."""
    length = shift = 0
    while True:
        byte = packet[at]
        at += 1
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return at + length
