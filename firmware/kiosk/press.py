"""Edges of four buttons become presses: a contact that stayed closed for CONFIRM_MS.

Each face has a state of its own, so a stuck one cannot hold up the others. Times are uptime ms of the edge itself: when
the processor was away (a flash erase takes up to 0.4 s), the edges kept in the ring still tell how long a press was.

    UP ─press→ CLOSING ─5 ms→ DOWN ─release→ OPENING ─30 ms→ UP
                  └─release: a spike → UP      └─press: bounce → DOWN
    DOWN, HELD ─10 s→ STUCK ─release→ OPENING         HELD: down since before the boot
"""

from collections import namedtuple

CONFIRM_MS = 5
RELEASE_MS = 30  # contacts bounce when they open, too: until then a closing is the same press
STUCK_MS = 10000

UP = "up"
CLOSING = "closing"
DOWN = "down"
OPENING = "opening"
HELD = "held"
STUCK = "stuck"

Press = namedtuple("Press", ("face", "at_ms"))

# state: (ms in it, the state after that)
_AFTER = {
    CLOSING: (CONFIRM_MS, DOWN),
    OPENING: (RELEASE_MS, UP),
    DOWN: (STUCK_MS, STUCK),
    HELD: (STUCK_MS, STUCK),
}
# closed: {state: the state after that edge}; one by one, since a key of both would need memory with an edge in hand
_EDGE = {
    True: {UP: CLOSING, OPENING: DOWN},
    False: {CLOSING: UP, DOWN: OPENING, HELD: OPENING, STUCK: OPENING},
}


class Button:
    def __init__(self, closed, now_ms):
        self.state = HELD if closed else UP
        self.since_ms = now_ms


class Presses:
    """``closed``: {face: whether its contact is closed at boot}."""

    def __init__(self, closed, now_ms):
        self.buttons = {face: Button(closed[face], now_ms) for face in closed}

    @property
    def stuck(self):
        """The faces that are stuck, in order."""
        return tuple(sorted([face for face, button in self.buttons.items() if button.state == STUCK]))

    def edge(self, face, closed, at_ms):
        """Takes one edge, in the order of time. Returns the Press that it completes, or None."""
        button = self.buttons[face]
        press = self._pass(face, button, at_ms)
        state = _EDGE[closed].get(button.state)
        if state:
            button.state = state
            button.since_ms = at_ms
        return press

    def doubt(self, face, closed):
        """Edges were lost, and this is how the contact is now: what may have been a spike is taken for one."""
        button = self.buttons[face]
        if button.state == CLOSING and not closed:
            button.state = UP

    def answers(self, face):
        """Whether a closing contact of this face may be a finger: not when it only bounces, or was never released."""
        return self.buttons[face].state == UP

    def poll(self, now_ms):
        """A Press that time alone completed, or None. Only after None is nothing due."""
        for face, button in self.buttons.items():
            press = self._pass(face, button, now_ms)
            if press:
                return press
        return None

    def due_ms(self, now_ms):
        """Milliseconds until ``poll`` has something to do, or None."""
        left = [_AFTER[b.state][0] - (now_ms - b.since_ms) for b in self.buttons.values() if b.state in _AFTER]
        return max(0, min(left)) if left else None

    def _pass(self, face, button, now_ms):
        """Lets the time since the last edge do its work."""
        rule = _AFTER.get(button.state)
        if rule is None or now_ms - button.since_ms < rule[0]:
            return None
        if button.state != CLOSING:
            button.since_ms += rule[0]
            button.state = rule[1]
            return None
        press = Press(face, button.since_ms)  # before the state changes: there may be no memory for it
        button.state = STUCK if now_ms - button.since_ms >= STUCK_MS else rule[1]
        return press
