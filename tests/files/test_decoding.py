"""Decoding and encoding texts gives the same bytes; the message if it cannot."""

import codecs
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.errors import ConfigError, InputError
from dedup.files.decoding import TextFormat

LATIN = "Überall »naïve« Façades.\r\nZweite Zeile\tetc.\n"
EAST = "日本語のテキスト、ｶﾅ。\n二行目\n"
ANY = LATIN + EAST + "Ω Ж א ก 한 😀\u2028\n"

CASES = [
    ("utf-8", ANY, b""),
    ("utf-8", ANY, codecs.BOM_UTF8),
    ("UTF8", ANY, b""),
    ("utf-8-sig", ANY, codecs.BOM_UTF8),
    ("utf-8-sig", ANY, b""),
    ("utf-16-le", ANY, b""),
    ("utf-16-be", ANY, b""),
    ("utf-32-le", ANY, codecs.BOM_UTF32_LE),
    ("utf-7", ANY, b""),
    ("latin-1", LATIN, b""),
    ("cp1252", LATIN + "“€”", b""),
    ("cp437", "Über naïve ░▒▓\n", b""),
    ("koi8-r", "Ёлка и чай\n", b""),
    ("mac-roman", LATIN, b""),
    ("shift_jis", EAST, b""),
    ("euc-jp", EAST, b""),
    ("iso2022_jp", "日本語\nabc\n", b""),
    ("euc-kr", "한국어 문장\n", b""),
    ("big5", "中文文字\n", b""),
    ("gb18030", ANY, b""),
]
MARKED = [
    ("utf-16", "utf-16-le", codecs.BOM_UTF16_LE),
    ("utf-16", "utf-16-be", codecs.BOM_UTF16_BE),
    ("utf-32", "utf-32-le", codecs.BOM_UTF32_LE),
    ("utf-32", "utf-32-be", codecs.BOM_UTF32_BE),
]
ENCODINGS = ["utf-8", "utf-8-sig", "ascii", "latin-1", "cp1252", "shift_jis", "gb18030", "euc-kr"]


def message(data: bytes, encoding: str = "utf-8", name: str = "f.txt") -> str:
    """Return the message that refuses these bytes, checked for being one line."""
    with pytest.raises(InputError) as caught:
        TextFormat(encoding).decode(data, name)
    said = str(caught.value)
    assert said.startswith(f"{name}: ") and "\n" not in said
    return said


@pytest.mark.parametrize(("encoding", "text", "mark"), CASES)
def test_encoding_a_decoded_text_gives_the_same_bytes(
    encoding: str, text: str, mark: bytes
) -> None:
    plain = "utf-8" if encoding == "utf-8-sig" else encoding
    data = mark + text.encode(plain)
    read = TextFormat(encoding).decode(data, "f")
    assert read.encode() == data
    assert read.text == "\ufeff" * bool(mark) + text
    assert read.encode(text[3:]) == text[3:].encode(plain)


@pytest.mark.parametrize(("encoding", "variant", "mark"), MARKED)
def test_a_byte_order_mark_chooses_the_order_and_stays(
    encoding: str, variant: str, mark: bytes
) -> None:
    data = mark + ANY.encode(variant)
    read = TextFormat(encoding).decode(data, "f")
    assert (read.text, read.encoding) == ("\ufeff" + ANY, variant)
    assert read.encode() == data
    # A shorter text with the mark in it is written in the same order, with one mark.
    assert read.encode("\ufeffab") == mark + "ab".encode(variant)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_without_a_byte_order_mark_the_order_is_little_endian(encoding: str) -> None:
    data = ANY.encode(encoding + "-le")
    read = TextFormat(encoding).decode(data, "f")
    assert (read.text, read.encode()) == (ANY, data)


@pytest.mark.parametrize("encoding", [*ENCODINGS, "utf-16", "utf-32"])
def test_an_empty_file_stays_empty(encoding: str) -> None:
    read = TextFormat(encoding).decode(b"", "f")
    assert (read.text, read.encode()) == ("", b"")


@given(data=st.binary().map(lambda data: data.replace(b"\0", b"\xff")))
def test_any_bytes_but_nul_are_carried_through_utf8(data: bytes) -> None:
    read = TextFormat("utf-8", "surrogateescape").decode(data, "f")
    assert read.encode() == data
    assert read.text == data.decode("utf-8", "surrogateescape")


