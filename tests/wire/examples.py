"""The examples of wire/examples.json, on both interpreters."""

import json
import sys

from wire import codec, topic
from wire.rejected import Rejected

_LARGEST_ON_A_KIOSK = 65536  # a heap of 192K cannot hold 3 MiB; a kiosk's MQTT client never lets such a thing in


def load():
    """``{"good": […], "bad": […]}``: name, topic, payload or hex or repeat; reason and field of a bad one."""
    with open("wire/examples.json") as file:
        examples = json.load(file)
    if sys.implementation.name == "micropython":
        examples["bad"] = [e for e in examples["bad"] if _size(e) <= _LARGEST_ON_A_KIOSK]
    return examples


def _size(example):
    return len(example["repeat"][0]) * example["repeat"][1] if "repeat" in example else 0


def payload_of(example):
    """The bytes an example stands for."""
    if "hex" in example:
        return bytes.fromhex(example["hex"])
    if "repeat" in example:
        return example["repeat"][0].encode() * example["repeat"][1]
    return example["payload"].encode()


def verdict_on(topic_name, payload):
    """What a receiver makes of a delivery: the message or Rejected."""
    where = topic.parse(topic_name)
    if isinstance(where, Rejected):
        return where
    return codec.decode(where[1], payload)
