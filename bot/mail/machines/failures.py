"""The words by which mail servers say that a letter did not arrive, in the languages that the desk meets."""

import re

from bot.mail.quotes.phrases import any_of

# What gateways and lists put before a subject.
_TAGS = r"(?:\[[^\[\]]{1,40}\]|[\s*]){0,40}"
# The subject of a report: a phrase alone, or before a colon, a bracket or a reason. People write of parcels and
# letters in the same words: a sign of the sender or of the text has to stand beside it.
_FAILED = any_of(
    r"(?:permanent |temporary |message |e-?mail |mail )?delivery"
    r" (?:failures?|has failed|failed|delayed|problem|errors?|status|report|notification)",
    r"(?:failed|failure) delivery|failed mail|bounced (?:mail|message|e-?mail)",
    r"delivery status notification",
    r"undeliver(?:able|ed)(?: (?:mail|message))?(?: returned to sender)?",
    r"(?:mail |your )?message (?:was |is )?undeliver(?:able|ed)|message status - undeliverable",
    r"(?:e-?)?mail delivery (?:failed|failure|failure notification|system|subsystem|problem)",
    r"notice: mail delivery status\.?|successful mail delivery report",
    r"error sending message|e-?mail addressing error|no valid recipient in .{1,80}",
    r"(?:delivery|mail) (?:warning|failure)",
    r"(?:banned contents|virus .{0,80}in mail|considered unsolicited bulk e-?mail.{0,40}) from you",
    r"non-?deliver(?:able|y)(?: report| notification)?|(?:message )?not delivered",
    r"(?:sorry, )?(?:your )?(?:message|mail)(?: \S{1,100}){0,3} (?:could not|cannot) be delivered",
    r"could not deliver (?:your )?message",
    r"message you sent blocked by our bulk e-?mail filter",
    r"returned (?:e-?)?mail|failure notice|mail failed, returning to sender|mail system error",
    r"delayed mail|warning: (?:could not send message|message \S+ delayed|message delayed).{0,80}",
    r"unzustellbare?(?: nachricht| e-?mail)?|nicht zustellbar|zustellung (?:fehlgeschlagen|verzögert)",
    r"übermittlungsfehler|(?:fehler bei der zustellung|zustell(?:ungs)?(?:fehler|bericht|benachrichtigung))",
    r"benachricht(?:ig)?ung zum (?:übermittlungs|zustellungs?)status|nachricht nicht zugestellt",
    r"non remis|échec de (?:la )?(?:remise|distribution|livraison)(?: de votre message)?",
    r"(?:message|courrier) non distribué|remise retardée",
    r"notification d'état de (?:remise|la distribution)|(?:avis|rapport) de non-?remise",
    r"no se (?:puede|pudo|ha podido) entregar|error (?:de|en la) entrega|(?:correo|mensaje) (?:devuelto|no entregado)",
    r"no entregado|notificación (?:del|de) estado de (?:la )?entrega|entrega (?:fallida|retrasada)",
    r"mancat[ao] (?:consegna|recapito)|non recapitabile|rapporto di mancat[ao] (?:consegna|recapito)",
    r"(?:recapito|consegna) (?:non riuscit[oa]|fallit[oa]|ritardat[oa])|messaggio non (?:recapitato|consegnato)",
    r"notifica (?:sullo |dello |di )?stato (?:del |della |di )?(?:recapito|consegna)|impossibile recapitare",
    r"onbestelbaar|niet bestelbaar|bezorging (?:mislukt|vertraagd)",
    r"(?:uw )?bericht (?:is )?niet (?:bezorgd|afgeleverd)",
    r"não (?:foi )?entregue|não é possível entregar|falha na entrega|mensagem (?:devolvida|não entregue)",
    r"notificação d[eo] (?:status|estado) d[ae] entrega|erro (?:de|na) entrega",
    r"nie można dostarczyć|niedostarcz(?:on[aey]|aln[aey])\w*(?: (?:wiadomość|poczta))?",
    r"zwrot (?:wiadomości|poczty|listu)|błąd dostarczania",
    r"powiadomienie o stanie dostarczenia|wiadomość nie(?: została)? dostarczona",
    r"nedoručiteln[éeá]|zprávu se nepodařilo doručit|nedoručená zpráva|zpráva nebyla doručena|nelze doručit",
    r"oznámení o stavu doručení",
    r"det gick inte att leverera|leveransfel|kunne ikke leveres|kan (?:ikke|inte) lever(?:es|eras)",
    r"olevererbart|(?:meddelandet )?kunde inte levereras|leveransmeddelande|levering mislykke?des",
    r"(?:viesti[äå]? )?ei voi(?:tu|da)? toimittaa|toimitus epäonnistui|kézbesíthetetlen|sikertelen kézbesítés",
    r"(?:сообщение |письмо )?не доставлено|недоставленное(?: сообщение)?|ошибка доставки|возврат (?:почты|письма)",
    r"teslim edilemedi|iletilemedi|nedoručiteľn[éá]|nelivrabil|не вдалося доставити|δεν ήταν δυνατή η παράδοση",
    r"(?:nachricht|e-?mail|mail)[- ](?:zustellung fehlgeschlagen|konnte nicht zugestellt werden)",
    # A sentence, whose message it is left out.
    r"(?:\S{1,12} ){1,3}(?:"
    r"(?:nachricht|e-?mail) konnte nicht zugestellt werden|(?:message|courriel) n'a pas pu être (?:remis|distribué)"
    r"|(?:mensaje|correo) no (?:se )?(?:pudo|ha podido) (?:ser )?entrega(?:r(?:se)?|do)"
    r"|messaggio non è stato (?:recapitato|consegnato)|bericht kon niet worden (?:bezorgd|afgeleverd)"
    r"|mensagem não pôde ser entregue|wiadomość nie została dostarczona|zpráva nebyla doručena"
    r"|meddelande kunde inte levereras)",
    r"(?:メール|メッセージ)?(?:を|が)?(?:配信|送信)(?:できません(?:でした)?|に失敗しました|不能|エラー)(?:[:：].{0,80})?",
    r"(?:系统|系統)?退信(?:通知)?|(?:邮件)?(?:投递失败|未送达|无法投递)|無法(?:傳遞|投遞|送達)",
    r"반송(?:된 메일)?|배달되지 않음",
)
FAILED = re.compile(rf"{_TAGS}(?:(?:{_FAILED})\s*\.?(?:[-–—:：(\[!*/。]|\Z)|\[bounce\]\s*\Z)", re.IGNORECASE)
# And how a server alone writes it: before a colon and the subject of the letter or the reason, or in these words.
RETURNED = re.compile(
    rf"{_TAGS}(?:(?:{_FAILED})\s*[:：]|(?:undelivered mail returned to sender|delivery status notification"
    r"|failure notice|message status - undeliverable|mail system error - returned mail|permanent delivery failure"
    r"|mail failed, returning to sender)\b|\[bounce\]\s*\Z)",
    re.IGNORECASE,
)