@given(data=st.binary(), encoding=st.sampled_from(ENCODINGS))
def test_bytes_are_refused_or_come_back(data: bytes, encoding: str) -> None:
    for form in (TextFormat(encoding), TextFormat(encoding, "surrogateescape")):
        try:
            read = form.decode(data, "f")
        except InputError:
            continue
        assert read.encode() == data


@given(data=st.binary().map(lambda data: data.replace(b"\0", b"")))
def test_replaced_bytes_leave_valid_utf8(data: bytes) -> None:
    read = TextFormat("utf-8", "replace").decode(data, "f")
    assert read.text == data.decode("utf-8", "replace")
    assert read.encode() == read.text.encode()


@pytest.mark.parametrize(
    ("data", "encoding", "place"),
    [
        (b"\xff", "utf-8", "not valid utf-8 at byte 0 (line 1)"),
        (b"ab\ncd\n\xe4x", "utf-8", "not valid utf-8 at byte 6 (line 3)"),
        (b"cut short \xe6\x97", "utf-8", "not valid utf-8 at byte 10 (line 1)"),
        (b"\xed\xa0\x80", "utf-8", "not valid utf-8 at byte 0 (line 1)"),
        (b"\xc0\x8a", "utf-8", "not valid utf-8 at byte 0 (line 1)"),
        (b"a\n\x81", "cp1252", "not valid cp1252 at byte 2 (line 2)"),
        (b"a\xe9", "ascii", "not valid ascii at byte 1 (line 1)"),
        (b"\x81", "shift_jis", "not valid shift_jis at byte 0 (line 1)"),
        (b"a\0b", "utf-16", "not valid utf-16-le at byte 2 (line 1)"),
    ],
)
def test_invalid_bytes_are_refused_with_place_and_remedy(
    data: bytes, encoding: str, place: str
) -> None:
    said = message(data, encoding)
    assert f"f.txt: is {place}; " in said
    assert "encoding=" in said and 'errors="replace"' in said


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_utf16_is_recognized(mark: bytes) -> None:
    assert 'looks like UTF-16; read it with encoding="utf-16"' in message(mark + b"a\0")


@pytest.mark.parametrize(
    ("data", "encoding", "place"),
    [
        (b"abc\0def", "utf-8", " at byte 3"),
        (b"\0", "latin-1", " at byte 0"),
        (b"\x7fELF\x02\0\0\xff\xfe", "utf-8", " at byte 5"),
        ("a\0".encode("utf-16"), "utf-16", ""),
        ("a\0".encode("utf-32"), "utf-32", ""),
    ],
)
def test_a_binary_file_is_refused(data: bytes, encoding: str, place: str) -> None:
    said = message(data, encoding)
    other = "its" if encoding == "utf-8" else "another"
    assert said.startswith(f"f.txt: is not text but binary (NUL{place}); name a text file")
    assert said.endswith(f"{other} encoding=")


def test_text_that_does_not_encode_to_the_same_bytes_is_refused() -> None:
    said = message(b"+AGE-", "utf-7")  # the long way to write the letter a
    assert "as utf-7 does not give the same bytes; choose its encoding with encoding=" in said


@pytest.mark.parametrize("encoding", ["nope", "", "rot13", "hex", "undefined", "utf\0", "\udcff"])
def test_unknown_encodings_are_refused(encoding: str) -> None:
    with pytest.raises(ConfigError, match="encoding must be a text encoding") as caught:
        TextFormat(encoding)
    assert repr(encoding) in str(caught.value) and "\n" not in str(caught.value)


def test_an_unknown_treatment_of_errors_is_refused() -> None:
    with pytest.raises(ConfigError, match="strict, replace, surrogateescape, got 'ignore'"):
        TextFormat("utf-8", "ignore")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["Utf8", "UTF-8", "utf_8"])
def test_an_encoding_has_one_name(name: str) -> None:
    assert TextFormat(name) == TextFormat("utf-8")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32"])
def test_stray_bytes_of_utf16_are_refused(encoding: str) -> None:
    with pytest.raises(InputError):
        TextFormat(encoding, "surrogateescape").decode(b"\xff", "f")


def test_text_that_cannot_be_encoded_again_is_refused() -> None:
    assert "encoding=" in message(b"I\x1b\xff+", "iso2022_jp")


def test_a_written_out_nul_is_refused() -> None:
    assert "binary" in message(b"+AAA-", "utf-7")


def test_compressed_text_is_recognized() -> None:
    said = message(gzip.compress(b"a"))
    assert said == "f.txt: looks like gzip data; decompress it"


def test_utf32_is_recognized() -> None:
    assert 'encoding="utf-32"' in message("a".encode("utf-32"))
