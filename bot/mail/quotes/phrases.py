"""The words by which mail programs mark what they quote or add themselves, in the languages that the desk meets."""

import re


def any_of(*words: str) -> str:
    return "|".join(words)


# "On … wrote:", said by the mail program above a quote.
WROTE = re.compile(
    r"(?<!\w)(?:"
    + any_of(
        "wrote",
        "writes",
        r"schrieb(?:en)?",
        "schreibt",
        "geschrieben",
        r"a [ée]crit",
        r"[ée]crivait",
        r"escribi[óo]",
        r"ha scritto",
        "scrive",
        "schreef",
        r"heeft .{0,80}geschreven",
        "escreveu",
        r"napisał\(?a?\)?",
        r"napisan[ae] przez",
        r"nadesłał\(?a?\)?",
        "pisze",
        "napsal",
        "napsala",
        r"napsal\(a\)",
        "skrev",
        "kirjoitti",
        "написал",
        r"написал\(а\)",
        r"пишет|писал\(?а?\)?|написав|написала?",
        "пише",
        "yazdı",
        "έγραψε",
        r"írta",
        "a scris",
        r"napísala?|napísal\(a\)",
        r"(?:je )?napisa(?:o|la|l)(?: je)?",
        r"ha escrit|va escriure",
        r"rašė|rakstīja|kirjutas",
        r"đã viết|menulis|כתב/?ה?|كتب",
    )
    + r")(?!\w)|さんは書きました|のメッセージ|写道|寫道|님이 작성|เขียนว่า",
    re.IGNORECASE,
)

# Who tells what they themselves wrote is no program; those say "you wrote".
OWN_WROTE = re.compile(
    r"(?<!\w)(?:(?:i|we) (?:\w+ )?wrote|ich (?:\w+ )?(?:schrieb|geschrieben)|(?:schrieb|schrieben) (?:ich|wir)"
    r"|j['’]ai (?:\w+ )?[ée]crit|nous avons (?:\w+ )?[ée]crit|ik schreef|schreef ik|(?:jag|vi) skrev"
    r"|skrev (?:jag|vi|jeg)"
    r"|napsala? jsem|jsem (?:\w+ )?napsala?|io ho scritto|eu escrevi)(?!\w)",
    re.IGNORECASE,
)

# What Horde says above a quote, in its languages, and no date with it.
QUOTING = re.compile(
    r"\s*(?:quoting|zitat von|quoted from|selon|citando (?:a )?|citeren|cytowanie|cituji|citerar|citat(?: fra)?)\s",
    re.IGNORECASE,
)

# The line above which a help desk wants its answer: nothing below it is the person's.
ANSWER_ABOVE = re.compile(
    r"\W{0,60}(?:please |bitte |por favor,? |veuillez |merci de |prosím,? |proszę )?(?:"
    + any_of(
        r"(?:reply|respond|answer|type|write|enter)\b.{0,40}\babove this line",
        r"(?:do not|don't) (?:write|type|reply) below this line",
        r"(?:antwort|schreib)\w*.{0,40}(?:oberhalb|über) (?:von )?dieser (?:linie|zeile)",
        r"(?:répond|écri|saisi)\w*.{0,40}au-dessus de cette ligne",
        r"(?:respond|escrib|contest)\w*.{0,40}(?:encima|arriba) de esta línea",
        r"(?:rispond|scriv)\w*.{0,40}sopra (?:a )?questa (?:riga|linea)",
        r"(?:antwoord|reageer|schrijf|typ)\w*.{0,40}boven deze (?:regel|lijn)",
        r"(?:respond|escrev|digit)\w*.{0,40}acima desta linha",
        r"(?:odpowie|odpowied|wpis|pisa)\w*.{0,40}(?:powyżej|nad) tej? lini",
        r"(?:odpov|piš|napiš)\w*.{0,40}nad (?:tento řádek|tímto řádkem|tuto čáru|touto čarou)",
        r"(?:svar|skriv)\w*.{0,40}(?:ovanför|över) den (?:här )?(?:raden|linjen)",
        r"(?:svar|skriv)\w*.{0,40}over denne (?:linje|linjen)",
    )
    + r")",
    re.IGNORECASE,
)


# "-----Original Message-----" and "Forwarded message".
ORIGINAL = re.compile(
    any_of(
        r"original message",
        r"forwarded message",
        r"begin forwarded message",
        r"ursprüngliche nachricht",
        r"original-?nachricht",
        r"weitergeleitete nachricht",
        r"anfang der weitergeleiteten nachricht",
        r"message d'origine",
        r"message original",
        r"message transféré",
        r"début du message transféré",
        r"message réexpédié",
        r"mensaje original",
        r"mensaje reenviado",
        r"messaggio originale",
        r"messaggio inoltrato",
        r"inizio messaggio inoltrato",
        r"oorspronkelijk bericht",
        r"doorgestuurd bericht",
        r"mensagem original",
        r"mensagem encaminhada",
        r"wiadomość oryginalna",
        r"oryginalna wiadomość",
        r"wiadomość przekazana",
        r"původní zpráva",
        r"přeposlaná zpráva",
        r"ursprungligt meddelande",
        r"originalmeddelande",
        r"vidarebefordrat meddelande",
        r"oprindelig meddelelse",
        r"opprinnelig melding",
        r"alkuperäinen viesti",
        r"исходное сообщение",
        r"пересылаемое сообщение",
        r"eredeti üzenet|továbbított üzenet",
        r"reply message|original appointment|forwarded|doorgestuurd|vidarebefordrat",
        r"začátek přeposílané zprávy|przekazywana wiadomość|mensagem reencaminhada|(?:przekazana"
        r"|przesłana) wiadomość|wiadomość przekazana dalej|weitergeleitet",
        r"původní e-?mail|preposlaná správa|pôvodná správa",
        r"message initial|message transmis",
        r"videresendt (?:meddelelse|melding)|välitetty viesti",
        r"вихідне повідомлення|переадресоване повідомлення|оригинално съобщение",
        r"mesaj original|mesaj redirecționat|özgün ileti|orijinal mesaj|iletilen ileti",
        r"αρχικό μήνυμα|προωθημένο μήνυμα|izvorna poruka|originalna poruka|izvirno sporočilo",
        r"原始邮件|原始郵件|转发邮件|轉寄的郵件|元のメッセージ|転送メッセージ|원본 메시지|원본 메일|전달된 메시지",
    ),
    re.IGNORECASE,
)
