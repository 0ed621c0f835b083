"""The shapes of addresses, numbers, dates and names, as regular expressions whose repetitions are all bounded."""

import re

_UP = "A-ZÀ-ÖØ-ÞĀ-ŽȘȚ"
_WORD = rf"(?:(?:St|Ste|Dr|Str|Prof|[{_UP}])\.|[{_UP}][\w'’\-]{{0,40}})"
_NUMBER = r"\d{1,4}(?:(?:[a-zA-Z]|\s[A-F])(?!\w))?(?:\s?[/-]\s?\d{1,4}[a-z]?)?(?!\d)"

_MONTHS = (
    "january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|"
    "aug|sept?|oct|nov|dec|januar|jänner|februar|märz|mai|juni|juli|oktober|dezember|janvier|février|mars|avril|juin|"
    "juillet|août|septembre|octobre|novembre|décembre|gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|"
    "settembre|ottobre|dicembre"
)

_GERMAN = (
    rf"(?:(?:Am|An der|An den|Im|In der|In den|Zum|Zur|Auf der|Auf dem|Unter den|Hinter der)\s+{_WORD}(?:\s{_WORD})?"
    rf"|(?:{_WORD}[ -])?[{_UP}][\w\-]{{0,40}}(?:straße|strasse|str\.|weg|allee|platz|gasse|ring|damm|ufer|markt|"
    rf"hof|steig|pfad|"
    rf"graben|berg|hain|feld|brücke|chaussee|wall|tor|garten|hang|park|siedlung|kai|gürtel|zeile|winkel)"
    rf"|{_WORD}\s(?:Straße|Strasse|Str\.|Weg|Allee|Platz|Gasse|Ring|Ufer))\s+{_NUMBER}"
)
_ROAD = (
    "Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Close|Court|Ct|Gardens|Way|Place|Pl|Square|Sq|Terrace|"
    "Crescent|Hill|Row|"
    "Mews|Boulevard|Blvd|Parkway|Grove|Park|Quay|Walk|Circle|Trail|Green|Castlegate|Wharf|Rise|View|Highway|Path"
)
_ENGLISH = (
    rf"(?:(?:Flat|Unit|Apt\.?|Suite|Apartment|Room)\s\w+,?\s)?(?:\d+(?:st|nd|rd|th)\s[Ff]loor,\s)?"
    rf"\d{{1,5}}[a-zA-Z]?(?:-\d+)?,?\s(?:[{_UP}][\w'’]{{0,40}}\.?\s){{0,3}}(?:{_ROAD})\b\.?"
    rf"(?:,?\s(?:Apt|Unit|Suite|#)\.?\s?\w+)?"
    rf"|(?:[{_UP}][\w'’]{{1,40}}\s){{1,3}}(?:{_ROAD})\s\d{{1,4}}[a-z]?\b"
)
_FRENCH = (
    r"\d{1,4}(?:\s?(?:bis|ter|quater|[a-dA-D]))?,?\s(?i:rue|avenue|av\.|boulevard|bd|place|chemin|impasse|allée|"
    r"allee|quai|cours|route|square|"
    rf"passage|sentier|faubourg|montée|esplanade|rond-point)\s(?:(?:de|du|des|la|le|les)\s|"
    rf"(?:de\s)?[ldLD]['’]\s?){{0,4}}{_WORD}"
    rf"(?:[ -](?:(?:de|du|des|la|le|et)\s){{0,2}}{_WORD}){{0,5}}"
)
_ITALIAN = (
    r"(?!(?:via|strada)\s(?:in|è|a|da)\s)(?i:via|viale|v\.le|piazza|p\.za|piazzale|corso|vicolo|largo|strada|"
    r"lungomare|contrada|salita|borgo|galleria)\s"
    rf"(?:[\w'’.]{{1,40}}\s){{0,4}}?[\w'’.]{{1,40}},?\s(?:n\.?\s?)?{_NUMBER}"
)
_STREET = rf"(?:{_ITALIAN}|{_FRENCH}|{_GERMAN}|{_ENGLISH})"
_ANY_STREET = rf"(?:{_STREET}|(?:{_WORD}\s){{1,3}}{_NUMBER})"
_UK = r"[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}"
_EIRCODE = r"[A-Z]\d[\dW]\s?[A-Z\d]{4}"
_PLACE = (
    rf"(?:(?:[A-Z]{{1,3}}-)?\d{{4,5}}\s{_WORD}(?:[ -](?:am|an|der|im|in|ob|sur|les|lès|la|le|sous|en|"
    rf"{_WORD})(?=[\s,.\n-]|$)){{0,4}}(?:\s\([A-Z]{{2}}\))?"
    rf"|{_WORD}(?:[ -]{_WORD}){{0,2}},?\s(?:{_UK}|{_EIRCODE})"
    rf"|{_WORD}(?:\s{_WORD}){{0,2}},?\s[A-Z]{{2}}\s\d{{5}}(?:-\d{{4}})?)"
)
_COUNTRY = (
    r"Germany|Austria|Switzerland|France|Italy|Ireland|United Kingdom|England|Scotland|Wales|UK|USA|"
    r"United States|Belgium|"
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
CALLED = re.compile(
    r"(?:name(?:'s| is| lautet| ist)?(?: now| jetzt)?|ich hei(?:ß|ss)e?(?: jetzt)?|je m['’ ]?app?el+e|"
    r"je mapelle|mi chiamo)\s+"
    r"([^\W\d_][\w'’\-]{0,40}(?: [^\W\d_][\w'’\-]{0,40})?)(?=[.,;!\n]|$| not | nicht | pas | non )",
    re.IGNORECASE,
)
LEGAL = re.compile(
    r"(?:GmbH(?: & Co\. ?KG)?|AG|KG|OHG|UG|e\.K\.|Ltd\.?|Limited|LLP|LLC|Inc\.?|PLC|plc|SARL|SAS|SASU|SA|EURL|"
    r"S\.?r\.?l\.?|S\.?p\.?A\.?|"
    r"S\.?n\.?c\.?|S\.a\.s\.)(?!\w)"
)
TOKEN = re.compile(r"[^\W\d_][\w'’\-.]*|&")
PARTICLES = frozenset(
    [
        "de",
        "von",
        "van",
        "der",
        "den",
        "di",
        "del",
        "della",
        "du",
        "da",
        "la",
        "le",
        "dos",
        "zu",
        "y",
        "und",
        "et",
        "e",
        "and",
    ]
)
# "Madame, Monsieur" only greets.
TITLES = re.compile(
    r"(?<!Madame, )(?!Madame, Monsieur)\b(?:Mrs?|Ms|Mx|Miss|Frau|Herr|Madame|Mademoiselle|Monsieur|"
    r"[Ss]ignor[ae]?|[Ss]ignorina)\b"
)
INSTEAD = re.compile(
    r"(?:\b(?:should be|to|into|as|bitte|devrait être|en|dovrebbe essere|in)|"
    r":)\s((?:[\w'’/-]{1,40} ){0,3}?[\w'’/-]{1,40})\s"
    r"(?:instead of|rather than|statt|anstatt|au lieu d[e']|invece di|"
    r"anziché)\s?((?:[\w'’/-]{1,40} ){0,3}?[\w'’/-]{1,40})"
    r"(?=[.,;!\n]|$| eintragen)",
    re.IGNORECASE,
)
