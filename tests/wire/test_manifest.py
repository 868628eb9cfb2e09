"""The text that says what an update consists of, on both interpreters."""

from wire import manifest

KEY = bytes(range(32))
DIGEST = "ab" * 32
ENTRIES = (("kiosk/journal.mpy", 2000, DIGEST), ("main.py", 10, DIGEST))


def refused(body):
    try:
        manifest.read_body(body)
    except manifest.ManifestError as e:
        return e.args[0]
    raise AssertionError("accepted %r" % body)


def test_hmac_of_rfc_4231():
    cases = (
        (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        (b"Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        (
            b"\xaa" * 131,
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
    )
    for key, message, wanted in cases:
        assert manifest.hmac_hex(key, message) == wanted


def test_what_is_built_reads_back_and_is_signed():
    data = manifest.build("0.1.0+0123abcd", ENTRIES, KEY)
    found = manifest.parse(data)
    assert found.version == "0.1.0+0123abcd"
    assert found.entries == ENTRIES
    assert manifest.is_signed(data, KEY)


def test_another_key_or_a_changed_byte_is_not_signed():
    data = manifest.build("1", ENTRIES, KEY)
    assert not manifest.is_signed(data, KEY[:-1] + b"x")
    for at in range(65, len(data)):
        assert not manifest.is_signed(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :], KEY)


def test_unsigned_is_signed_with_no_key():
    data = manifest.build("1", ENTRIES, None)
    assert manifest.parse(data).version == "1"
    assert not manifest.is_signed(data, KEY)


def test_each_kiosk_has_its_own_key():
    assert len(manifest.kiosk_key(KEY, "entrance")) == 64
    assert manifest.kiosk_key(KEY, "entrance") != manifest.kiosk_key(KEY, "exit")


def test_a_path_stays_inside_its_slot():
    for path in ("/main.py", "../main.py", "a/b/c", "a//b", ".x", "a/.x", "", "a/", "manifest", "why", "A", "a" * 65):
        assert not manifest.is_path(path), path
    for path in ("main.py", "kiosk/on_cpython.mpy"):
        assert manifest.is_path(path), path


def test_a_wrong_line_is_named():
    head = b"hymio 1 1\nmain.py 1 " + DIGEST.encode() + b"\n"
    assert "newline" in refused(head[:-1])
    assert "begin with" in refused(b"hymio 2 1\n")
    assert "begin with" in refused(b"hymio 1 \n")
    assert "end with main.py" in refused(b"hymio 1 1\n")
    assert "twice" in refused(head + b"main.py 1 " + DIGEST.encode() + b"\n")
    for line in (b"x", b"x 01 " + DIGEST.encode(), b"x -1 " + DIGEST.encode(), b"x 1 ab", b"../x 1 " + DIGEST.encode()):
        assert "wrong line" in refused(head + line + b"\n")


def test_no_signature_line_is_refused():
    data = manifest.build("1", ENTRIES, KEY)
    for wrong in (b"", data[:64], b"g" + data[1:], data[1:], data + bytes(manifest.MAX_BYTES)):
        try:
            manifest.parse(wrong)
        except manifest.ManifestError:
            continue
        raise AssertionError(wrong[:70])
