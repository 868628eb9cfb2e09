"""What a technician may ask over USB while the kiosk runs: a line in, plain words out. No secret is ever shown."""

TEST_MINUTES = 10
MOST_TEST_MINUTES = 60
IDENTIFY_S = 10
HELP = "status | test on [minutes] | test off | identify"


class Console:
    """``obey(line)`` answers on the board's log."""

    def __init__(self, counter):
        self.counter = counter

    def obey(self, line):
        words = line.lower().split()
        if not words:
            return
        ask = {"status": self._status, "test": self._test, "identify": self._identify}.get(words[0])
        for answer in ask(words[1:]) if ask else (HELP,):
            self.counter.board.log(answer)

    def _identify(self, _):
        counter = self.counter
        counter.lights.identify(IDENTIFY_S, counter.clock.uptime_ms())
        counter.glow.ring()
        return ("the lights run for %d s" % IDENTIFY_S,)

    def _test(self, words):
        now_ms = self.counter.clock.uptime_ms()
        if words[:1] == ["off"]:
            self.counter.taps.test_until_ms = None
        elif words[:1] == ["on"] and all([w.isdigit() for w in words[1:]]) and len(words) < 3:
            minutes = int(words[1]) if words[1:] else TEST_MINUTES
            if not 1 <= minutes <= MOST_TEST_MINUTES:
                return ("the minutes of a test are 1 to %d" % MOST_TEST_MINUTES,)
            self.counter.taps.test_until_ms = now_ms + minutes * 60000
        else:
            return (HELP,)
        self.counter.report.soon(now_ms)
        self.counter.conversation.news.ring()
        return (self._testing(now_ms),)

    def _testing(self, now_ms):
        taps = self.counter.taps
        if not taps.testing(now_ms):
            return "test mode is off: taps count"
        return "test mode for %d s: taps are kept and do not count" % ((taps.test_until_ms - now_ms + 999) // 1000)

    def _status(self, _):
        counter = self.counter
        now_ms = counter.clock.uptime_ms()
        journal, stuck = counter.journal, counter.presses.stuck
        return (
            "kiosk %s, version %s, up for %d s" % (counter.setup.kiosk, counter.uplink.facts[0], now_ms // 1000),
            "journal %s: %d taps, %d not yet stored" % (journal.id, journal.last_seq, journal.unacked),
            "connected to the broker" if counter.lights.online else "not connected to the broker",
            "last trouble: " + (counter.conversation.said or "none"),
            "stuck buttons: " + (", ".join([str(face) for face in stuck]) or "none"),
            "the time is %s" % ("not known" if counter.clock.anchor is None else "from " + counter.clock.source),
            self._testing(now_ms),
        )
