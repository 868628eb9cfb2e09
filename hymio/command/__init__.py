"""The command ``hymio``. Each command is a thin layer: settings, one call, one answer in plain words."""

import typer

from hymio.command import broker, care, doctor, firmware, kiosks, places, rules, running

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Open smiley feedback."
)
for name, command in (
    ("serve", running.serve),
    ("collect", running.collect),
    ("demo", running.demo),
    ("flash", running.flash),
    ("doctor", doctor.doctor),
    ("verify", care.verify),
    ("rebuild", care.rebuild_days),
    ("coarsen", care.coarsen),
    ("backup", care.back_up),
    ("restore", care.restore),
    ("migrate", care.migrate),
):
    app.command(name)(command)
for name, group in (
    ("unit", places.unit_app),
    ("point", places.point_app),
    ("kiosk", kiosks.kiosk_app),
    ("rules", rules.rules_app),
    ("firmware", firmware.firmware_app),
    ("broker", broker.broker_app),
    ("admin", places.admin_app),
):
    app.add_typer(group, name=name)
