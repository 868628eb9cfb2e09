"""What is said of those who are refused, and how often."""

from collector.broker.remarks import EVERY_S, MOST_CLIENTS, Remarks


def test_a_client_that_repeats_itself_gets_a_line_a_minute_with_the_count_of_those_left_out():
    lines = []
    remarks = Remarks(lines.append)
    for n in range(4):
        remarks.add("publish", "lobby-1", "no", n)
    assert lines == ["no"]
    remarks.add("publish", "lobby-1", "no", EVERY_S)
    remarks.add("publish", "lobby-1", "no", 2 * EVERY_S)
    assert lines == ["no", "no (3 more like this were left out)", "no"]
    assert remarks.counts == {"publish": 6}


def test_another_client_and_another_kind_have_lines_of_their_own():
    lines = []
    remarks = Remarks(lines.append)
    for kind, client in (("publish", "lobby-1"), ("publish", "lobby-2"), ("slow", "lobby-1")):
        remarks.add(kind, client, f"{kind} {client}", 0)
    assert lines == ["publish lobby-1", "publish lobby-2", "slow lobby-1"]


def test_the_client_that_was_quiet_longest_is_forgotten_first():
    lines = []
    remarks = Remarks(lines.append)
    for n in range(MOST_CLIENTS + 1):
        remarks.add("account", f"10.0.0.{n}", "no", 0)
    lines.clear()
    remarks.add("account", f"10.0.0.{MOST_CLIENTS}", "no", 1)
    assert lines == []
    remarks.add("account", "10.0.0.0", "no", 1)
    assert lines == ["no"]
