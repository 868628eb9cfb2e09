from wire import text


def refusal(payload):
    """``(reason, field, detail)`` of a text that is refused, None of one that is read."""
    try:
        text.read(payload)
    except text.Malformed as e:
        return e.args
    return None


def test_every_form_of_the_small_json_is_read():
    read = text.read(b' {"a" : [ 1 , -2, true,false,null ], "b":{} , "c" : [] ,"d":"x y"}\r\n')
    assert read == {"a": [1, -2, True, False, None], "b": {}, "c": [], "d": "x y"}


def test_the_longest_number_is_exact():
    assert text.read(b"9007199254740991") == 9007199254740991
    assert text.read(b"-9999999999999999") == -9999999999999999
    assert refusal(b"12345678901234567")[2] == "a number of 17 digits; at most 16"


def test_what_is_not_json_is_refused_with_the_byte_where_it_went_wrong():
    assert refusal(b"[1 2]") == ("not_json", "", "byte 3 is not a comma or a closing bracket")
    assert refusal(b'{"a":01}')[2] == "byte 5 is not a whole number without leading zeros"
    assert refusal(b"[1.5]")[2] == "byte 2 is not the end of a whole number (no floats on the wire)"


def test_floats_words_and_controls_are_refused():
    for payload in (b"1e3", b"NaN", b"Infinity", b"nul", b"tru", b"-", b"+1", b'"\x1f"', b'"\x7f"', b'"\\n"', b"\xff"):
        assert refusal(payload)[0] == "not_json", payload


def test_a_key_that_stands_twice_is_refused_by_name_at_any_depth():
    assert refusal(b'{"a":1,"a":1}')[:2] == ("duplicate_field", "a")
    assert refusal(b'[{"a":{"b":1,"b":2}}]')[:2] == ("duplicate_field", "b")
    assert refusal(b'{"' + b"k" * 99 + b'":1,"' + b"k" * 99 + b'":1}')[1] == "k" * 24


def test_four_levels_are_read_and_a_fifth_is_refused():
    assert text.read(b"[[[[1]]]]") == [[[[1]]]]
    assert refusal(b"[[[[[1]]]]]") == ("not_json", "", "nested deeper than 4")


def test_a_text_cut_anywhere_is_refused():
    whole = b'{"a":[1,{"b":"c"}],"d":true}'
    for end in range(len(whole)):
        assert refusal(whole[:end]) is not None, end


def test_what_is_written_is_read_back():
    for value in (None, True, False, 0, -7, 9007199254740991, "plain text", [], [1, [True, None], "x"]):
        assert text.read(text.write(value).encode()) == value
