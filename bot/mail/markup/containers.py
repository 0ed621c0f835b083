"""What mail programs call the elements by which they set apart what the writer of a letter did not newly write.

Seen in the HTML that Gmail, Outlook (desktop, web, phones), Apple Mail, Thunderbird, Yahoo, Proton, GMX, Seznam,
Roundcube, Samsung and Zoho send. Outlook's web reader puts ``x_`` before the names of what it quotes. Its
``appendonsend`` is no mark: it stands in new letters too, and people write below it.
"""

import re
from collections.abc import Mapping
from enum import IntEnum, auto
from typing import NamedTuple


class Container(IntEnum):
    """QUOTE: what it holds is quoted. ORIGINAL: from here on all is. ANSWERS: it holds quotes and, between them, what
    is answered to each."""

    QUOTE = auto()
    ORIGINAL = auto()
    ANSWERS = auto()
    ATTRIBUTION = auto()
    SIGNATURE = auto()


class Mark(NamedTuple):
    """A span of the text, in code points, that the HTML sets apart."""

    start: int
    end: int
    kind: Container


_NAMES = {
    ("class", "gmail_quote"): Container.ANSWERS,
    ("class", "gmail_quote_container"): Container.ANSWERS,
    ("class", "gmail_attr"): Container.ATTRIBUTION,
    ("class", "gmail_signature"): Container.SIGNATURE,
    ("id", "divRplyFwdMsg"): Container.ORIGINAL,
    ("id", "mail-editor-reference-message-container"): Container.ORIGINAL,
    ("class", "OutlookMessageHeader"): Container.ORIGINAL,
    ("id", "ms-outlook-mobile-signature"): Container.SIGNATURE,
    ("id", "Signature"): Container.SIGNATURE,
    ("id", "AppleMailSignature"): Container.SIGNATURE,
    ("class", "moz-cite-prefix"): Container.ATTRIBUTION,
    ("class", "moz-forward-container"): Container.ORIGINAL,
    ("class", "moz-signature"): Container.SIGNATURE,
    ("id", "reply-intro"): Container.ATTRIBUTION,
    ("class", "protonmail_quote"): Container.ANSWERS,
    ("class", "protonmail_signature_block"): Container.SIGNATURE,
    ("class", "yahoo_quoted"): Container.QUOTE,
    ("id", "ymail_android_signature"): Container.SIGNATURE,
    ("id", "composer_signature"): Container.SIGNATURE,
    ("class", "zmail_extra"): Container.ANSWERS,
    ("name", "quote"): Container.QUOTE,
    ("class", "mail_android_quote"): Container.ANSWERS,
    ("class", "airmail_on"): Container.ATTRIBUTION,
    ("class", "bloop_sign"): Container.SIGNATURE,
    ("name", "messageReplySection"): Container.ANSWERS,
    ("name", "messageSignatureSection"): Container.SIGNATURE,
    ("class", "front-signature"): Container.SIGNATURE,
    ("class", "k9mail-signature"): Container.SIGNATURE,
    ("class", "moz-txt-sig"): Container.SIGNATURE,
    ("id", "OLK_SRC_BODY_SECTION"): Container.ORIGINAL,
    ("id", "lineBreakAtBeginningOfSignature"): Container.SIGNATURE,
    ("class", "tutanota_quote"): Container.QUOTE,
    ("class", "front-blockquote"): Container.QUOTE,
    ("class", "clean_bq"): Container.QUOTE,
    ("id", "MAC_OUTLOOK_ATTRIBUTION_BLOCKQUOTE"): Container.QUOTE,
}
# Outlook's web reader of 2010 and AOL put a number behind what they call the answered mail.
_NUMBERED = re.compile(r"(divRpF|AOLMsgPart)_?\d")
# Yahoo puts a number behind its name, and letters of chance before it.
_YAHOO = re.compile(r"(?:ydp\w{0,20}?)?(yahoo_quoted)(?:_\d+)?\Z")
# Word's line above the block of headers, in the colours of its versions.
_WORD_LINE = re.compile(
    r"border-top\s*:\s*solid\s+#(?:E1E1E1|B5C4DF|CCCCCC)\s+1\.0pt\s*;(?:[^;]*;)?\s*padding\s*:\s*3\.0pt", re.IGNORECASE
)
_LINE_AT_THE_LEFT = re.compile(r"border-left(?:-width)?\s*:(?!\s*(?:none|0(?:px)?\s*(?:;|$|none)))", re.IGNORECASE)


def container_of(tag: str, attributes: Mapping[str, str]) -> Container | None:
    """What an element is to the mail program that made it; None: nothing out of the ordinary."""
    if not attributes:
        return None
    names = [(of, name) for of in ("class", "id", "name") for name in attributes.get(of, "").split()]
    found = next((kind for of, name in names if (kind := _NAMES.get((of, _plain(name))))), None)
    if tag == "blockquote":
        return Container.QUOTE if found or _cites(attributes) else None
    if found is None and tag == "div" and _WORD_LINE.search(attributes.get("style", "")):
        return Container.ORIGINAL
    return found


def _plain(name: str) -> str:
    while name.startswith("x_"):
        name = name[2:]
    name = name.removeprefix("ecx")
    if _NUMBERED.match(name):
        return "divRplyFwdMsg"
    yahoo = _YAHOO.match(name)
    return yahoo[1] if yahoo else name


def _cites(attributes: Mapping[str, str]) -> bool:
    """A blockquote alone is how people indent their own lines."""
    if attributes.get("type", "").lower() == "cite" or attributes.get("cite") or "data-email" in attributes:
        return True
    named = attributes.get("id", "").lower().startswith(("blockquote_", "qt", "isreplycontent"))
    return named or _LINE_AT_THE_LEFT.search(attributes.get("style", "")) is not None
