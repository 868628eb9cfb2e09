"""A kiosk's own file: a wrong field is named, a secret is never shown."""

from kiosk import setup

SECRET = "4f9a02c1e7b84d5590aa"
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


def right(**changes):
    found = {"kiosk": "lobby-1", "secret": SECRET, "host": "broker.example", "port": 1883, "tls": False, "ca": None}
    found.update(changes)
    return found


def refusal(found):
    """The sentence, or None when the file was taken."""
    try:
        setup.read(found)
    except setup.SetupError as e:
        return e.args[0]
    return None


def test_a_right_file_is_taken_as_it_is():
    mine = setup.read(right(port=2883, tls=True, ca=PEM, flash="board's own", wifi={"ssid": "x"}))
    assert mine == ("lobby-1", SECRET, "broker.example", 2883, True, PEM, None)


def test_what_may_be_left_out_has_the_usual_value():
    short = {"kiosk": "k", "secret": "s", "host": "h"}
    assert setup.read(dict(short)) == ("k", "s", "h", 1883, False, None, None)
    short.update({"tls": True, "ca": PEM})
    assert setup.read(dict(short)).port == 8883


def test_every_missing_field_is_named_with_what_would_be_right():
    for field in ("kiosk", "secret", "host"):
        found = right()
        del found[field]
        said = refusal(found)
        assert "config.json has no " + field in said and "it must be" in said, said


def test_every_wrong_field_is_named_with_what_would_be_right():
    wrong = (
        ("kiosk", ("", "-a", "a-", "Lobby", "lobby 1", "a/b", "+", "a" * 33, 7, None, ["a"])),
        ("secret", ("", "s" * 129, 7, None, True)),
        ("host", ("", "two words", "h" * 254, 7, None)),
        ("port", (0, -1, 65536, "1883", 18.5, None, True, False)),
        ("tls", (0, 1, "yes", None)),
    )
    for field, values in wrong:
        for value in values:
            said = refusal(right(**{field: value}))
            assert said and "config.json: " + field + " is " in said and "; it must be " in said, (field, value, said)


def test_tls_without_an_authoritys_certificate_is_refused_by_name():
    for ca in (None, "", "certs/ca.pem", 5):
        said = refusal(right(tls=True, ca=ca))
        assert "config.json: ca is " in said and "PEM" in said, said


def test_a_wrong_secret_is_never_shown():
    long = SECRET * 7
    said = refusal(right(secret=long))
    assert SECRET not in said and "of 140 characters" in said
    for wrong in ("kiosk", "host", "port", "tls"):
        assert SECRET not in refusal(right(**{wrong: None}))


def test_a_secret_that_is_not_text_is_not_shown_either():
    for secret in ([SECRET], {"value": SECRET}, 40912340912):
        said = refusal(right(secret=secret))
        assert SECRET not in said and "40912340912" not in said, said


def test_a_file_that_is_not_an_object_is_refused():
    for found in ([], "text", 5, None, True):
        assert "one object" in refusal(found)


def test_an_update_key_is_64_hex_digits_and_never_shown():
    assert setup.read(right(update_key="0a" * 32)).update_key == "0a" * 32
    assert setup.read(right(update_key=None)).update_key is None
    for wrong in ("0a" * 31, "0A" * 32, "xy" * 32, 7):
        said = refusal(right(update_key=wrong))
        assert "update_key" in said and "64 hex digits" in said and "xy" not in said, said