# What a server says of a letter that it did not deliver: its words, a status (RFC 3463), an SMTP reply, the headers.
_CODES = any_of(
    r"(?:^|[\s(<>#:\"=-])[45]\.[0-7]\.\d{1,3}(?![\d.])",
    # An SMTP reply stands where a server would put it, before words or a status: prices and telephones do not.
    r"(?:^|[:;,(<>#\"=]|\b(?:said|error|code|reply|response|returned|was|with))[ \t]{0,3}"
    r"(?:4[25]|5[05])\d[ -](?=[a-z<#\"]|\d\.\d\.\d)",
)
_SENTENCES = any_of(
    r"^(?:Received|Message-ID):",
    r"(?:could|can) ?not be (?:delivered|sent)|couldn't be delivered|(?:unable|failed) to (?:deliver|send)",
    r"delivery (?:has )?failed|did not reach|has not (?:yet )?been delivered|not receive a copy|was not delivered",
    r"delivery (?:failure|status) notification|delivery .{0,40}was (?:stopped|blocked|prevented)",
    r"had delivery (?:problems|errors)|(?:fatal|delivery) errors?\b",
    r"nicht zugestellt werden",
    r"pas pu être (?:remis|distribué|délivré)|impossible de remettre",
    r"no (?:se )?(?:pudo|ha podido|puede) (?:ser )?entrega|no se pudo realizar la entrega",
    r"non è stato (?:recapitato|possibile)|impossibile recapitare",
    r"niet (?:worden )?(?:bezorgd|afgeleverd)",
    r"não (?:pôde|foi possível) (?:ser )?entreg",
    r"nie (?:można|udało się) (?:było )?dostarczyć|nie (?:mogła zostać|została) dostarczona",
    r"nepodařilo doručit|nelze doručit|nebyla doručena",
    r"inte (?:kunde )?levereras|kunde inte levereras|ikke (?:kunne )?leveres|kunne ikke leveres",
    r"не (?:может быть|удалось) доставлен|не удалось доставить|не было доставлено",
    r"(?:配信|送信)(?:できません|に失敗)|宛先が見つかりません",
    r"(?:邮件|郵件)?被?退回|没有送达|未(?:能)?送达|无法(?:投递|送达)|無法(?:投遞|送達)|退信原因|배달하지 못",
)
CODES = re.compile(_CODES, re.IGNORECASE | re.MULTILINE)
SAYS_FAILED = re.compile(rf"{_SENTENCES}|{_CODES}", re.IGNORECASE | re.MULTILINE)
UNDELIVERED = re.compile(rf"{_SENTENCES}|undeliverable|unzustellbar", re.IGNORECASE | re.MULTILINE)

