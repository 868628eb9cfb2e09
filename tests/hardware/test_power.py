"""The page about power says what the figures give, and the figures say what the firmware does."""

import re

import pytest
from kiosk import lights

from hardware.electronics.kinds import KINDS
from hardware.electronics.parts import PARTS
from hardware.power import budget, figures, plot
from hardware.step import ROOT

PAGE = (ROOT / "hardware/power/README.md").read_text(encoding="utf-8")


def shown(heading):
    """The cells of the table under a line that begins so, without head and rule."""
    rows = PAGE.split(heading, 1)[1].split("\n\n")[1].splitlines()
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def test_the_table_of_figures_is_what_the_figures_say():
    assert [row for row in PAGE.splitlines() if row in set(figures.rows())] == figures.rows()


@pytest.mark.parametrize("name", figures.FIGURES)
def test_every_figure_has_a_kind_and_a_source(name):
    figure = figures.FIGURES[name]
    assert figure.kind in figures.KINDS
    assert figure.source
    assert figure.value > 0


def test_the_table_of_days_is_computed():
    at = budget.asleep()
    for taps, *days in shown("Days on three AA cells with firmware that sleeps and a buffer that leaks nothing"):
        for hours, said in zip((0.25, 1, 6, 24), days, strict=True):
            # by hand: what the cells hold, over what a day takes
            day_j = 86400 * at.rest_w + int(taps) * at.tap_j + 24 / hours * at.upload_j
            assert int(said) == round(budget.battery_j() / day_j)


def test_the_ways_of_running_are_computed():
    rows = shown("At 100 taps a day, from 5 V.")
    assert [f"| {' | '.join(row[1:4])} |" for row in rows] == budget.modes()
    assert all(len(row) == 7 for row in rows)
    assert "| current, seen | days, seen | board, meter, date |" in PAGE  # for whoever measures


def test_the_sentences_are_computed():
    at = budget.asleep()
    assert f"{budget.today().mean_w(100, 0) * 1000:.0f} mW on average, {budget.year_kwh():.1f} kWh a year" in PAGE
    assert f"about\n{budget.today().days(100, 0) * 24:.0f} hours" in PAGE
    assert f"A tap costs {at.tap_j:.2f} J, an upload {at.upload_j:.1f} J" in PAGE
    assert f"as\nmuch as {at.upload_j / at.tap_j:.0f} taps" in PAGE
    assert f"({at.rest_w * 1000:.2f} mW, {at.rest_w * 24000:.0f} mWh a day)" in PAGE
    assert f"divided by {budget.battery_j() / 3600:.2f} Wh" in PAGE


def test_what_the_buffer_may_leak_is_the_boxs_and_costs_the_days_that_are_said():
    cans = [part for part in PARTS if part.kind == "c15m"]
    farad, volt = (
        float(one.replace(",", "")) for one in re.search(r"([\d,]+) µF.* ([\d.]+) V", KINDS["c15m"].what).groups()
    )
    assert figures.value("leak_ma") == pytest.approx(len(cans) * 0.01 * farad / 1000 * volt)
    assert figures.value("leak_ma") > figures.value("sleep_ma")
    dry, leaky = (budget.asleep(more_w=more_w).days(100, 24) for more_w in (0.0, budget.leaking_w()))
    assert f"{leaky:.0f} days in place of {dry:.0f}" in PAGE
    assert 6 * 7 <= dry <= 7 * 7 and leaky == pytest.approx(3.5 * 7, abs=1)  # the weeks in the words for the plot


def test_a_day_is_worth_its_parts():
    mode = budget.Mode("any", rest_w=0.01, tap_j=0.5, upload_j=3)
    assert mode.day_j(100, 24) == pytest.approx(864 + 50 + 72)
    assert mode.days(100, 24) == pytest.approx(budget.battery_j() / 986)


def test_the_battery_is_three_cells():
    assert budget.battery_j() == pytest.approx(3 * 1.2 * 2.9 * 0.8 * 3600)


def test_the_lights_are_the_firmwares():
    assert figures.value("answer_s") == lights.ANSWER_MS / 1000
    assert figures.value("thanks_s") == lights.THANKS_MS / 1000


def test_the_breathing_is_the_firmwares():
    idle = lights.Lights(lambda face, percent: None, lambda spare_ms: True).idle_percent
    long_ms = sum(ms for ms, _ in lights.BREATH)
    mean = sum(ms * (share * idle * lights.IDLE_MOST // 10000) for ms, share in lights.BREATH) / long_ms
    assert figures.value("idle_share") == pytest.approx(mean, abs=0.05)


def test_the_radio_is_as_the_page_says():
    source = (ROOT / "firmware/board/wifi.py").read_text(encoding="utf-8")
    assert ("PM_NONE" in source) == ("`PM_NONE`" in PAGE)
    assert len([line for line in source.splitlines() if "PM_" in line]) == 1 and "with one line of the firmware" in PAGE
    assert not re.search("lightsleep|deepsleep", source)


def test_the_plot_shows_the_days_that_are_computed():
    for taps, _, _ in plot.LINES:
        last = plot.curve(budget.asleep(), taps).rsplit("L", 1)[1].split()
        assert float(last[1]) == pytest.approx(plot.y_of(budget.asleep().days(taps, 1)), abs=0.01)


def test_no_line_leaves_the_plot():
    slept = [budget.asleep(), budget.asleep(more_w=budget.leaking_w()), budget.asleep(figures.value("dormant_ma"))]
    assert max(mode.days(taps, 1) for mode in slept for taps, _, _ in plot.LINES[1:]) < plot.MOST_DAYS


def test_bring_up_expects_the_current_that_is_computed():
    page = (ROOT / "hardware/bring-up.md").read_text(encoding="utf-8")
    assert f"{budget.today().mean_w(100, 0) / budget.watts(1):.1f} mA on average" in page
