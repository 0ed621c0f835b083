"""The words by which mail programs say that nobody wrote this, in the languages that the desk meets."""

import re

from bot.mail.quotes.phrases import any_of
from models.rules.loop_guards import UNREAD

# The subject of an automatic reply: a phrase alone, or before a colon and the subject that is answered; a ticket
# system puts its tag before it, Notes writes "AUTO:", who, and that they are away.
_AUTOMATIC = any_of(
    r"auto(?:matic|mated)?[- ]?(?:reply|response|answer)",
    r"yahoo! auto response",
    r"out[- ]of[- ](?:the[- ])?office(?: (?:auto[- ]?reply|reply|notice|message))?",
    r"away from my mail",
    r"(?:automatische|automatisierte) antwort",
    r"abwesenheits(?:notiz|benachrichtigung|meldung|nachricht|assistent)",
    r"(?:réponse|reponse|message) automatique",
    r"message d'absence|notification d'absence",
    r"respuesta autom[áa]tica",
    r"resposta autom[àáa]tica",
    r"risposta automatica",
    r"automatisch (?:antwoord|bericht)|automatische reactie|afwezigheids(?:bericht|melding|assistent)",
    r"odpowiedź automatyczna|automatyczna odpowiedź",
    r"automatická odpove(?:ď|d)|automatická odpověď",
    r"autosvar|automatis[kt]+ svar|frånvaromeddelande|fraværs(?:besked|melding)",
    r"automaattinen vastaus|poissaoloilmoitus",
    r"automatikus válasz",
    r"răspuns automat",
    r"otomatik (?:yanıt|cevap)",
    r"автоматический ответ|автоответ|автоматична відповідь|автоматичен отговор",
    r"αυτόματη απάντηση",
    r"automatski odgovor|samodejni odgovor",
    r"automatinis atsakymas|automātiskā atbilde|automaatvastus",
    r"自動(?:応答|返信|回覆|答覆)|自动(?:答复|回复)|자동 ?(?:회신|응답)",
)
# People write of absences too: these words want a sign beside them.
_AWAY = any_of(
    r"abwesend|abwesenheit",
    r"absen(?:ce|te?)(?: du bureau)?",
    r"fuera de (?:la )?oficina|ausente",
    r"fuori (?:sede|ufficio)|assente",
    r"afwezig(?:heid)?(?: \(out of office\))?",
    r"fora d[oe] escrit[óo]rio|aus[êe]ncia",
    r"poza biurem|nieobecność",
    r"mimo kancelář|nepřítomnost",
    r"frånvaro|frånvarande|ikke på kontoret|poissa",
)
# And of holidays: these count before the subject that is answered alone.
_HOLIDAY = any_of(
    r"away|on (?:vacation|holiday|leave)|(?:im )?urlaub|en (?:congés?|vacances)|de vacaciones|in ferie|met vakantie",
    r"de férias|na urlopie|dovolená|på semester|på ferie|lomalla",
)
_TAG = r"\s*(?:\[[^\[\]]{1,60}\]\s*)?"
AUTOMATIC = re.compile(
    rf"{_TAG}(?:(?:{_AUTOMATIC})\s*(?:[:：]|\Z)|auto:.{{0,100}}\b(?:{_AUTOMATIC}|{_AWAY}|is away))", re.IGNORECASE
)
AWAY = re.compile(rf"{_TAG}(?:(?:{_AWAY})\s*(?:[:：]|\Z)|(?:{_HOLIDAY})\s*[:：])", re.IGNORECASE)

# What an automatic reply says of itself, as a sentence at the beginning of a line.
SAYS_SO = re.compile(
    r"^[ \t*_]*(?:(?:please )?note:?\s+)?(?:"
    + any_of(
        r"this is an? (?:auto(?:mated|matic)?|automatically (?:generated|created|sent))[- ]"
        r"(?:re(?:ply|sponse)|answer|acknowledge?ment|confirmation of receipt)",
        r"(?:dies|das) ist eine automatisch(?:e| erzeugte| erstellte| generierte| versandte)"
        r" (?:antwort|eingangsbestätigung|empfangsbestätigung)",
        r"ceci est une réponse automatique",
        r"est[ea] es una respuesta (?:autom[áa]tica|generada autom[áa]ticamente)",
        r"quest[ao] è una risposta (?:automatica|generata automaticamente)",
        r"dit is een (?:automatisch (?:antwoord|gegenereerd antwoord)|automatische (?:reactie|ontvangstbevestiging))",
        r"esta é uma resposta autom[áa]tica",
        r"(?:uwaga: )?(?:to )?jest to (?:automatyczna odpowiedź|odpowiedź automatyczna)",
        r"toto je automatická odpov(?:ěď|eď)",
        r"d(?:et här|etta) är ett automatiskt svar|dette er et automatisk svar",
    )
    + r")(?!\w)",
    re.IGNORECASE | re.MULTILINE,
)