# How a server begins, where a person would greet or tell what it is about.
BEGINS = re.compile(
    r"[\s*|=#-]*(?:"
    + any_of(
        r"hi[.!]\s{1,20}this is the\b",
        r"this is the (?:\S+ )?(?:mail|e-?mail|machine|deliver\w*|post)\b",
        r"this (?:message|mail|e-?mail|notice) (?:was|is|has been) (?:automatically )?(?:created|generated)",
        r"this (?:report relates to|is an automat\w+ (?:generated )?(?:delivery|message|e-?mail|notification))",
        r"this is a (?:permanent|delivery|non-?delivery|machine)",
        r"the original message was received",
        r"the following (?:address|recipient|message|mail)",
        r"the (?:message (?:that )?you sent|user\(s\)|enclosed (?:mail|message)|e-?mail below)",
        r"a message (?:that )?you (?:have )?sent|a message could not be",
        r"(?:your|the) (?:message|e-?mail|mail)(?: sent on| to\b|:?[ \t]*\n)",
        r"(?:your|the) (?:message|e-?mail|mail)\b.{0,80}(?:could ?n[o']t|can(?: ?no|')t|(?:was|has) not)",
        r"(?:error: )?message could not be",
        r"(?:sorry,? )?(?:we (?:were|are) )?unable to deliver|undeliverable (?:to|address)",
        r"delivery (?:to the following|of the following|failed|has failed)",
        r"(?:unknown|invalid) (?:user|recipient|final)|user mailbox|failed address|addressed to",
        r"(?:sent|received|送信|受信)? ?(?:<<<|>>>) ",
        r"(?:transcript of|failure reasons|message log follows)",
        r"message from \S{1,100}\s{1,20}unable to",
        r"an error (?:occurred|has occurred) while|there was an error deliver",
        r"(?:このメール|以下の|次の(?:宛先|メール)|下記の)",
    )
    + ")",
    re.IGNORECASE,
)
# A letter, an SMTP session or the fields of a report, in lines of a text.
TRANSCRIPT = re.compile(
    any_of(
        r"^[ \t]*(?:RCPT TO|MAIL FROM|To|Recipient|Error-for|Final-Recipient|Received|Message-ID|Addressed To):",
        r"^[ \t]*(?:(?:sent|received) )?(?:<<<|>>>) ",
        _CODES,
        r"^[ \t]*could not be delivered to:",
    ),
    re.IGNORECASE | re.MULTILINE,
)
# Which posts the fml list manager does not take, in its subject.
REFUSED_BY_LIST = re.compile(
    r"\s*(?:not member\b|reject\b|.{0,80}\bare not member|loop (?:back |alert)|fml system error|security alert)",
    re.IGNORECASE,
)

DAEMON = re.compile(r"(?:mail(?:er)?[-_.]?d(?:ae|ea)mon|maildelivery)(?:$|[+-])")
# Addresses of servers from which, in a small firm, people write too.
SERVER = re.compile(
    r"(?:post[-_.]?master|mdaemon|microsoftexchange[0-9a-f]{32}|mail-?system|mail-?server|undeliverable)\Z"
)
# And a name that nobody bears, whatever its address is.
SERVER_NAME = re.compile(
    r"\W*(?:mail delivery (?:(?:sub)?system|service|agent)|(?:internet )?mail delivery|mail(?:er)?[- ]daemon"
    r"|mail ?system|mailzustellsystem|courier mail server at \S{1,100})\W*(?:<|\Z)",
    re.IGNORECASE,
)
