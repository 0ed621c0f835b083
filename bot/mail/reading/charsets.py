"""Bytes and the charset they claim go in; text comes out, never an error, with a word on what was wrong."""

import re

from bot.mail.reading.japanese import japanese

# The labels of the WHATWG Encoding Standard, and what mail says besides, without their punctuation. Only these reach a
# codec: a sender could otherwise choose "idna" (quadratic) or "unicode_escape".
_CODECS = {
    "utf-8": "utf8 unicode11utf8 unicode20utf8 xunicode20utf8 utf8mb4 unicode",
    "cp1252": (
        "windows1252 cp1252 xcp1252 win1252 iso88591 iso885911987 isoir100 latin1 l1 cp819 ibm819 csisolatin1 ansi"
    ),
    "cp1250": "windows1250 cp1250 xcp1250 win1250",
    "cp1251": "windows1251 cp1251 xcp1251 win1251",
    "cp1253": "windows1253 cp1253 xcp1253",
    "cp1254": "windows1254 cp1254 xcp1254 iso88599 iso885991989 isoir148 latin5 l5 csisolatin5",
    "cp1255": "windows1255 cp1255 xcp1255",
    "cp1256": "windows1256 cp1256 xcp1256",
    "cp1257": "windows1257 cp1257 xcp1257",
    "cp1258": "windows1258 cp1258 xcp1258",
    "iso8859-2": "iso88592 iso885921987 isoir101 latin2 l2 csisolatin2",
    "iso8859-3": "iso88593 iso885931988 isoir109 latin3 l3 csisolatin3",
    "iso8859-4": "iso88594 iso885941988 isoir110 latin4 l4 csisolatin4",
    "iso8859-5": "iso88595 iso885951988 isoir144 cyrillic csisolatincyrillic",
    "iso8859-6": "iso88596 iso885961987 isoir127 arabic ecma114 asmo708 iso88596e iso88596i csisolatinarabic",
    "iso8859-7": "iso88597 iso885971987 isoir126 greek greek8 ecma118 elot928 suneugreek csisolatingreek",
    "iso8859-8": "iso88598 iso885981988 isoir138 hebrew visual logical iso88598e iso88598i csisolatinhebrew",
    "iso8859-10": "iso885910 isoir157 latin6 l6 csisolatin6",
    "iso8859-13": "iso885913 latin7",
    "iso8859-14": "iso885914 latin8",
    "iso8859-15": "iso885915 latin9 l9 csisolatin9",
    "iso8859-16": "iso885916 latin10",
    "koi8-r": "koi8r koi koi8 cskoi8r",
    "koi8-u": "koi8u koi8ru",
    "mac-roman": "macintosh mac xmacroman csmacintosh",
    "mac-cyrillic": "xmaccyrillic xmacukrainian",
    "cp874": "windows874 cp874 dos874 iso885911 tis620",
    "kz1048": "kz1048 strk10482002 rk1048",
    "ptcp154": "ptcp154 cp154 cyrillicasian",
    "koi8-t": "koi8t",
    "cp852": "ibm852 cp852 852",
    "cp866": "ibm866 cp866 866 csibm866",
    "cp437": "ibm437 cp437 437",
    "cp850": "ibm850 cp850 850",
    "gb18030": "gb18030 gbk xgbk gb2312 gb231280 csgb2312 csiso58gb231280 chinese isoir58 cp936 euccn",
    "hz": "hz hzgb2312",
    "big5hkscs": "big5 big5hkscs cnbig5 csbig5 xxbig5 cp950",
    "euc_jp": "eucjp xeucjp cseucpkdfmtjapanese",
    "iso2022_jp_ext": "iso2022jp csiso2022jp iso2022jp1 iso2022jp2 iso2022jpms",
    "cp932": "shiftjis sjis xsjis mskanji ms932 csshiftjis windows31j cp932",
    "cp949": "euckr cseuckr ksc56011987 ksc56011989 ksc5601 kscks56011987 isoir149 korean windows949 cp949 uhc",
    "iso2022_kr": "iso2022kr csiso2022kr",
    "utf-16": "utf16 ucs2 iso10646ucs2",
    "utf-16-le": "utf16le unicodefffe",
    "utf-16-be": "utf16be unicodefeff",
    "utf-7": "utf7 unicode11utf7",
}
_BY_LABEL = {label: codec for codec, labels in _CODECS.items() for label in labels.split()}
# What these claim is not believed beyond ASCII.
_NO_CLAIM = frozenset(
    [
        "usascii",
        "ascii",
        "ansix341968",
        "iso646us",
        "unknown8bit",
        "xunknown",
        "unknown",
        "binary",
        "8bit",
        "7bit",
        "default",
    ]
)
# No letter holds control characters of these: it was written in the Windows code page that differs in them.
_WINDOWS_FOR = {
    "iso8859-2": "cp1250",
    "iso8859-4": "cp1257",
    "iso8859-5": "cp1251",
    "iso8859-7": "cp1253",
    "iso8859-13": "cp1257",
    "iso8859-15": "cp1252",
}
_CONTROLS = re.compile(rb"[\x80-\x9f]")
_UNICODE = frozenset(["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
_JAPANESE = "iso2022_jp_ext"
_MULTIBYTE = frozenset(["utf-8", "gb18030", "big5hkscs", "euc_jp", "iso2022_jp_ext", "cp932", "cp949"])

_ONE_OCTET = ("iso8859-", "cp125")

_GUESSED_FROM = 20_000
# Measured on letters of ten languages in their old charsets: below that a guess is wrong as often as right.
_SURE = 0.1

_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_REPLACED: dict[int, str | None] = {code: None for code in (*range(0x20), *range(0x7F, 0xA0), 0xFEFF, 0xFFFE, 0xFFFF)}
for _code, _text in ((0x09, "\t"), *((code, "\n") for code in (0x0A, 0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029))):
    _REPLACED[_code] = _text
_REPLACED.update((code, "\ufffd") for code in range(0xD800, 0xE000))


def decode(octets: bytes, declared: str | None) -> tuple[str, str | None]:
    """The text, and the name of the defect if the declared charset did not do: strict, UTF-8, a guess, cp1252."""
    label = re.sub(r"[^a-z0-9]", "", (declared or "").lower())
    codec = _BY_LABEL.get(label)
    if codec is None:
        return _undeclared(octets, None if not label or label in _NO_CLAIM else "charset-unknown")
    if codec in _WINDOWS_FOR and _CONTROLS.search(octets):
        codec = _WINDOWS_FOR[codec]
    if codec.startswith(_ONE_OCTET) and (text := _really_utf8(octets)) is not None:
        return text, "charset-wrong"
    text = _strictly(octets, codec)
    if text is not None:
        return text, None
    if codec in _MULTIBYTE and (text := _nearly(octets, codec)) is not None:
        return text, "charset-damaged"
    return _guess(octets, "charset-wrong")


def clean(text: str) -> str:
    """Text with \\n for every end of line and without NUL, control characters and lone surrogates."""
    text = text.replace("\r\n", "\n")
    return text.translate(_REPLACED) if _UNWANTED.search(text) else text


def clean_line(text: str) -> str:
    """One line: every run of white space is one blank."""
    # What can be printed holds nothing to be cleaned away.
    return " ".join((text if text.isprintable() else clean(text)).split())


def _really_utf8(octets: bytes) -> str | None:
    """What is UTF-8 throughout was written as that, whatever charset of single octets it claims: "Ã¼" is no word in
    any. None for the others."""
    return None if octets.isascii() else _strictly(octets, "utf-8")


def _undeclared(octets: bytes, defect: str | None) -> tuple[str, str | None]:
    if octets.isascii() and b"\x1b$" not in octets:
        return octets.decode("ascii"), defect
    return _guess(octets, defect or "charset-undeclared")


def _guess(octets: bytes, defect: str) -> tuple[str, str]:
    codecs = ("utf-8", "iso2022_jp_ext") if b"\x1b$" not in octets else ("iso2022_jp_ext", "utf-8")
    for codec in codecs[:1]:
        if (text := _strictly(octets, codec)) is not None:
            return text, defect
    import chardet  # rarely needed, and slow to load

    found = chardet.detect(octets[:_GUESSED_FROM])
    codec = _BY_LABEL.get(re.sub(r"[^a-z0-9]", "", str(found["encoding"] or "").lower()), "")
    if codec and (found["confidence"] or 0) >= _SURE and (text := _strictly(octets, codec)) is not None:
        return text, "charset-guessed"
    return octets.decode("cp1252", "replace"), "charset-replaced"


def _strictly(octets: bytes, codec: str) -> str | None:
    try:
        return octets.decode(codec)
    except UnicodeError:
        if codec == _JAPANESE:
            return japanese(octets)
        return _halved(octets, codec) if codec in _UNICODE else None


def _halved(octets: bytes, codec: str) -> str | None:
    """Characters written as two halves of UTF-16, as Java and some databases do; a half alone is a replacement."""
    try:
        text = octets.decode(codec, "surrogatepass")
    except UnicodeError:
        return None
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _nearly(octets: bytes, codec: str) -> str | None:
    """One byte lost on the way shall not turn a whole letter into noise."""
    text = octets.decode(codec, "replace")
    foreign = sum(not character.isascii() for character in text)
    return text if text.count("\ufffd") * 10 <= foreign else None
