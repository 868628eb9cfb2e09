"""The site's key for updates: made once, for its owner's eyes, and one key a kiosk from it."""

import hashlib
import hmac
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from collector.answers.update_key import UpdateKey, UpdateKeyError


def test_a_kiosks_key_is_the_hmac_of_its_name_with_the_bytes_in_the_file(tmp_path):
    path = tmp_path / "update.key"
    path.write_bytes(bytes(range(32)))
    expected = hmac.new(bytes(range(32)), b"hymio update lobby-1", hashlib.sha256).hexdigest()
    assert UpdateKey(path).of("lobby-1") == expected
    assert UpdateKey(path).of("lobby-2") != expected


def test_the_file_is_made_when_it_is_first_needed_readable_by_its_owner_only_and_stays(tmp_path):
    path = tmp_path / "deep" / "update.key"
    key = UpdateKey(path)
    assert not path.exists()
    first = key.of("lobby-1")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.stat().st_size == 32
    assert UpdateKey(path).of("lobby-1") == first
    assert [each.name for each in path.parent.iterdir()] == ["update.key"]


def test_whoever_makes_it_at_the_same_moment_gets_the_same_key(tmp_path):
    with ThreadPoolExecutor(8) as many:
        keys = list(many.map(lambda _: UpdateKey(tmp_path / "update.key").of("lobby-1"), range(32)))
    assert len(set(keys)) == 1


def test_a_file_of_another_length_is_named_and_left_as_it_is(tmp_path):
    path = tmp_path / "update.key"
    path.write_bytes(b"short")
    with pytest.raises(UpdateKeyError, match=r"update\.key has 5 bytes"):
        UpdateKey(path).of("lobby-1")
    assert path.read_bytes() == b"short"


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UpdateKeyError, match=r"file.update\.key cannot be used"):
        UpdateKey(tmp_path / "file" / "update.key").of("lobby-1")
