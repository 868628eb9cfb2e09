"""Edges of four buttons become presses: a contact that stayed closed for CONFIRM_MS.

Each face has a state of its own, so a stuck one cannot hold up the others. Times are uptime ms of the edge itself: when
the processor was away (a flash erase takes up to 0.4 s), the edges kept in the ring still tell how long a press was.

    UP ─press→ CLOSING ─5 ms→ DOWN ─release→ OPENING ─30 ms→ UP
                  └─release: a spike → UP      └─press: bounce → DOWN
    HELD: down since before the boot ─release→ OPENING

A contact rests when it stays open for 30 ms. One that did not rest for 10 s is stuck, whether it lies still or
trembles, and nothing counts until it has rested.
"""

from collections import namedtuple

CONFIRM_MS = 5
RELEASE_MS = 30  # contacts bounce when they open, too: until then a closing is the same press
STUCK_MS = 10000  # without a rest

UP = "up"
CLOSING = "closing"
DOWN = "down"
OPENING = "opening"
HELD = "held"

Press = namedtuple("Press", ("face", "at_ms"))

# closed: {state: the state after that edge}; one by one, since a key of both would need memory with an edge in hand
_EDGE = {
    True: {UP: CLOSING, OPENING: DOWN},
    False: {CLOSING: UP, DOWN: OPENING, HELD: OPENING},
}


class Button:
    def __init__(self, closed, now_ms):
        self.state = HELD if closed else UP
        self.since_ms = now_ms  # of the last edge that changed the state
        self.began_ms = now_ms  # of the first edge after it rested
        self.stuck = False


class Presses:
    """``closed``: {face: whether its contact is closed at boot}."""

    def __init__(self, closed, now_ms):
        self.buttons = {face: Button(closed[face], now_ms) for face in closed}

    @property
    def stuck(self):
        """The faces that are stuck, in order."""
        return tuple(sorted([face for face, button in self.buttons.items() if button.stuck]))

    def edge(self, face, closed, at_ms):
        """Takes one edge, in the order of time. Returns the Press that it completes, or None."""
        button = self.buttons[face]
        rested = at_ms - button.since_ms >= RELEASE_MS  # both before the press: after it there may be no memory
        long = at_ms - button.began_ms >= STUCK_MS
        press = self._pass(face, button, at_ms)
        state = _EDGE[closed].get(button.state)
        if state:
            if closed and rested:
                button.began_ms = at_ms
            elif closed and long:
                button.stuck = True
            button.state = state
            button.since_ms = at_ms
        return press

    def doubt(self, face, closed, at_ms):
        """Edges were lost, and this is how the contact is now: what may have been a spike is taken for one, and time
        in which nobody saw a stuck contact for no rest."""
        button = self.buttons[face]
        if button.state == CLOSING and not closed:
            button.state = UP
        if button.stuck:
            button.since_ms = at_ms

    def answers(self, face):
        """Whether a closing contact of this face may be a finger: not when it only bounces, or was never released."""
        return self.buttons[face].state == UP and not self.buttons[face].stuck

    def poll(self, now_ms):
        """A Press that time alone completed, or None. Only after None is nothing due."""
        for face, button in self.buttons.items():
            press = self._pass(face, button, now_ms)
            if press:
                return press
        return None

    def due_ms(self, now_ms):
        """Milliseconds until ``poll`` has something to do, or None."""
        left = [ms for ms in [_left_ms(button, now_ms) for button in self.buttons.values()] if ms is not None]
        return max(0, min(left)) if left else None

    def _pass(self, face, button, now_ms):
        """Lets the time since the last edge do its work."""
        left_ms = _left_ms(button, now_ms)
        if left_ms is None or left_ms > 0:
            return None
        if button.state == CLOSING:
            press = None if button.stuck else Press(face, button.since_ms)
            button.state = DOWN  # after the press: there may be no memory for it
            return press
        button.stuck = button.state in (DOWN, HELD)
        if not button.stuck:
            button.state = UP
        return None


def _left_ms(button, now_ms):
    """Until time alone does something to a button; None: never."""
    if button.state in (DOWN, HELD):
        return None if button.stuck else STUCK_MS - (now_ms - button.began_ms)
    if button.state == CLOSING:
        return CONFIRM_MS - (now_ms - button.since_ms)
    if button.state == OPENING or button.stuck:
        return RELEASE_MS - (now_ms - button.since_ms)
    return None
