"""The words by which signatures begin, and what programs and firms add below a letter, in the languages we meet."""

import re

from bot.mail.quotes.phrases import any_of

# A line that a phone or a mail service adds below the letter.
SENT_FROM = re.compile(
    r"^\s*(?:"
    + any_of(
        r"sent from (?:my |outlook|mail for|yahoo|proton|samsung|aol)",
        r"sent via (?:my )?(?:iphone|ipad|\w+ mail)",
        r"sent with (?:proton|\[?proton|tutanota|tuta)",
        r"get outlook for",
        r"von meinem .{2,60} gesendet",
        r"gesendet (?:von|mit|aus) (?:meinem?|meiner|der|outlook|mail|yahoo|proton|iphone|tutanota)",
        r"diese nachricht wurde von meinem .{2,80} gesendet",
        r"outlook für (?:android|ios|iphone) .{0,10}beziehen",
        r"holen sie sich outlook",
        r"envoyé (?:de(?:puis)? (?:mon|ma|l'application|outlook|yahoo)|à partir de|avec la messagerie)",
        r"obtenir outlook pour",
        r"enviado (?:desde|con) (?:mi|el correo|yahoo|outlook|proton)",
        r"obtener outlook para",
        r"inviato (?:da|dal|con) (?:il )?(?:mio |iphone|ipad|outlook|yahoo|posta|proton|libero)",
        r"ottieni outlook per",
        r"(?:verstuurd|verzonden) (?:vanaf|via|vanuit|met) (?:mijn|outlook|mail|yahoo|proton)",
        r"outlook voor (?:android|ios) downloaden",
        r"enviado (?:do|de|a partir do|pelo) (?:meu|outlook|yahoo|iphone)",
        r"obter o outlook para",
        r"wysłan[eoy] z (?:mojego|iphone|ipad|aplikacji|outlook|programu|telefonu)",
        r"pobierz outlook",
        r"odesláno z (?:mého|iphon|ipad|aplikace|outlook|mobil)",
        r"získejte outlook",
        r"skickat från (?:min|outlook|mail|yahoo|iphone)",
        r"hämta outlook",
        r"sendt fra (?:min|outlook|mail)",
        r"lähetetty (?:iphonesta|ipadista|laitteesta|outlook)",
        r"отправлено (?:из|с) ",
    )
    + r").{0,120}$",
    re.IGNORECASE,
)


# What such a line was sent from.
DEVICE = re.compile(
    r"phone|i?pad\b|tablet|galaxy|android|pixel|samsung|huawei|xiaomi|outlook|mobil|m[óo]vil|handy|tel[eé]fon|téléphone|celul|cellul",
    re.IGNORECASE,
)

# How a letter ends: what stands below is a name, and what the sender's programs add.
CLOSING = re.compile(
    r"\s*(?:"
    + any_of(
        r"(?:kind|best|warm|with kind|with best)(?:est)? (?:regards|wishes)",
        r"regards|yours (?:sincerely|faithfully|truly)|sincerely(?: yours)?|many thanks|thank you|thanks|cheers",
        r"(?:mit )?(?:freundlich|herzlich|best|viel|lieb|schön)e[nrms]? (?:gr[üu](?:ß|ss)en?|dank)|gruß|mfg|danke",
        r"(?:bien )?cordialement|(?:bien|sincères) (?:à vous|salutations)|salutations|merci|bonne journée",
        r"(?:un )?(?:cordial )?saludos?(?: cordiale?s?)?|atentamente|muchas gracias|gracias",
        r"(?:cordiali|distinti) saluti|saluti|grazie",
        r"(?:met )?(?:vriendelijke|hartelijke) groet(?:en)?|groet(?:en|jes)?|bedankt|dank u",
        r"(?:com os melhores )?cumprimentos|atenciosamente|obrigad[oa]|melhores cumprimentos",
        r"z (?:poważaniem|wyrazami szacunku)|pozdrawiam|dziękuję",
        r"s (?:pozdravem|úctou)|děkuji|zdraví",
        r"(?:med )?vänlig(?:a)? hälsning(?:ar)?|hälsning(?:ar)?|mvh|tack",
    )
    + r")(?: [\w ]{1,20})?\s*[,.!]?\s*$",
    re.IGNORECASE,
)

# How the paragraph begins that a company's mail server adds: confidentiality, virus checks, mailing lists.
FOOTER = re.compile(
    r"^\s*[*_(\[]?\s*(?:"
    + any_of(
        r"(?:confidentiality|legal|privacy|e-?mail) (?:notice|disclaimer|note)\b",
        r"disclaimer\s*:",
        r"this (?:e-?mail|message|communication|transmission)(?: and any \w+(?: \w+)?| \(including[^)]*\))?"
        r"(?: transmitted with it)? (?:is|are|may be|may contain|contains"
        r"|has been (?:checked|scanned)|was (?:checked|scanned|sent to))",
        r"the (?:information|content)s?(?: contained)? (?:in|of) this (?:e-?mail|message)",
        r"if you (?:are not|have received this) .{0,40}(?:intended recipient|in error|by mistake)",
        r"please consider the environment",
        r"virus-?free\b",
        r"you received this message because you are subscribed",
        r"diese (?:e-?mail|nachricht)(?: und .{0,40})? (?:enthält|kann|ist|wurde (?:von|auf)|könnte)[^.]{0,60}"
        r"(?:vertraulich|virus|viren|geschützt|adressat|empfänger)",
        r"virenfrei\b",
        r"der inhalt dieser e-?mail ist",
        r"ce (?:message|courriel|mail|courrier)(?: électronique)?"
        r"(?: et .{0,60})? (?:est|sont|contient|peut contenir|a été (?:vérifié|analysé))",
        r"sans virus\b",
        r"este (?:mensaje|correo)(?: electrónico)?(?: y .{0,60})? (?:es|son|contiene|puede contener|va dirigido)"
        r"[^.]{0,60}(?:confidencial|destinatario|privilegiad)",
        r"libre de virus\b",
        r"(?:questo messaggio|questa e-?mail|la presente e-?mail|il contenuto di questa e-?mail)[^.]{0,60}"
        r"(?:riservat|confidenzial|destinatari|virus)",
        r"(?:avviso|clausola|nota) di riservatezza\b",
        r"le informazioni (?:contenute|trasmesse) (?:nella presente|in quest[oa])",
        r"privo di virus\b",
        r"(?:dit (?:bericht|e-?mailbericht)|deze e-?mail)[^.]{0,60}(?:vertrouwelijk|bestemd|virus)",
        r"virusvrij\b",
        r"(?:esta mensagem|este e-?mail)[^.]{0,60}(?:confidenci|destinat|vírus)",
        r"livre de vírus\b",
        r"(?:ta wiadomość|niniejsza wiadomość|treść tej wiadomości)[^.]{0,80}(?:poufn|adresat|wirus)",
        r"wolny od wirusów\b",
        r"(?:tato zpráva|tento e-?mail)[^.]{0,60}(?:důvěrn|určen|vir)",
        r"bez virů\b",
        r"(?:detta meddelande|detta e-?postmeddelande|det här meddelandet)[^.]{0,60}(?:konfidentiell|avsett|virus)",
        r"virusfri\b",
    )
    + r")",
    re.IGNORECASE,
)
