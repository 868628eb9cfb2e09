"""The embedded broker. `embedded` listens, `admission` and `rights` decide, `gate` stands between client and amqtt."""

from collector.broker.embedded import BrokerError, EmbeddedBroker, Limits

__all__ = ["BrokerError", "EmbeddedBroker", "Limits"]
