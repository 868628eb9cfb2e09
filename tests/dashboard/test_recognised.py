"""What is remembered of right credentials."""

from dashboard.recognised import KEPT_MS, Recognised

ANNA = ("anna", "correct horse battery", "$hash")


def test_right_credentials_are_known_for_a_minute():
    recognised = Recognised()
    assert not recognised.knows(*ANNA, 1000)
    recognised.remember(*ANNA, 1000)
    assert recognised.knows(*ANNA, 1000)
    assert recognised.knows(*ANNA, 1000 + KEPT_MS - 1)
    assert not recognised.knows(*ANNA, 1000 + KEPT_MS)
    assert not recognised.knows(*ANNA, 999)  # the clock was set back


def test_another_name_password_or_stored_hash_is_not_known():
    recognised = Recognised()
    recognised.remember(*ANNA, 0)
    for other in (("ann", *ANNA[1:]), ("anna", "wrong", "$hash"), ("anna", ANNA[1], "$new"), ("annac", *ANNA[1:])):
        assert not recognised.knows(*other, 0)
    assert not recognised.knows("annacorrect", " horse battery", "$hash", 0)


def test_neither_name_nor_password_is_kept_and_what_is_old_goes():
    recognised = Recognised()
    recognised.remember(*ANNA, 0)
    assert all(b"horse" not in mark and b"anna" not in mark for mark in recognised._since_ms)
    recognised.remember("bertha", "another long one", "$hash", KEPT_MS)
    assert len(recognised._since_ms) == 1
