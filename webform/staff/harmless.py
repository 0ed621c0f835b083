"""The HTML of a stranger's mail goes in; out comes what of it may be shown: no program, no form, nothing from afar."""

import re
from base64 import b64encode
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

import nh3
from markupsafe import Markup, escape

from models.rules.reading import Attachment

MOST_TAGS = 15_000
"""What has more was written to keep a reader busy: the repair of 20,000 nested tags takes four seconds."""
MOST_LINKS = 5_000
MOST_REPEATED = 2_000_000
"""A bold that is never closed is opened anew in each paragraph that follows."""
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
PICTURES_LIMIT = 5_000_000

_FORMATS = re.compile(r"<(/?)(?:b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?=[\s/>])", re.IGNORECASE)
_LINK = re.compile(r"""(<a (?:[^">]|"[^"]*")*>)(.*?)</a>""", re.DOTALL)
_HREF = re.compile(r'href="([^"]*)"')
_TAGS = (
    "a abbr address b big blockquote br caption center code col colgroup dd del div dl dt em font h1 h2 h3 h4 h5 h6 hr"
    " i img ins li ol p pre q s small span strike strong sub sup table tbody td tfoot th thead tr tt u ul"
)
_ATTRIBUTES = {
    "a": {"href"}, "img": {"src", "alt", "width", "height"}, "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align"}, "ol": {"start"}, "*": {"dir", "lang", "title"},
}  # fmt: skip
_GONE_WITH_CONTENT = {"script", "style", "title", "template", "noscript", "svg", "math", "object", "iframe", "form"}
_LINKS_TO = ("http://", "https://", "mailto:", "tel:")


def harmless(html: str, files: Iterable[Attachment]) -> Markup | None:
    """None where it is more than a browser should be made to read: its text is shown then."""
    tags = html.count("<")
    if tags > MOST_TAGS or html.count("<a ") + html.count("<A ") > MOST_LINKS:
        return None
    if len(_FORMATS.findall(html)) * tags > MOST_REPEATED:
        html = _FORMATS.sub(r"<\1span", html)
    pictures = _pictures(files)

    def kept(tag: str, attribute: str, value: str) -> str | None:
        if attribute == "src":
            return pictures.get(_cid(value))
        if attribute == "href":
            return value if value.strip().lower().startswith(_LINKS_TO) else None
        return value

    clean = nh3.clean(
        html, tags=set(_TAGS.split()), clean_content_tags=_GONE_WITH_CONTENT, attributes=_ATTRIBUTES,
        attribute_filter=kept, url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
        link_rel="noopener noreferrer nofollow",
    )  # fmt: skip
    return Markup(_LINK.sub(_with_host, clean))  # noqa: S704 - nh3 has cleaned it


def _pictures(files: Iterable[Attachment]) -> dict[str, str]:
    """Those that the mail itself brings, put into the page: its frame could not fetch them."""
    pictures: dict[str, str] = {}
    left = PICTURES_LIMIT
    for file in files:
        if file.cid and file.type in PICTURES and len(file.content) <= left:
            left -= len(file.content)
            pictures[file.cid] = f"data:{file.type};base64,{b64encode(file.content).decode('ascii')}"
    return pictures


def _cid(source: str) -> str:
    """Blank for a picture from anywhere else."""
    scheme, _, name = source.strip().partition(":")
    return unquote(name) if scheme.lower() == "cid" else ""


def _with_host(link: re.Match[str]) -> str:
    """Where a link leads stands beside what it says."""
    found = _HREF.search(link[1])
    host = _host(Markup(found[1]).unescape()) if found else ""  # noqa: S704 - read, not shown
    return f'{link[0]} <span class="host">[{escape(host)}]</span>' if host else link[0]


def _host(address: str) -> str:
    try:
        parts = urlsplit(address.strip())
        return parts.hostname or parts.path
    except ValueError:
        return "no address"
