"""What a visitor sees."""

from kiosk.lights import Lights


class Lamps:
    """As board.lamps: ``levels`` is what is seen. A finger's light ends by itself on a board; here it is "pulse"."""

    def __init__(self):
        self.levels = {1: 0, 2: 0, 3: 0, 4: 0}
        self.set = dict(self.levels)
        self.taken = False  # by the interrupt
        self.unseen = 0  # fingers that nobody has told of
        self.spared_until_ms = 0
        self.thanks = []
        self.now_ms = 0

    def write(self, face, percent):
        self.set[face] = percent
        if not self.taken:
            self._show()

    def free(self, spare_ms):
        if self.unseen:
            return False
        self.taken = False
        self.spared_until_ms = self.now_ms + spare_ms
        self._show()
        return True

    def interrupt(self, face):
        """A finger comes, and no task has seen it yet. Whether it takes the lights."""
        if self.now_ms < self.spared_until_ms:
            return False
        self.unseen += 1
        self.levels = {other: self.levels[other] if self.taken else 0 for other in self.levels}
        self.levels[face] = "pulse"
        self.taken = True
        return True

    def touch(self, lights, face, at_ms, now_ms=None):
        """A finger, and the task hears of it then or later."""
        if self.interrupt(face):
            self.unseen -= 1
            lights.answer(face, at_ms, at_ms if now_ms is None else now_ms)

    def _show(self):
        before = self.all_on()
        self.levels = dict(self.set)
        if self.all_on() and not before:
            self.thanks.append(self.now_ms)

    def all_on(self):
        return all(level == 100 for level in self.levels.values())


def thank(lights, now_ms):
    """A tap is safe."""
    lights.owe()
    lights.poll(now_ms)


def some(idle_percent=0):
    lamps = Lamps()
    lights = Lights(lamps.write, lamps.free)
    lights.idle_percent = idle_percent
    return lamps, lights


def pass_until(lamps, lights, until_ms):
    while lamps.now_ms < until_ms:
        left_ms = lights.poll(lamps.now_ms)
        lamps.now_ms = until_ms if left_ms is None else min(until_ms, lamps.now_ms + left_ms)
    lights.poll(lamps.now_ms)


def test_the_pressed_face_shines_at_once_and_at_most_100_ms():
    lamps, lights = some()
    lamps.touch(lights, 2, 0)
    assert lamps.levels == {1: 0, 2: "pulse", 3: 0, 4: 0}
    pass_until(lamps, lights, 100)
    assert lamps.levels[2] == 0


def test_thanks_are_all_four_once():
    lamps, lights = some()
    lamps.touch(lights, 2, 0)
    lamps.now_ms = 9
    thank(lights, 9)
    assert lamps.all_on()
    pass_until(lamps, lights, 2000)
    assert lamps.thanks == [9] and set(lamps.levels.values()) == {0}


def test_thanks_are_long_enough_to_be_seen():
    lamps, lights = some()
    thank(lights, 0)
    pass_until(lamps, lights, 300)
    assert lamps.all_on()
    pass_until(lamps, lights, 500)
    assert set(lamps.levels.values()) == {0}


def test_a_finger_in_the_dark_moment_between_two_thanks_keeps_its_light():
    lamps, lights = some()
    thank(lights, 0)
    thank(lights, 0)
    pass_until(lamps, lights, 90)
    assert set(lamps.levels.values()) == {0}
    lamps.touch(lights, 2, 95)
    assert lamps.levels == {1: 0, 2: "pulse", 3: 0, 4: 0}
    pass_until(lamps, lights, 110)
    assert lamps.levels == {1: 0, 2: "pulse", 3: 0, 4: 0}
    pass_until(lamps, lights, 1000)
    assert len(lamps.thanks) == 2


def test_every_tap_of_a_rush_gets_thanks_of_its_own():
    lamps, lights = some(8)
    for i in range(20):
        lamps.touch(lights, 1 + i % 4, lamps.now_ms)
        pass_until(lamps, lights, lamps.now_ms + 7)
        thank(lights, lamps.now_ms)
        pass_until(lamps, lights, lamps.now_ms + 40)
    pass_until(lamps, lights, lamps.now_ms + 5000)
    assert len(lamps.thanks) == 20


def test_thanks_end_soon_after_a_hand_that_hammered():
    lamps, lights = some()
    for _ in range(600):  # half a minute of 20 a second
        thank(lights, lamps.now_ms)
        pass_until(lamps, lights, lamps.now_ms + 50)
    ended_ms = lamps.now_ms
    pass_until(lamps, lights, ended_ms + 60_000)
    assert lamps.thanks[-1] - ended_ms < 3000 and len(lamps.thanks) > 200


def test_two_faces_at_once_get_two_thanks():
    lamps, lights = some()
    lamps.touch(lights, 1, 0)
    lamps.touch(lights, 2, 0)
    assert lamps.levels == {1: "pulse", 2: "pulse", 3: 0, 4: 0}
    thank(lights, 5)
    thank(lights, 5)
    pass_until(lamps, lights, 2000)
    assert len(lamps.thanks) == 2


