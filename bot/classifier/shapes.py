"""Finds the passages of a text that could be values: by shape where they have one, by capitals and quotation marks else."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.classifier import cues
from bot.classifier.cues import Cue
from models.rules.kinds import Field

_UP = "A-ZÀ-ÖØ-ÞĀ-ŽȘȚ"
_WORD = rf"(?:(?:St|Ste|Dr|Str|Prof|[{_UP}])\.|[{_UP}][\w'’\-]{{0,40}})"
_NUMBER = r"\d{1,4}(?:\s?[a-zA-Z](?!\w))?(?:\s?[/-]\s?\d{1,4}[a-z]?)?(?!\d)"

_MONTHS = (
    "january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|"
    "aug|sept?|oct|nov|dec|januar|jänner|februar|märz|mai|juni|juli|oktober|dezember|janvier|février|mars|avril|juin|"
    "juillet|août|septembre|octobre|novembre|décembre|gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|"
    "settembre|ottobre|dicembre"
)

_GERMAN = (
    rf"(?:(?:Am|An der|An den|Im|In der|In den|Zum|Zur|Auf der|Auf dem|Unter den|Hinter der)\s+{_WORD}(?:\s{_WORD})?"
    rf"|(?:{_WORD}[ -])?[{_UP}][\w\-]{{0,40}}(?:straße|strasse|str\.|weg|allee|platz|gasse|ring|damm|ufer|markt|hof|steig|pfad|"
    rf"graben|berg|hain|feld|brücke|chaussee|wall|tor|garten|hang|park|siedlung|kai|gürtel|zeile|winkel)"
    rf"|{_WORD}\s(?:Straße|Strasse|Str\.|Weg|Allee|Platz|Gasse|Ring|Ufer))\s+{_NUMBER}"
)
_ROAD = (
    "Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Close|Court|Ct|Gardens|Way|Place|Pl|Square|Sq|Terrace|Crescent|Hill|Row|"
    "Mews|Boulevard|Blvd|Parkway|Grove|Park|Quay|Walk|Circle|Trail|Green|Castlegate|Wharf|Rise|View|Highway|Path"
)
_ENGLISH = (
    rf"(?:(?:Flat|Unit|Apt\.?|Suite|Apartment|Room)\s\w+,?\s)?(?:\d+(?:st|nd|rd|th)\s[Ff]loor,\s)?"
    rf"\d{{1,5}}[a-zA-Z]?(?:-\d+)?,?\s(?:[{_UP}][\w'’]{{0,40}}\.?\s){{0,3}}(?:{_ROAD})\b\.?"
    rf"(?:,?\s(?:Apt|Unit|Suite|#)\.?\s?\w+)?"
    rf"|(?:[{_UP}][\w'’]{{1,40}}\s){{1,3}}(?:{_ROAD})\s\d{{1,4}}[a-z]?\b"
)
_FRENCH = (
    r"\d{1,4}(?:\s?(?:bis|ter|quater|[a-dA-D]))?,?\s(?i:rue|avenue|av\.|boulevard|bd|place|chemin|impasse|allée|allee|quai|cours|route|square|"
    rf"passage|sentier|faubourg|montée|esplanade|rond-point)\s(?:(?:de|du|des|la|le|les)\s|(?:de\s)?[ldLD]['’]\s?){{0,4}}{_WORD}"
    rf"(?:[ -](?:(?:de|du|des|la|le|et)\s){{0,2}}{_WORD}){{0,5}}"
)
_ITALIAN = (
    r"(?!(?:via|strada)\s(?:in|è|a|da)\s)(?i:via|viale|v\.le|piazza|p\.za|piazzale|corso|vicolo|largo|strada|lungomare|contrada|salita|borgo|galleria)\s"
    rf"(?:[\w'’.]{{1,40}}\s){{0,4}}?[\w'’.]{{1,40}},?\s(?:n\.?\s?)?{_NUMBER}"
)
_STREET = rf"(?:{_ITALIAN}|{_FRENCH}|{_GERMAN}|{_ENGLISH})"
_ANY_STREET = rf"(?:{_STREET}|(?:{_WORD}\s){{1,3}}{_NUMBER})"
_UK = r"[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}"
_EIRCODE = r"[A-Z]\d[\dW]\s?[A-Z\d]{4}"
_PLACE = (
    rf"(?:(?:[A-Z]{{1,3}}-)?\d{{4,5}}\s{_WORD}(?:[ -](?:am|an|der|im|in|ob|sur|les|lès|la|le|sous|en|{_WORD})(?=[\s,.\n-]|$)){{0,4}}(?:\s\([A-Z]{{2}}\))?"
    rf"|{_WORD}(?:[ -]{_WORD}){{0,2}},?\s(?:{_UK}|{_EIRCODE})"
    rf"|{_WORD}(?:\s{_WORD}){{0,2}},?\s[A-Z]{{2}}\s\d{{5}}(?:-\d{{4}})?)"
)
_COUNTRY = (
    r"Germany|Austria|Switzerland|France|Italy|Ireland|United Kingdom|England|Scotland|Wales|UK|USA|United States|Belgium|"
    r"Deutschland|Österreich|Schweiz|Frankreich|Italien|Belgien|Luxemburg|Allemagne|Autriche|Suisse|Italie|Belgique|"
    r"Luxembourg|Germania|Svizzera|Francia|Italia|Belgio"
)
_GAP = r"(?:\s{0,3}[,;]\s{0,3}|[ \t]{0,3}\n[ \t]{0,3}|\s{1,3}[-–]\s{1,3})"

EMAIL = re.compile(r"(?<![\w.+\-])[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63})+")
ADDRESS = re.compile(
    rf"(?<![\w])({_ANY_STREET})(?:{_GAP}(?:[^,\n]{{1,20}}{_GAP})?|\s)({_PLACE})(?:{_GAP}({_COUNTRY})\b)?", re.MULTILINE
)
STREET = re.compile(rf"(?<!\w){_STREET}")
PHONE = re.compile(r"(?<![\w@.\-/])(?:\+|\()?\d[\d \u00a0()/.\-–]{4,20}\d(?!\w)")
DATE = re.compile(
    rf"(?<![\w.])(?:\d{{1,2}}[./-] ?\d{{1,2}}[./-] ?\d{{2,4}}|\d{{4}}-\d{{2}}-\d{{2}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th|er|\.|°|º)?\s(?:of\s|de\s)?(?:{_MONTHS})\.?,?\s\d{{4}}"
    rf"|(?:{_MONTHS})\.?\s\d{{1,2}}(?:st|nd|rd|th)?,?\s\d{{4}})(?!\w)",
    re.IGNORECASE,
)
VAT = re.compile(
    r"(?<!\w)(?:ATU|BE|BG|CHE|CY|CZ|DE|DK|EE|EL|ES|FI|FR|GB|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK)"
    r"[\s-]?[A-Z\d](?:[\s.\-]?[A-Z\d]){6,12}(?![ ]?[\dA-Z])"
)
POSTAL = re.compile(rf"(?<![\w.\-/+])(?:{_UK}|{_EIRCODE}|\d{{4,5}}(?:-\d{{4}})?)(?![\w/]|[.-]\d)")
QUOTED = re.compile(r"„([^„“”\n]{1,80})[“”]|“([^“”\n]{1,80})”|«\s?([^«»\n]{1,80}?)\s?»|\"([^\"\n]{1,80})\"")
_CALLED = re.compile(
    r"(?:name(?:'s| is| lautet| ist)?(?: now| jetzt)?|ich hei(?:ß|ss)e?(?: jetzt)?|je m['’ ]?app?el+e|je mapelle|mi chiamo)\s+"
    r"([^\W\d_][\w'’\-]{0,40}(?: [^\W\d_][\w'’\-]{0,40})?)(?=[.,;!\n]|$| not | nicht | pas | non )",
    re.IGNORECASE,
)
_FAR = 60
_LEGAL = re.compile(
    r"(?:GmbH(?: & Co\. ?KG)?|AG|KG|OHG|UG|e\.K\.|Ltd\.?|Limited|LLP|LLC|Inc\.?|PLC|plc|SARL|SAS|SASU|SA|EURL|S\.?r\.?l\.?|S\.?p\.?A\.?|"
    r"S\.?n\.?c\.?|S\.a\.s\.)(?!\w)"
)
_TOKEN = re.compile(r"[^\W\d_][\w'’\-.]*|&")
_PARTICLES = frozenset("de von van der den di del della du da la le dos zu y und et e and".split())
# "Madame, Monsieur" only greets.
_TITLES = re.compile(r"(?<!Madame, )(?!Madame, Monsieur)\b(?:Mrs?|Ms|Mx|Miss|Frau|Herr|Madame|Mademoiselle|Monsieur|[Ss]ignor[ae]?|[Ss]ignorina)\b")
_INSTEAD = re.compile(
    r"(?:\b(?:should be|to|into|as|bitte|devrait être|en|dovrebbe essere|in)|:)\s((?:[\w'’/-]{1,40} ){0,3}?[\w'’/-]{1,40})\s"
    r"(?:instead of|rather than|statt|anstatt|au lieu d[e']|invece di|anziché)\s?((?:[\w'’/-]{1,40} ){0,3}?[\w'’/-]{1,40})"
    r"(?=[.,;!\n]|$| eintragen)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Passage:
    """A passage that could be a value; ``shape`` is the field it looks like, or none."""

    start: int
    end: int
    shape: Field | None


def passages(text: str, spotted: Sequence[Cue]) -> list[Passage]:
    """All candidates, none overlapping: what has a stronger shape takes its letters first."""
    taken: list[Passage] = []
    for found in _in_order_of_strength(text, spotted):
        if found.end > found.start and not any(found.start < t.end and t.start < found.end for t in taken):
            taken.append(found)
    return sorted(taken, key=lambda passage: passage.start)


def _in_order_of_strength(text: str, spotted: Sequence[Cue]) -> Iterator[Passage]:
    yield from (Passage(m.start(), m.end(), Field.EMAIL) for m in EMAIL.finditer(text))
    if any(letter.isdigit() for letter in text):
        yield from (_trimmed(text, m, Field.ADDRESS) for m in ADDRESS.finditer(text))
        yield from _with_digits(text, spotted)
    yield from _quoted(text)
    for match in _INSTEAD.finditer(text):
        yield from (Passage(match.start(group), match.end(group), None) for group in (1, 2))
    yield from _runs(text)
    if any(cue.field is Field.OTHER for cue in spotted):
        yield from (Passage(m.start(), m.end(), Field.OTHER) for m in _TITLES.finditer(text))
    yield from (Passage(m.start(1), m.end(1), None) for m in _CALLED.finditer(text) if _could_be_name(m[1]))


def _with_digits(text: str, spotted: Sequence[Cue]) -> Iterator[Passage]:
    named = {cue.field for cue in spotted}
    phones = [cue.end for cue in spotted if cue.field is Field.PHONE]
    yield from (Passage(m.start(), m.end(), Field.VAT_ID) for m in VAT.finditer(text) if _digits(m[0]) >= 7)
    if Field.DATE_OF_BIRTH in named:
        yield from (Passage(m.start(), m.end(), Field.DATE_OF_BIRTH) for m in DATE.finditer(text))
    dates = [m.span() for m in DATE.finditer(text)]
    yield from (_trimmed(text, m, Field.STREET) for m in STREET.finditer(text))
    for match in PHONE.finditer(text):
        if match.span() not in dates and _is_phone(match, phones):
            yield _balanced(text, match)
    if Field.POSTAL_CODE in named:
        yield from (Passage(m.start(), m.end(), Field.POSTAL_CODE) for m in POSTAL.finditer(text))


def _is_phone(match: re.Match[str], phones: Sequence[int]) -> bool:
    """Seven digits with the beginning of a number, or with a word for telephones shortly before it."""
    if not 7 <= _digits(match[0]) <= 15:
        return False
    return match[0][0] in "+0(" or any(0 <= match.start() - end <= _FAR for end in phones)


def _balanced(text: str, match: re.Match[str]) -> Passage:
    start, end = match.span()
    if match[0].startswith("(") and ")" not in match[0]:
        start += 1
    if text[start:end].count(")") > text[start:end].count("("):
        end = text.rindex(")", start, end)
    return Passage(start, end, Field.PHONE)


def _digits(text: str) -> int:
    return sum(letter.isdigit() for letter in text)


def _trimmed(text: str, match: re.Match[str], shape: Field) -> Passage:
    """Without the stop of the sentence and without the words before a street that only begin a sentence."""
    start, end = match.span()
    while end > start and text[end - 1] in ".,;:!? \n" and not text[:end].endswith(("str.", "Str.")):
        end -= 1
    word = re.match(r"(\w+)\s+", text[start:end])
    while word and word[1].lower() in cues.NO_NAMES and not re.match(r"(?:Am|An|Im|In|Zum|Zur|Auf)\b", word[1]):
        start += word.end()
        word = re.match(r"(\w+)\s+", text[start:end])
    return Passage(start, end, shape)


def _quoted(text: str) -> Iterator[Passage]:
    for match in QUOTED.finditer(text):
        group = match.lastindex or 0
        yield Passage(match.start(group), match.end(group), None)


def _runs(text: str) -> Iterator[Passage]:
    """Words in capitals that stand together: names, companies, towns."""
    run: list[re.Match[str]] = []
    for word in _TOKEN.finditer(text):
        if run and (text[run[-1].end() : word.start()] != " " or _ends_sentence(run[-1][0])):
            yield from _run(text, run)
            run = []
        if word[0][0].isupper() or (run and word[0] in _PARTICLES | {"&"}):
            run.append(word)
        elif run:
            yield from _run(text, run)
            run = []
    if run:
        yield from _run(text, run)


def _ends_sentence(word: str) -> bool:
    return word.endswith(".") and len(word) > 3 and not _LEGAL.fullmatch(word)


def _begins_nothing(word: str) -> bool:
    """Capitalised without being part of a value: the beginning of a sentence, or the word that names the field."""
    bare = word.rstrip(".").lower()
    return bare in cues.NO_NAMES or word == "&" or cues.names_field(bare)


def _run(text: str, run: list[re.Match[str]]) -> Iterator[Passage]:
    while run and _begins_nothing(run[0][0]):
        run = run[1:]
    while run and (run[-1][0].rstrip(".").lower() in cues.NO_NAMES or run[-1][0] in _PARTICLES | {"&"}):
        run = run[:-1]
    if not run or len(run) > 6:
        return
    start, end = run[0].start(), run[-1].end()
    legal = _LEGAL.match(run[-1][0])
    if not (legal and legal[0].count(".") > 1):
        end -= len(text[start:end]) - len(text[start:end].rstrip("."))
    yield Passage(start, end, Field.COMPANY if legal and len(run) > 1 else None)


def _could_be_name(words: str) -> bool:
    return not any(word in cues.NO_NAMES for word in words.lower().split())
