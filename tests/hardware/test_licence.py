"""The licence of the hardware is CERN's, word for word."""

import hashlib
import re

from hardware.step import ROOT

# Of the words, one space between two: as in SPDX's list of licences (npm's spdx-license-list 6.12.0), and the same in
# ScanCode's (licensedcode-data 32.1.0)
WORDS = "c1a64d226f82d2dc0769b74bccb20ab01053aaed19faacb3aa17a7bfab6cdd25"


def test_the_licence_is_word_for_word_the_published_one():
    text = (ROOT / "LICENSES/CERN-OHL-P-2.0.txt").read_text(encoding="utf-8")
    assert hashlib.sha256(" ".join(text.split()).encode()).hexdigest() == WORDS


def test_every_page_that_names_the_licence_of_hardware_names_this_one():
    for page in ("README.md", "hardware/README.md"):
        said = re.findall(r"CERN-OHL-[A-Z]-[\d.]*\d", (ROOT / page).read_text(encoding="utf-8"))
        assert said and set(said) == {"CERN-OHL-P-2.0"}, page