def test_a_finger_during_thanks_that_were_seen_is_answered():
    lamps, lights = some()
    thank(lights, 0)
    pass_until(lamps, lights, 200)
    lamps.touch(lights, 3, 200)
    assert lamps.levels == {1: 0, 2: 0, 3: "pulse", 4: 0}


def test_the_idle_breath_is_dim_and_can_be_turned_off():
    lamps, lights = some(10)
    seen = set()
    for now_ms in range(0, 5000, 100):
        lights.poll(now_ms)
        seen.update(lamps.levels.values())
    assert 0 < max(seen) <= 10
    lights.idle_percent = 0
    assert lights.poll(5000) is None and set(lamps.levels.values()) == {0}


def test_the_breath_is_never_taken_for_thanks_nor_dark_whatever_a_kiosk_is_set_to():
    for percent in range(1, 101):
        for online in (False, True):
            lamps, lights = some(percent)
            lights.online = online
            for now_ms in range(0, 3400, 100):
                lights.poll(now_ms)
                assert min(lamps.levels.values()) > 0 and max(lamps.levels.values()) <= 40, percent


def test_no_network_shows_the_lights_out_of_step_and_a_network_in_step():
    lamps, lights = some(10)
    lights.poll(0)
    assert len(set(lamps.levels.values())) == 2
    lights.online = True
    lights.poll(0)
    assert len(set(lamps.levels.values())) == 1


def test_identify_lights_one_face_after_the_other_for_its_time():
    lamps, lights = some()
    lights.identify(2, 0)
    for now_ms in range(0, 1900, 50):
        lights.poll(now_ms)
        assert sorted(lamps.levels.values()) == [0, 0, 0, 100]
    lights.poll(2000)
    assert set(lamps.levels.values()) == {0}
    assert lamps.thanks == []


def test_nobody_but_the_interrupt_writes_a_fingers_light_until_its_time_is_over():
    lamps, lights = some(10)
    pass_until(lamps, lights, 50)
    lamps.touch(lights, 2, 50, 60)
    pass_until(lamps, lights, 129)
    assert lamps.levels == {1: 0, 2: "pulse", 3: 0, 4: 0}
    pass_until(lamps, lights, 131)
    assert lamps.levels[2] in range(1, 11)


def test_the_lights_are_looked_at_again_when_the_last_of_two_fingers_lights_is_over():
    lamps, lights = some(10)
    pass_until(lamps, lights, 50)
    lamps.touch(lights, 2, 50)
    lamps.touch(lights, 3, 80)
    assert lights.poll(90) == 70 and lights.poll(131) == 29 and lights.poll(159) == 1


def test_a_touch_that_is_seen_late_gets_no_light_after_the_fact():
    lamps, lights = some()
    lamps.touch(lights, 2, 0, 900)
    assert set(lamps.levels.values()) == {0}


def test_young_thanks_stay_all_four_when_another_finger_comes():
    lamps, lights = some()
    thank(lights, 0)
    lamps.touch(lights, 3, 20)
    assert lamps.all_on()


def test_a_finger_that_no_task_has_seen_keeps_its_light_whatever_is_due():
    lamps, lights = some(10)
    pass_until(lamps, lights, 50)
    lamps.interrupt(2)
    thank(lights, 55)
    assert lights.poll(60) <= 5 and lamps.levels == {1: 0, 2: "pulse", 3: 0, 4: 0}
    lamps.unseen = 0
    lights.poll(65)
    assert lamps.all_on()


def test_the_lights_come_back_after_a_finger_that_nobody_was_told_of():
    lamps, lights = some(10)
    pass_until(lamps, lights, 50)
    lamps.interrupt(2)
    lamps.unseen = 0  # its edge was lost
    pass_until(lamps, lights, 1000)
    assert set(lamps.levels.values()) <= set(range(1, 11))


def test_thanks_that_a_finger_keeps_from_being_seen_begin_when_the_lights_are_free():
    lamps, lights = some()
    lamps.interrupt(2)
    for now_ms in (0, 400, 4000):  # the tasks are away in between, and the finger is not looked at
        lamps.now_ms = now_ms
        if now_ms == 0:
            lights.owe()
        lights.poll(now_ms)
        assert lamps.levels == {1: 0, 2: "pulse", 3: 0, 4: 0}
    lamps.unseen = 0
    lamps.now_ms = 4010
    lights.poll(4010)
    assert lamps.all_on()
    pass_until(lamps, lights, 6000)
    assert lamps.thanks == [4010] and set(lamps.levels.values()) == {0}


def test_thanks_that_were_owed_come_with_the_next_turn_whatever_failed_in_between():
    lamps, lights = some()
    lights.owe()
    pass_until(lamps, lights, 500)
    assert lamps.thanks == [0]


def test_thanks_that_a_finger_ended_do_not_begin_again_however_late_it_is_told_of():
    lamps, lights = some()
    thank(lights, 0)
    lamps.now_ms = 100
    lamps.interrupt(3)
    lamps.unseen = 0
    lamps.now_ms = 300
    lights.answer(3, 100, 300)
    pass_until(lamps, lights, 1000)
    assert lamps.thanks == [0] and set(lamps.levels.values()) == {0}
