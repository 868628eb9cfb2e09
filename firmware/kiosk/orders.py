"""What a collector may ask of a kiosk: its configuration, and commands that expire."""

from wire import codec
from wire.rejected import Rejected

CONFIG_FILE = "config.kept"
_SEEN = 8  # command ids remembered, since QoS 1 may deliver twice
_TIMELESS = ("identify", "resend")  # harmless when late, so a kiosk that does not know the time obeys them too
_NOT_YET = "not obeyed"  # what an answer begins with, Firmware's too, when the same command may be obeyed later on


class Orders:
    """``taps``, ``lights``, ``uplink``, ``report`` and ``firmware`` are what orders change; ``reboot()`` restarts."""

    def __init__(self, files, taps, lights, uplink, report, firmware, reboot):
        self.files = files
        self.taps = taps
        self.lights = lights
        self.uplink = uplink
        self.report = report
        self.firmware = firmware
        self.reboot = reboot
        self.config_version = 0  # none yet
        self._seen = []

    def recall(self):
        """Takes the configuration that was kept on flash, if it can be read."""
        try:
            found = codec.decode("config", self.files.read(CONFIG_FILE))
        except OSError:
            return
        if not isinstance(found, Rejected):
            self._apply(found)

    def configure(self, config):
        """Takes a configuration and keeps it. The same version changes nothing; a restored store may tell a lower."""
        if config.version == self.config_version:
            return
        self._apply(config)
        try:
            self.files.write(CONFIG_FILE, codec.encode("config", config))
        except OSError:
            pass  # in force until the next boot, which asks for it again

    def obey(self, command, now_ms, utc_ms):
        """Does what a command says, once, and not after its expiry. Returns a word for the log."""
        if command.id in self._seen:
            return "seen before"
        if utc_ms is None and command.action not in _TIMELESS:
            return _NOT_YET + ": the time is not known"
        said = self._do(command, now_ms) if utc_ms is None or utc_ms <= command.expires_ms else "expired"
        if not said.startswith(_NOT_YET):
            self._seen = self._seen[1 - _SEEN :] + [command.id]
        return said

    def _do(self, command, now_ms):
        if command.action == "identify":
            self.lights.identify(command.seconds, now_ms)
        elif command.action == "resend":
            self.uplink.resend(command.journal, command.seq)
        elif command.action == "test":
            self.taps.test_until_ms = now_ms + command.seconds * 1000 if command.on else None
            self.report.soon(now_ms)
        elif command.action == "update":
            self.report.soon(now_ms)
            return self.firmware.order(command.version, command.size, now_ms)
        elif command.action == "reboot":
            self.reboot()
        else:
            return "not known to this firmware"
        return "done"

    def _apply(self, config):
        self.config_version = config.version
        self.lights.idle_percent = config.idle_light
        self.report.every_s = config.health_s
