"""The words by which signatures begin, and what programs and firms add below a letter, in the languages we meet."""

import re

from bot.mail.quotes.phrases import any_of

# What Outlook's phones add is known in any language by its name and where it may be had.
OUTLOOK = re.compile(r"(?=.{0,100}outlook)(?=.{0,120}(?:ios|android|mac\b|windows)).{0,150}", re.IGNORECASE)
OUTLOOKS_PLACE = re.compile(r"(?:https?://)?(?:aka\.ms|go\.microsoft\.com|outlook\.com)/", re.IGNORECASE)

# A line that a phone or a mail service adds below the letter.
SENT_FROM = re.compile(
    r"^\s*(?:"
    + any_of(
        r"sent (?:from|via|with|using|by) (?:my |an? (?:i?phone|ipad|android|mobile|smartphone|tablet|handheld)"
        r"|(?:the )?(?:new )?(?:outlook|(?:windows )?mail\b|yahoo|proton|samsung|aol|gmx|web\.de|icloud|gmail|hotmail)"
        r"|tutanota|tuta\b|blackberry|(?:i?phone|ipad|android|mobile)\b"
        r"|spark\b|airmail|mailbird|em client|nine\b|blue ?mail|superhuman|edison|newton|polymail|k-9|fairemail"
        r"|thunderbird|canary|typeapp|mailspring|zoho|yandex|mail\.ru)",
        r"sent on the .{2,40} network",
        r"sent from (?:yahoo|aol) mail",
        r"(?:get|download) (?:outlook|bluemail|.{0,20}mail app) for",
        r"(?:von|mit) (?:meinem|meiner|yahoo|gmx|web\.de|aol|samsung) .{2,60}gesendet",
        r"odesl[aá]no (?:z|ze|pomocí) (?:tabletu|mobilu|meho|seznam|hodinek|počítače)|gesendet von (?:iphone"
        r"|ipad|android)",
        r"inviato dal? (?:tablet|telefono|mio)|enviado (?:desde|con) (?:el|la|un) (?:m[óo]vil|tablet|tel[ée]fono)",
        r"envoyé depuis (?:l['’]appli|un |une )|verstuurd via ",
        r"(?:sent (?:from|via|with|using)|gesendet (?:von|mit|über|aus)|envoyé (?:de|depuis|avec)"
        r"|enviad[oa] (?:desde|con|do|com)"
        r"|inviato (?:da|con|tramite)|ver(?:zonden|stuurd) (?:vanaf|met|via|vanuit)|wysłan[oe] (?:z|za pomocą)"
        r"|odesláno (?:z|pomocí)|skicka[dt] (?:från|med)|sendt (?:fra|med)|lähetetty|отправлено (?:из|с"
        r"|через)) .{0,40}"
        r"(?:aqua ?mail|email\.cz|seznam|libero|virgilio|wp\b|onet|o2\b|orange|sfr|delta chat|myMail|mail\.ru"
        r"|yandex|mailo"
        r"|claws|evolution|kmail|huawei|xiaomi|oppo|samsung|galaxy|pixel|lg\b|htc|nokia|motorola|sony|honor|oneplus)",
        r"gesendet (?:von|mit|aus|über|via) (?:meinem?|meiner|der|einem|outlook|mail|yahoo|proton|iphone|tuta|spark"
        r"|blackberry|samsung|gmx|web\.de|blue ?mail|t-online|aol|freenet|posteo|mailbird|em client|k-9)",
        r"mit (?:der |dem )?(?:gmx|web\.de|telekom mail|blue ?mail).{0,30} (?:gesendet|verschickt)",
        r"diese nachricht wurde von meinem .{2,80} gesendet",
        r"outlook für (?:android|ios|iphone) .{0,10}beziehen",
        r"holen sie sich outlook",
        r"envoyé (?:de(?:puis)? (?:mon|ma|l['’]application|outlook|yahoo|un )|à partir (?:de|d['’])|avec la messagerie"
        r"|avec (?:proton|tuta|spark|blue ?mail)|via )",
        r"télécharger outlook pour",
        r"obtenir outlook pour",
        r"enviado (?:desde|con|a través de) (?:mi|el correo|correo|yahoo|outlook|proton|un |tuta|spark|la aplicación)",
        r"obtener outlook para",
        r"inviato (?:da|dal|con|tramite) (?:il )?(?:mio |iphone|ipad|outlook|yahoo|posta|proton|libero|tuta"
        r"|spark|samsung"
        r"|smartphone|cellulare|dispositivo|l['’]app)",
        r"scarica outlook per",
        r"ottieni outlook per",
        r"(?:verstuurd|verzonden|gestuurd) (?:vanaf|van|via|vanuit|met) (?:mijn|outlook|mail|yahoo|proton|tuta"
        r"|spark|een )",
        r"download outlook voor",
        r"outlook voor (?:android|ios) downloaden",
        r"enviad[oa] (?:do|de|a partir d[oe]|pelo|com|via|através d[oe]) (?:o )?(?:meu|minha|outlook|yahoo"
        r"|iphone|correio|e-?mail"
        r"|proton|um |tuta|spark|samsung)",
        r"baixar (?:o )?outlook para",
        r"obter o outlook para",
        r"wysłan[eoya]{1,2} (?:z|za pomocą|przez) (?:mojego|iphone|ipad|aplikacji|outlook|programu|telefonu"
        r"|urządzenia|poczty"
        r"|proton|tuta|spark|smartfona|androida)",
        r"pobierz outlook",
        r"odesláno (?:z|ze|pomocí|přes) (?:mého|iphon|ipad|aplikace|outlook|mobil|telefonu|služby|proton|tuta"
        r"|spark|chytrého)",
        r"získejte outlook",
        r"skickat? (?:från|med|via) (?:min|outlook|mail|yahoo|iphone|e-post|proton|tuta|spark|en )",
        r"skickades från (?:min|outlook|e-post|mail)",
        r"hämta outlook",
        r"sendt (?:fra|med|via) (?:min|mitt|outlook|mail|e-post|yahoo|proton|tuta|spark|en )",
        r"hent outlook (?:til|for)",
        r"lähetetty (?:iphonesta|ipadista|laitteesta|outlook|android|puhelimesta|sähköpostista)",
        r"отправлено (?:из|с) |відправлено з |изпратено от моя",
        r"(?:poslano|poslato|odoslané) (?:z|s|sa) (?:mojega|moga|mojho|iphon|ipad|android)",
        r"trimis de pe|küldve |iphone['’]umdan gönderildi|στάλθηκε από (?:το|τo) ",
        r"iphoneから送信|从我的|從我的|發自我的|发自我的|내 iphone에서 보냄|나의 iphone에서 보냄",
    )
    + r").{0,120}$",
    re.IGNORECASE,
)


# What such a line was sent from.
DEVICE = re.compile(
    r"\bmail\b|proton|tuta|yahoo|windows|blackberry|phone|i?pad\b|tablet|galaxy|android|pixel|samsung|huawei"
    r"|xiaomi|outlook|mobil|m[óo]vil|\btel\b|toestel|appareil|tablet|handy|tel[eé]fon|téléphone|celul|cellul",
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
        r"(?:med )?(?:vänlig|bäst|hjärtlig)(?:a)? hälsning(?:ar)?|hälsning(?:ar)?|mvh|tack",
        r"(?:med )?(?:venlig|vennlig|bedste|beste) hilsen?|hilsen|(?:ystävällisin )?terveisin|kiitos",
        r"с уважением|спасибо|üdvözlettel|köszönöm|saygılarımla|με εκτίμηση|cu (?:stimă|respect)|s pozdravom|ďakujem",
    )
    + r")(?: [\w ]{1,20})?\s*[,.!]?\s*$",
    re.IGNORECASE,
)
