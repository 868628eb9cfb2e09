"""Mean power and days on a battery, from the figures: joule and watt, drawn at the supply."""

from dataclasses import dataclass

from hardware.power.figures import value

DAY_S = 86400
LIGHTS = 4


def watts(current_ma: float) -> float:
    return value("supply_v") * current_ma / 1000


def supervisor_w() -> float:
    return watts(value("supervisor_ua") / 1000)


def leaking_w() -> float:
    """What the buffer takes where it leaks as much as it may: from the cells themselves, at their voltage."""
    return value("leak_ma") / 1000 * value("cells") * value("cell_v")


def breathing_w() -> float:
    """Four lights that breathe at the default brightness."""
    return LIGHTS * watts(value("light_ma")) * value("idle_share") / 100


def lights_j() -> float:
    """One tap's: the pressed face's, then all four."""
    return watts(value("light_ma")) * (value("answer_s") + LIGHTS * value("thanks_s"))


@dataclass(frozen=True)
class Mode:
    """A way of running: ``rest_w`` when nobody presses and nothing is sent; ``tap_j`` and ``upload_j`` on top of it."""

    name: str
    rest_w: float
    tap_j: float
    upload_j: float

    def day_j(self, taps: float, uploads: float) -> float:
        return DAY_S * self.rest_w + taps * self.tap_j + uploads * self.upload_j

    def mean_w(self, taps: float, uploads: float) -> float:
        return self.day_j(taps, uploads) / DAY_S

    def days(self, taps: float, uploads: float) -> float:
        """On the battery of the figures; ``taps`` and ``uploads`` a day."""
        return battery_j() / self.day_j(taps, uploads)


def today() -> Mode:
    """Today's firmware: the radio stays joined without power save, the lights breathe, the processor waits."""
    return Mode("today", watts(value("idle_ma") + value("radio_ma")) + supervisor_w() + breathing_w(), lights_j(), 0)


def saving() -> Mode:
    """The same with dark lights, a setting, and the radio's own power save: one line of firmware/board/wifi.py."""
    return Mode(
        "radio saves, lights dark", watts(value("idle_ma") + value("radio_saving_ma")) + supervisor_w(), lights_j(), 0
    )


def asleep(sleep_ma: float | None = None, more_w: float = 0.0) -> Mode:
    """What a battery needs: asleep but for presses, no radio but for uploads; ``more_w`` on top, all the time."""
    rest_ma = value("sleep_ma") if sleep_ma is None else sleep_ma
    awake = watts(value("busy_ma") - rest_ma)
    tap_j = awake * value("tap_s") + lights_j()
    upload_j = (awake + watts(value("radio_ma"))) * value("upload_s")
    return Mode("asleep between presses", watts(rest_ma) + supervisor_w() + more_w, tap_j, upload_j)


def battery_j() -> float:
    charge_ah = value("cell_ah") * value("usable") / 100
    return value("cells") * value("cell_v") * charge_ah * 3600


def year_kwh() -> float:
    """What today's firmware takes from USB in a year of 365 days, at 100 taps a day."""
    return today().day_j(100, 0) * 365 / 3.6e6


def table(taps: tuple[int, ...], intervals_h: tuple[float, ...]) -> list[str]:
    """Rows of README.md: days of the mode that sleeps, by taps a day and hours between uploads."""
    mode = asleep()
    return [
        f"| {count} | " + " | ".join(f"{mode.days(count, 24 / hours):.0f}" for hours in intervals_h) + " |"
        for count in taps
    ]


def modes() -> list[str]:
    """Rows of README.md: each mode at 100 taps a day, uploads hourly where it sleeps."""
    slept = [asleep(), asleep(more_w=leaking_w()), asleep(value("dormant_ma"))]
    shown = [(today(), 0), (saving(), 0), *((mode, 24) for mode in slept)]
    return [
        f"| {mode.mean_w(100, uploads) * 1000:.1f} mW | {mode.mean_w(100, uploads) / watts(1):.1f} mA | "
        f"{mode.days(100, uploads):.1f} |"
        for mode, uploads in shown
    ]
