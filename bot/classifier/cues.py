"""The words in English, German, French and Italian that say what a value is and whether it is the old or the new one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from models.rules.kinds import Field

_FIELDS: tuple[tuple[Field, tuple[str, ...]], ...] = (
    (Field.GIVEN_NAME, (
        "first[ -]?name", "given name", "forename", "christian name", "vornamen?", "rufnamen?", "prénoms?", "prenom",
        "nome di battesimo", "primo nome")),
    (Field.FAMILY_NAME, (
        "surname", "last[ -]?name", "family name", "maiden name", "nachnamen?", "familiennamen?", "zunamen?",
        "geburtsnamen?", "nom de famille", "nom de jeune fille", "nom d['’]usage", "nom marital", "cognome")),
    (Field.COMPANY, (
        "company(?:['’]s)?(?: name)?", "business name", "trading name", "legal name", "firm(?:a|enname|ennamens?)?", "unternehmens?(?:name)?",
        "umfirmiert", "umfirmierung", "société", "entreprise", "raison sociale", "ragione sociale", "azienda",
        "ditta", "società", "denominazione")),
    (Field.VAT_ID, (
        "vat(?:[ -]?(?:id|number|no|reg\\w*))?", "ust-?id(?:-?nr)?\\.?", "umsatzsteuer\\S*", "uid(?:-nummer)?", "tva",
        "n° ?tva", "tva intracommunautaire", "partita iva", "p\\. ?iva", "tax id")),
    (Field.DATE_OF_BIRTH, (
        "date of birth", "birth ?da(?:y|te)", "bday", "b-day", "dob", "born", "geburtsdatums?", "geburtstag\\w*", "geboren", "geb",
        "date de naissance", "naissance", "née?(?: le)?", "anniversaire", "anniv", "data di nascita", "nascita",
        "nat[oa](?: il)?", "compleanno")),
    (Field.EMAIL, (
        "e-?mail\\w*", "mail(?:adresse)?", "courriel", "adresse électronique", "posta elettronica", "mailbox")),
    (Field.PHONE, (
        "telephone(?: number)?", "phone(?: number)?", "mobile(?: number)?", "cell(?:phone)?", "landline", "fax(?:nummer| number)?",
        "direct dial", "num", "numbers?", "telefon\\w*", "tel", "handy\\w*", "mobil\\w*", "festnetz\\w*", "rufnummern?", "durchwahl",
        "nummern?", "nr", "téléphone", "portable", "numéros?", "ligne (?:fixe|directe)", "télécopie", "numero",
        "telefono", "cellulare", "cell", "linea fissa")),
    (Field.POSTAL_CODE, (
        "post ?codes?", "postal codes?", "zip(?: ?code)?", "plz", "postleitzahl", "code postal", "cp", "cap",
        "codice postale", "codice di avviamento postale")),
    (Field.COUNTRY, ("country", "land", "pays", "paese", "nazione", "stato")),
    (Field.CITY, ("city", "town", "ort", "stadt", "wohnort", "ville", "commune", "città", "comune", "località")),
    (Field.STREET, (
        "street", "house number", "straße", "strasse", "hausnummer", "rue", "numéro de rue", "via", "numero civico",
        "civico")),
    (Field.OTHER, (
        "title", "job title", "salutation", "pronouns?", "next of kin", "emergency contact", "anrede", "titel", "pronomen",
        "notfallkontakt", "kontaktperson", "funktion", "position", "civilité", "titre", "pronoms", "fonction",
        "personne à prévenir", "titolo", "pronomi", "qualifica", "persona da avvisare", "promoted", "befördert",
        "promue?", "promoss[oa]", "mrs?", "ms", "frau", "herr", "madame", "monsieur", "signor[ae]?", "gender",
        "geschlecht", "sexe", "sesso", "nationality", "staatsangehörigkeit", "nationalité", "nazionalità")),
    (Field.ADDRESS, (
        "address(?:es)?", "moved", "relocated", "offices?", "adressen?", "anschrift(?:en)?", "umgezogen", "umzug",
        "verzogen", "wohne", "büros?", "déménag\\w+", "adresse postale", "domicile", "bureaux", "siège", "habite",
        "indirizz[oi]", "trasferit[oaie]", "trasloc\\w+", "residenza", "domicilio", "uffici", "sede", "abito")),
    (Field.NAME, (
        "names?", "named", "called", "spel(?:t|led|ling)", "namens?", "heiße?n?", "heisse?n?", "heiss", "heißt", "geheiratet",
        "schreibe mich", "schreibweise", "noms?", "m['’ ]?appell?e", "mapelle", "s['’]écrit", "orthographe", "mariée?",
        "nome", "mi chiamo", "si scrive", "grafia", "sposat[oa]", "married", "marriage", "heirat", "mariage",
        "matrimonio")),
)  # fmt: skip

_ROLES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("old", (
        "old", "previous(?:ly)?", "former(?:ly)?", "outdated", "out of date", "wrong", "incorrect", "still", "no longer",
        "used to", "obsolete", "dead", "alte[nrs]?", "alt", "bisher\\w*", "früher\\w*", "ehemal\\w*", "vormals",
        "falsch\\w*", "veraltet\\w*", "immer noch", "nicht mehr", "unrichtig", "ancien(?:ne)?s?", "anciennement", "précédent\\w*",
        "erronée?s?", "fausse?s?", "faux", "toujours", "plus valable", "n['’]est plus", "n['’]existe plus", "non plus", "inexacte?s?",
        "vecchi[oa]", "precedente\\w*", "sbagliat[oa]", "errat[oa]", "ancora", "non più", "non è più", "già", "risulta", "inesatt[oa]",
        "currently", "derzeit", "actuellement", "attualmente", "states?", "records?", "recorded", "says", "steht", "geführt", "vermerkt",
        "indiquez?", "mentionnent", "riporta", "indica", "scrivete", "writing to", "you have", "u got", "ihr habt", "bei (?:euch|ihnen)", "vous avez", "chez vous", "avete", "voi avete", "reads")),
    ("new", (
        "new", "now", "from now on", "correct(?:ly)?", "right", "should (?:be|read|say)", "ought to be", "accurate", "changed? to",
        "update(?:d)? to", "replace with", "is now", "its now", "instead use", "neue?[nrs]?", "jetzt", "nun", "ab sofort", "künftig",
        "lautet", "richtig\\w*", "korrekt\\w*", "zutreffend", "muss", "sollte", "heiße", "ändern", "nouve(?:au|l|lle)s?", "désormais", "maintenant",
        "mtn", "bon(?:ne)?", "exacte?s?", "correcte?s?", "devrait être", "il faut lire", "s['’]écrit", "dorénavant", "nuov[oa]", "adesso", "ora",
        "d['’]ora in poi", "corrett[oa]", "giust[oa]", "esatt[oa]", "dovrebbe essere", "si scrive", "si deve leggere", "reach me", "erreichbar", "joignable", "trovate")),
    ("not", ("not", "nicht", "keine?", "pas", "non", "kein", "no")),
    ("but", ("but", "sondern", "aber", "mais", "ma", "bensì")),
    ("instead", ("instead of", "rather than", "in place of", "statt", "anstatt", "anstelle", "au lieu d[eu']?", "à la place d[eu']?", "invece d[ie]l?l?['’]?", "al posto d[ie]l?", "replaces?", "ersetzt", "remplace")),
    ("from", ("from", "von", "de", "da", "dal", "dalla", "du", "vom", "replace", "ersetzen", "ersetzt", "remplacer", "sostituire")),
    ("to", ("to", "auf", "zu", "in", "nach", "durch", "à", "en", "a", "con", "by", "with", "par", "vers", "al", "alla", "au")),
    ("arrow", ("->", "=>", "→", "➔")),
    ("drop", (
        "remove", "delete", "take", "taken", "erase", "drop", "strike", "löschen?", "löscht", "entfern\\w*", "streich\\w*", "nehmen", "nehmt", "raus",
        "supprime[rz]?", "retire[rz]?", "enleve[rz]?", "enlever", "efface[rz]?", "virez", "ôter", "radier", "toglie(?:re|te)", "togliete\\w*",
        "cancell\\w+", "elimin\\w+", "rimuov\\w+", "abgemeldet", "gave up", "cancelled", "résilié", "disdetto", "threw", "entsorgt")),
    ("order", (
        "orders?", "deliver\\w*", "parcel", "invoice", "bestellung\\w*", "auftrag", "liefer\\w*", "paket", "rechnung", "commande", "livr\\w+",
        "colis", "facture", "ordine", "consegn\\w+", "pacco", "fattura", "refund", "erstattung", "remboursement", "rimborso",
        "account number", "iban", "konto", "sort code", "neighbour", "nachbarin", "voisine", "vicina")),
    ("call", ("call", "reach", "ring", "rufen", "anrufen", "erreichen", "appele[rz]", "joindre", "chiama\\w*", "write", "schreiben", "écrire", "use", "verwenden", "utiliser", "usare")),
)  # fmt: skip

# Capitalised at the beginning of a sentence or by courtesy; no part of a name.
NO_NAMES = frozenset(
    """
    i i'm i've it it's its the this that these those my me we our you your he she they please dear hi hello hey
    thanks thank kind regards best yours sincerely faithfully sirs sir madam team good morning afternoon could would can may is are was
    to from for in on at of and or but not no as if when since with without after before there here what where who why how one two first second
    since mr mrs ms vat id e-mail email mail call correct old new number phone address name re fwd subject pdf gdpr art
    ich wir sie ihr ihre ihren ihrem ihrer ihnen mein meine meinen meiner meinem unser unsere unseren der die das dem den des ein eine
    einen bitte danke guten tag morgen sehr geehrte geehrter damen herren hallo mit freundlichen grüßen gruß viele liebe lg mfg könnten
    können könnt am im in an auf ab als von vom zu zur und oder nicht kein keine erstens zweitens richtig alt neu telefon
    adresse anschrift nummer namen konto daten dort seit nach haben hat ist es er wie wo wer was frau herr grüß gott
    je j'ai nous vous mon ma mes notre nos votre vos le la les l' un une des de du merci bonjour madame monsieur cordialement bien veuillez
    ce c'est il elle on et ou pas d'abord ensuite ancien nouveau changez voici pour pourriez pouvez dans en au aux à chez depuis
    io il lo gli i mio mia miei vostro vostra vostri vi ci si mi un una uno dei delle grazie gentili signori egregi buongiorno salve
    ciao cordiali saluti distinti per con da di nel nella non sono è ho abbiamo potreste potete primo secondo vecchio nuovo d'ora signora
    mandantin mandant cliente client heirat bin signor inoltre voi quel quello quella
    """.split()
)

_GREETING = (
    "hi", "hello", "hey", "dear", "all", "team", "sirs?", "madam", "good (?:morning|day|afternoon|evening)", "there", "greetings", "thanks", "thank you",
    "regards", "kind", "best", "hallo", "guten (?:tag|morgen|abend)", "moin", "servus", "grüß gott", "sehr geehrte[rs]?", "damen und herren",
    "liebes?", "mit freundlichen grüßen", "viele grüße", "danke", "bonjour", "bonsoir", "salut", "madame", "monsieur", "merci",
    "cordialement", "ciao", "salve", "buon ?giorno", "buona ?sera", "gentili", "signori", "grazie", "cordiali saluti", "saluti",
)  # fmt: skip


def _compiled(alternatives: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(alternatives)})(?!\w)", re.IGNORECASE)


GREETING = _compiled(_GREETING)


@dataclass(frozen=True)
class Cue:
    """A cue word where it stands; ``field`` where it names one, else ``role``."""

    start: int
    end: int
    name: str
    field: Field | None


def _by_first_letter() -> dict[str, tuple[tuple[str, Field | None, re.Pattern[str]], ...]]:
    """Each pattern under the letter that it begins with: trying them all at every word costs ten times as much."""
    sorted_out: dict[str, list[tuple[str, Field | None, re.Pattern[str]]]] = {}
    tables = [*((f"field {field}", field, words) for field, words in _FIELDS), *((name, None, words) for name, words in _ROLES)]
    for name, field, words in tables:
        for letter in sorted({word[0] for word in words}):
            beginning = "|".join(sorted((word for word in words if word[0] == letter), key=len, reverse=True))
            ends = r"(?!\w)" if letter.isalpha() else ""
            pattern = re.compile(rf"(?:{beginning}){ends}", re.IGNORECASE)
            sorted_out.setdefault(letter, []).append((name, field, pattern))
    return {letter: tuple(patterns) for letter, patterns in sorted_out.items()}


_INDEX = _by_first_letter()
_BEGINNING = re.compile(rf"(?<!\w)[^\W\d_]|[{''.join(re.escape(letter) for letter in _INDEX if not letter.isalpha())}]")


def spot(text: str) -> list[Cue]:
    """The cue words of a text in their order."""
    return list(_spotted(text))


def _spotted(text: str) -> Iterator[Cue]:
    for begin in _BEGINNING.finditer(text):
        for name, field, pattern in _INDEX.get(begin[0].lower(), ()):
            match = pattern.match(text, begin.start())
            if match:
                yield Cue(match.start(), match.end(), name, field)


def names_field(word: str) -> bool:
    """Whether a word by itself names a field."""
    return any(cue.field is not None and cue.end == len(word) for cue in _spotted(word) if cue.start == 0)
