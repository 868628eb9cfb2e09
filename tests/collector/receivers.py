"""The receivers of a collector: the processes that hold its connection to the broker."""

import subprocess


def receivers_of(pid):
    """Process ids of the receivers that a process started and that still run."""
    command = ["pgrep", "-P", str(pid), "-f", "collector.connection.receiver"]
    found = subprocess.run(command, capture_output=True, text=True)
    return [int(line) for line in found.stdout.split()]
