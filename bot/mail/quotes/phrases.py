"""The words by which mail programs mark what they quote or add themselves, in the languages that the desk meets."""

import re


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


def any_of(*words: str) -> str:
    return "|".join(words)


# "On … wrote:", said by the mail program above a quote.
WROTE = re.compile(
    r"(?<!\w)(?:"
    + any_of(
        "wrote",
        "writes",
        "schrieb",
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
        "pisze",
        "napsal",
        "napsala",
        r"napsal\(a\)",
        "skrev",
        "kirjoitti",
        "написал",
        r"написал\(а\)",
        "пише",
        "yazdı",
        "έγραψε",
        r"írta",
        "a scris",
        r"napísal",
    )
    + r")(?!\w)|さんは書きました|写道|寫道|님이 작성",
    re.IGNORECASE,
)


# The first label of the header block that Outlook and its kin put above what they answer.
FROM = _words(
    "from von de da van od från fra lähettäjä от від gönderen από feladó 差出人 发件人 寄件者 expéditeur mittente"
    " remitente afzender avsändare absender nadawca odesílatel remetente"
)
SENT = _words(
    "sent date gesendet datum envoyé date enviado enviada fecha data inviato verzonden wysłano odesláno skickat sendt"
    " lähetetty отправлено дата надіслано gönderildi tarih στάλθηκε elküldve 送信日時 日付 发送时间 日期"
)
SUBJECT = _words(
    "subject betreff objet asunto oggetto onderwerp assunto temat předmět ämne emne aihe тема konu θέμα"
    " tárgy 件名 主题 主旨"
)
OTHER_LABELS = _words(
    "to an à a para per aan do komu till til vastaanottaja кому kime προς címzett 宛先 收件人 cc kopie copie kopia bcc"
    " reply-to antwort-an importance priority priorität wichtigkeit attachments anlagen destinataire destinatario"
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
        r"eredeti üzenet",
    ),
    re.IGNORECASE,
)
