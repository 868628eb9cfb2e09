"""Four lights: an answer to the finger at once, one thanks for each tap, and something quiet in between.

Thanks are all four together, so that a bystander does not see which face was pressed. Two thanks never melt into one:
there is a dark moment between them. Only behind a hammering hand, where they would go on into the next visitor's press,
thanks stand for several taps.
"""

ANSWER_MS = 80  # at most 100, the promise
THANKS_MS = 350
THANKS_LEAST_MS = 80  # when another tap waits for its own
DARK_MS = 60
MOST_WAITING = 20  # taps that wait for thanks of their own: under three seconds of light
IDLE_MOST = 40  # percent of full light at the breath's height, where ``idle_percent`` is 100: full light is for thanks
SOON_MS = 5  # after which lights that a finger's interrupt keeps are asked for again

ALL = (1, 2, 3, 4)

# Levels are bytes, the one of a face at its number: four in a dict take twice the heap.
# Patterns: steps of (ms, shares of the level in %), played round and round
BREATH = ((700, 40), (500, 60), (500, 80), (700, 100), (500, 80), (500, 60))
BREATH_STEPS = tuple([(ms, bytes((0, s, s, s, s))) for ms, s in BREATH])
# No network: the outer two breathe against the inner two, as slowly; a technician knows it, a visitor sees a breath
SEARCHING_STEPS = tuple([(ms, bytes((0, s, 140 - s, 140 - s, s))) for ms, s in BREATH])
IDENTIFY_STEPS = tuple([(150, bytes([100 * (face == n) for n in range(5)])) for face in (1, 2, 3, 4, 3, 2)])

_DARK = bytes(5)
_THANKS = bytes((0, 100, 100, 100, 100))
_BEGIN = (_THANKS, THANKS_LEAST_MS)  # made beforehand: the memory may be full


class Lights:
    """``write(face, percent)`` sets one light; it is called only when a level changes.

    The light of a finger is not written here: an interrupt begins it, and has all four from then on, dark but for that
    face's moment, until ``free(spare_ms)``; that returns False while a finger waits that nobody has told of. For
    ``spare_ms`` from then on it leaves the lights as they are.
    """

    def __init__(self, write, free):
        self.write = write
        self.free = free
        self.idle_percent = 20  # of the brightest breath, as a kiosk's settings say
        self.online = False
        self._shown = bytearray(5)
        self._answers = {}  # face: until when
        self._thanks = 0  # taps still to be thanked for
        self._thanks_from = None  # since when all four shine
        self._dark_until = None
        self._identify_until = 0

    def answer(self, face, at_ms, now_ms):
        """A finger touched a face at ``at_ms``; the interrupt has lit it, and on a board it goes out by itself.

        Thanks that it ended do not begin again; for younger ones ``free`` spares the lights. What is told too late gets
        no light after the fact.
        """
        self._thanks_from = None
        self._answers[face] = at_ms + ANSWER_MS
        self.poll(now_ms)

    def owe(self):
        """A tap is safe: thanks for it come with the next ``poll``, whatever fails until then."""
        self._thanks = min(self._thanks + 1, MOST_WAITING)
        self._answers = {}

    def identify(self, seconds, now_ms):
        self._identify_until = now_ms + seconds * 1000
        self.poll(now_ms)

    def poll(self, now_ms):
        """Shows what is to be seen now. Returns the ms until that changes, or None."""
        levels, left_ms = self._scene(now_ms)
        if levels is None:
            return left_ms
        for face in ALL:
            if self._shown[face] != levels[face]:
                self._shown[face] = levels[face]
                self.write(face, levels[face])
        young_ms = self._young_ms(now_ms)
        if self.free(young_ms):
            return left_ms
        if young_ms:  # nobody sees them yet: they begin anew once the lights are free
            self._thanks_from = None
            self._thanks += 1
        return SOON_MS

    def _young_ms(self, now_ms):
        """For how long thanks are yet to be left to shine."""
        return 0 if self._thanks_from is None else max(0, self._thanks_from + THANKS_LEAST_MS - now_ms)

    def _scene(self, now_ms):
        """(levels, ms left or None) by rank: thanks, a finger, dark between two, identify, idle. None: the finger's."""
        if self._thanks_from is not None:
            shine_ms = THANKS_LEAST_MS if self._thanks else THANKS_MS
            left_ms = self._thanks_from + shine_ms - now_ms
            if left_ms > 0:
                return _THANKS, left_ms
            self._thanks_from = None
            self._dark_until = now_ms + DARK_MS
        self._answers = {face: until for face, until in self._answers.items() if until > now_ms}
        if self._answers:
            return None, max(self._answers.values()) - now_ms
        if self._dark_until is not None:
            if now_ms < self._dark_until:
                return _DARK, self._dark_until - now_ms
            self._dark_until = None
        if self._thanks:
            self._thanks -= 1
            self._thanks_from = now_ms
            return _BEGIN
        if now_ms < self._identify_until:
            return _step(IDENTIFY_STEPS, 10000, now_ms)
        if not self.idle_percent:
            return _DARK, None
        height = self.idle_percent * IDLE_MOST
        return _step(BREATH_STEPS if self.online else SEARCHING_STEPS, height, now_ms)


def _step(steps, height, now_ms):
    """The step of an endless pattern at a time, scaled to ``height`` / 10,000 of full; the dimmest light is no dark."""
    at = now_ms % sum([ms for ms, _ in steps])
    for ms, shares in steps:  # noqa: B007  the last one looked at is the answer
        if at < ms:
            break
        at -= ms
    return bytes([share and max(1, share * height // 10000) for share in shares]), ms - at
