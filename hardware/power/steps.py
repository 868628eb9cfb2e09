"""The steps that make what lies in this folder; hardware/README.md says how one is written."""

from hardware.step import Step

STEPS: tuple[Step, ...] = ()
