"""The tests, as one package, so that both interpreters import shared parts as ``tests.kiosk.desk``."""
