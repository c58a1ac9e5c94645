"""The text of an XML file as recorders and their tools really write it, made ready for the parser.

Promise: the mark in front, else the bytes, else the declaration say in which encoding a file is, among those that are
listed; blanks and invisible characters around the document are cut. Letters that are not of the encoding are replaced:
positions and times are plain digits in every one of them, and names are not read. Touches nothing.
"""

from __future__ import annotations

import codecs
import re

# the longer marks first: that of UTF-32 begins with that of UTF-16
_MARKED = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_AROUND = " \t\r\n\v\f\0\x1a\x85\xa0\u200b\u2060\u3000\ufeff"
_FRONT = 1000  # bytes within which the first element begins
_DECLARATION = re.compile(r"\A<\?xml[^>]{0,200}\?>")
_DECLARED = re.compile(rb"""<\?xml[^>]{0,100}?encoding\s*=\s*["']\s*([A-Za-z0-9._-]{1,30})\s*["']""")
# What the tools of East Asia declare, each read by the largest set of characters that keeps its letters.
_EAST_ASIAN = {
    "gb18030": "gbk x-gbk gb2312 gb_2312-80 gb18030 euc-cn cp936 ms936 windows-936",
    "big5hkscs": "big5 big5-hkscs x-x-big5 cn-big5",
    "cp950": "cp950 ms950 windows-950",
    "cp932": "shift_jis shift-jis sjis x-sjis cp932 ms932 windows-31j ms_kanji",
    "euc_jp": "euc-jp x-euc-jp",
    "cp949": "euc-kr ks_c_5601-1987 ksc5601 cp949 ms949 windows-949 uhc",
}
_CODECS = {name: codec for codec, names in _EAST_ASIAN.items() for name in names.split()}
# A declaration that can be read byte by byte is not of an encoding with wider units, whatever it says.
_UTF_8 = re.compile(
    r"utf[_-]?8(mb[34])?|unicode-1-1-utf-8|us-ascii|ascii|utf[_-]?(16|32)([_-]?[bl]e)?|ucs-?[24]|unicode"
)
_ONE_BYTE = re.compile(r"iso8859-\d+|cp(12\d\d|437|8\d\d)|koi8-[rtu]|mac-[a-z]+|tis-620")
# What XML does not take in a name and exporters write there all the same: control characters, half a character that
# Java wrote by its number, an ampersand that stands for itself, entities of HTML.
_NOT_TAKEN = (
    (re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"), " "),
    (re.compile(r"&#(?:[xX]0{0,4}[dD][89a-fA-F][0-9a-fA-F]{2}|5(?:529[6-9]|5[3-9]\d\d|[67]\d{3}));"), "\ufffd"),
    (re.compile(r"&#(?:[xX]0{0,4}[01]?[0-9a-fA-F]|[012]?\d|3[01]);"), " "),
    (re.compile(r"&(?!(?:amp|lt|gt|apos|quot|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});)"), " "),
)


def xml_text(content: bytes) -> str:
    """The document in `content` without its declaration and what stands around it.

    Raises LookupError for an encoding that is declared and that is none of those that are read.
    """
    text = content.decode(_encoding(content), "replace").strip(_AROUND)
    return _DECLARATION.sub("", text, count=1)


def mended(text: str) -> str:
    """The document with what XML does not take in a name put aside; of the same length or shorter."""
    for pattern, instead in _NOT_TAKEN:
        text = pattern.sub(instead, text)
    return text


def _encoding(content: bytes) -> str:
    for mark, encoding in _MARKED:
        if content.startswith(mark):
            return encoding
    first = content.find(b"<", 0, _FRONT)
    if content[first + 1 : first + 2] == b"\0":
        return "utf-16-be" if first % 2 else "utf-16-le"
    declared = _DECLARED.match(content, max(first, 0))
    name = declared.group(1).decode("ascii").lower() if declared else "utf-8"
    if _UTF_8.fullmatch(name):
        return "utf-8"
    codec = _CODECS.get(name) or codecs.lookup(name).name
    if codec not in _CODECS.values() and not _ONE_BYTE.fullmatch(codec):
        raise LookupError(f"{name} is not read")
    return codec
