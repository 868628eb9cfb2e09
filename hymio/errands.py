"""What the terminal says of orders to kiosks, of firmware on offer, and of sums held against taps."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from collector.answers.orders import Order, Outcome
from collector.answers.release import Release
from collector.care.proof import Proof
from collector.care.rebuild import Change
from collector.care.retention import Pruned
from collector.care.sealing import Coarsened
from collector.care.transfer import Contents
from collector.care.verification import Difference, Report
from collector.care.workplace import Left
from collector.database.tables import UNDATED
from collector.verdict.policy import Verdict

VERDICTS = {
    Verdict.COUNTED: "counted",
    Verdict.INTERVAL: "within the response interval",
    Verdict.TEST: "in test mode",
    Verdict.UNPLACED: "not placed",
    Verdict.UNREADABLE: "unreadable",
    Verdict.BURST: "in a burst",
    Verdict.CLOSED: "outside the opening hours",
}
_WHAT = {"identify": "blink", "reboot": "restart"}


def what(order: Order) -> str:
    """What was asked, after the kiosk's name: ``lobby-1: blink``."""
    if order.action == "update":
        return f"{order.kiosk}: update to {order.version}"
    if order.action == "test" and order.turned_on:
        return f"{order.kiosk}: test mode on for {(order.seconds or 0) // 60} min"
    if order.action == "test":
        return f"{order.kiosk}: test mode off"
    return f"{order.kiosk}: {_WHAT[order.action]}"


def became(order: Order) -> str:
    """What became of it so far."""
    if order.outcome == Outcome.DONE:
        return "done"
    if order.outcome == Outcome.FAILED:
        return f"failed: {order.reason}"
    if order.outcome == Outcome.REPLACED:
        return "replaced by a later order"
    if order.outcome == Outcome.WITHDRAWN:
        return "ended: the version was withdrawn"
    if order.outcome == Outcome.EXPIRED:
        if order.sent_utc_ms is None:
            return "not sent: the kiosk was not heard of in time"
        return "sent; a kiosk does not confirm it" if order.action == "identify" else "sent, and not confirmed in time"
    if order.begun:
        return "under way"
    return "waits until the kiosk is heard of" if order.sent_utc_ms is None else f"sent at {clock(order.sent_utc_ms)}"


def queued(order: Order) -> str:
    """What is said when it was queued."""
    until = clock(order.expires_utc_ms)
    return (
        f"queued for kiosk {what(order)}. The running service sends it when the kiosk is there, until {until}.\n"
        f"`hymio kiosk orders {order.kiosk}` and the page /kiosks tell what became of it."
    )


def listed(order: Order) -> str:
    """One line of ``hymio kiosk orders``."""
    return f"{clock(order.queued_utc_ms)}  {what(order)}  {became(order)}"


def offered(release: Release) -> str:
    """One line of ``hymio firmware list``."""
    return f"{release.version}  offered {clock(release.offered_utc_ms)}, {release.files} files, {release.size} bytes"


def differs(difference: Difference) -> str:
    """One line of ``hymio verify``."""
    return f"{difference.where}: {difference.what} is {difference.stands}, the taps say {difference.taps_say}"


def verified(report: Report) -> str:
    """The last line of ``hymio verify``."""
    looked_at = f"{report.taps} taps in {report.journals} journals"
    if not report.differences:
        return f"{looked_at}: every sum agrees, every verdict is what its rules say, every seq is accounted for"
    more = report.differ - len(report.differences)
    return f"{looked_at}: {report.differ} figures differ" + (f"; {more} of them are not listed" if more else "")


def backed_up(copy: Path, proof: Proof, drilled: bool) -> str:
    """What is said of a backup that was made."""
    whole = f"{copy}: {proof.taps} taps, {proof.size} bytes, SHA-256 {proof.sha256[:16]}…; its proof is beside it."
    return whole + (" It was restored into a place of its own and read again." if drilled else "")


def cleared(left: Left) -> str:
    """What is said of what a run that was killed had left."""
    return f"Removed {left.where} ({left.size} bytes): a backup or restore that was killed had left it."


def pruned(one: Pruned, keep_days: int) -> str:
    """What is said of a backup that made room."""
    return f"Removed {one.copy} of {clock(one.made_utc_ms)} ({one.size} bytes): older than {keep_days} days."


def restored(proof: Proof) -> str:
    """What is said of a store that was restored."""
    since = clock(proof.made_utc_ms)
    return (
        f"{proof.taps} taps, as they were at {since}; every table has its rows. Kiosks send again what came later, as "
        "far as they still have it, once the service runs.\n"
        f"Whatever was added, renewed, retired, moved or set since {since} must be done again, best before the service "
        "starts (docs/care.md has the steps):\n"
        "- a kiosk that was retired since is let in again, a stolen one too: `hymio kiosk retire`\n"
        "- one whose secret was renewed has its old one again: `hymio kiosk renew`, then flash it\n"
        "- one that was added is not known: `hymio kiosk add` under the same name, then flash it\n"
        "- so with collectors' accounts at a Mosquitto (`hymio broker config`), units, points, placements, questions, "
        "hours, rules, firmware on offer, and the administrator's password"
    )


def migrated(tables: Mapping[str, Contents], to: str) -> str:
    """What is said of a store that was copied into another. ``to``: its address, without a password."""
    rows = sum(contents.rows for contents in tables.values())
    return (
        f"{rows} rows in {len(tables)} tables, {tables['tap'].rows} taps among them, are in {to}; each table was read "
        "there again and is what it was.\nGive the setting database this address and start hymio: kiosks deliver what "
        "they kept meanwhile. The old store was not changed; keep it until the next backup."
    )


def rebuilt(change: Change, slugs: Mapping[int, str]) -> Iterator[str]:
    """What is said of a rebuild: a line a service point and day on which other taps are counted or set aside now."""
    for (point, day), verdicts in sorted(change.days.items(), key=str):
        more = [f"{taps:+d} {VERDICTS[verdict]}" for verdict, taps in sorted(verdicts.items()) if taps]
        if more:
            when = "in no day" if day == UNDATED else str(day)
            yield f"{slugs.get(point, point)}, {when}: {', '.join(more)}"
    for (was, now), taps in sorted(change.verdicts.items()):
        yield f"{taps} taps: {VERDICTS[was]} before, {VERDICTS[now]} now"
    yield f"{change.taps} taps looked at, {change.changed} changed"
    if change.sealed:
        yield f"{change.sealed} older taps left as they are: they gave up their exact times, their verdicts are sealed"


def coarsened(done: Coarsened, exact_days: int) -> str:
    """What is said of exact times that were given up."""
    others = done.rows - done.taps
    rows = "row" if others == 1 else "rows"
    what = f"{done.taps} taps of more than {exact_days} days ago now have the quarter of an hour for a time"
    whole = f"{what}; so have {others} {rows} of conflicts, holes and quarantine." if others else f"{what}."
    return whole + ("" if done.clean else " The database's log still holds what was read meanwhile; run it once more.")


def clock(utc_ms: int) -> str:
    """A time in this computer's time zone."""
    return datetime.fromtimestamp(utc_ms / 1000).astimezone().strftime("%Y-%m-%d %H:%M")