# The subject of a report of a delivery that failed: a phrase alone, or before a colon, a bracket or a reason.
FAILED = re.compile(
    r"\s*(?:\[postmaster\]\s*|\*+\s*)?(?:"
    + any_of(
        r"(?:permanent |temporary )?(?:e-?mail )?delivery (?:failure|has failed|failed|delayed)",
        r"delivery status notification",
        r"undeliver(?:able|ed)(?: mail)?(?: returned to sender)?",
        r"(?:e-?)?mail delivery (?:failed|failure|failure notification|system|subsystem|problem)",
        r"notice: mail delivery status\.?",
        r"message undeliverable|non-?deliver(?:able|y)(?: report| notification)?",
        r"message you sent blocked by our bulk e-?mail filter",
        r"returned mail|failure notice|nondeliverable",
        r"delayed mail|warning: (?:could not send message|message \S+ delayed).{0,80}",
        r"unzustellbare?(?: nachricht)?|nicht zustellbar|zustellung fehlgeschlagen|übermittlungsfehler",
        r"non remis|échec de (?:la )?remise(?: de votre message)?|message non distribué",
        r"no se (?:puede|pudo) entregar|error de entrega",
        r"mancat[ao] (?:consegna|recapito)|non recapitabile|rapporto di mancat[ao] (?:consegna|recapito)",
        r"onbestelbaar|niet bestelbaar|bezorging mislukt",
        r"não (?:foi )?entregue|não é possível entregar|falha na entrega",
        r"nie można dostarczyć|niedostarczon[aey]\w*(?: (?:wiadomość|poczta))?",
        r"nedoručiteln[éeá]|zprávu se nepodařilo doručit|nedoručená zpráva",
        r"det gick inte att leverera|kunde inte levereras|leveransfel|kunne ikke leveres|kan ikke leveres",
        r"не доставлено|недоставленное сообщение",
    )
    + r")\s*(?:[-–—:：([!*]|\Z)",
    re.IGNORECASE,
)
# What a server says of a letter that it did not deliver: its words, a status (RFC 3463), an SMTP reply, the headers.
UNDELIVERED = re.compile(
    any_of(
        r"(?<![\d.])[45]\.\d{1,2}\.\d{1,3}(?![\d.])",
        r"(?<![\d.])(?:4[25]|5[05])\d[ -](?=\S)",
        r"^(?:Received|Message-ID):",
        r"(?:could|can) ?not be delivered|couldn't be delivered|unable to deliver|undeliverable",
        r"delivery (?:has )?failed|did not reach|has not (?:yet )?been delivered",
        r"delivery (?:failure|status) notification",
        r"nicht zugestellt werden|unzustellbar",
        r"pas pu être (?:remis|distribué|délivré)|impossible de remettre",
        r"no (?:se )?(?:pudo|ha podido|puede) (?:ser )?entrega|no se pudo realizar la entrega",
        r"non è stato (?:recapitato|possibile)|impossibile recapitare",
        r"niet (?:worden )?(?:bezorgd|afgeleverd)",
        r"não (?:pôde|foi possível) (?:ser )?entreg",
        r"nie (?:można|udało się) (?:było )?dostarczyć|nie mogła zostać dostarczona",
        r"nepodařilo doručit|nelze doručit|nebyla doručena",
        r"inte (?:kunde )?levereras|kunde inte levereras|ikke (?:kunne )?leveres|kunne ikke leveres",
        r"не (?:может быть|удалось) доставлен|не удалось доставить",
    ),
    re.IGNORECASE | re.MULTILINE,
)

NO_REPLY = re.compile(
    rf"(?:{UNREAD}|bounces?|notifications?)(?![a-z])|[\w.+-]*[-_.+](?:no-?reply|donotreply)(?![a-z])"
)
DAEMON = re.compile(r"(?:mailer[-_.]?daemon|mail[-_.]?daemon|maildelivery)(?:$|[+-])")
# Addresses of servers from which, in a small firm, people write too.
SERVER = re.compile(r"(?:postmaster|mdaemon|microsoftexchange[0-9a-f]{32}|mail-?system|mail-?server)\Z")
# And a name that nobody bears, whatever its address is.
SERVER_NAME = re.compile(
    r"\W*(?:mail delivery (?:(?:sub)?system|service)|mail(?:er)?[- ]daemon|mail ?system|mailzustellsystem)\W*(?:<|\Z)",
    re.IGNORECASE,
)
