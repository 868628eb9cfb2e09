"""amqtt, set up to do one thing behind the gate: carry messages from publisher to subscriber at QoS 0 and 1.

The rest is kept from it, because amqtt 0.12.1 (read in its source):

- it deletes a session, or takes over its Will and account, before it has asked who is connecting;
- a refused connection still replaces the session of the client whose id it used;
- a second connection with the same id does not close the first;
- it sends a connecting client the retained messages that match anybody's subscriptions;
- it lets any Will pass; keep-alive is never enforced, so a dead client stays connected and its Will unsaid;
- packets up to 256 MiB are read; a slow client's messages wait without limit;
- a topic plugin makes it yield while it walks its subscriptions, and a client that comes or goes then makes a message
  vanish ("dictionary changed size"): so no topic plugin is used, and the gate checks rights.

It forgets a message that was not acknowledged within 5 s, and everything at a restart. Stored acks make both harmless.
"""

import logging

from amqtt.broker import Broker
from amqtt.contexts import BrokerConfig, ListenerConfig, ListenerType
from amqtt.plugins.base import BaseAuthPlugin
from amqtt.session import Session

LISTENER = "default"
"""The name of the listener that gates connect to; amqtt itself opens no port."""


class BehindTheGate(BaseAuthPlugin):
    """amqtt's account check: whoever reaches amqtt has passed the gate, which is the only listener."""

    async def authenticate(self, *, session: Session) -> bool:
        return True


def make() -> Broker:
    """A broker of amqtt's, to be called in a running event loop."""
    plugin = f"{BehindTheGate.__module__}.{BehindTheGate.__qualname__}"
    listener = ListenerConfig(type=ListenerType.EXTERNAL)
    return Broker(BrokerConfig(listeners={LISTENER: listener}, plugins={plugin: {}}))


def quieten() -> None:
    """amqtt writes a traceback for every message that a slow client did not acknowledge; the gate says what matters."""
    logging.getLogger("amqtt").setLevel(logging.CRITICAL)
    logging.getLogger("transitions").setLevel(logging.WARNING)
