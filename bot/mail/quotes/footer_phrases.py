"""The words by which what a firm's or a list's mail server adds below a letter is known, in the languages we meet."""

import re

from bot.mail.quotes.phrases import any_of

# A list's words about itself, which stand below a line. "Please unsubscribe me" is a person's wish.
LIST = re.compile(
    r"/(?:listinfo|mailman\d?|options)/|/mailman3?/|[+-](?:unsubscribe|leave)@|groups\.google\.|\byahoo! groups links"
    r"|^\s*(?:to (?:unsubscribe|leave this|change your subscription|post to this)\b|unsubscribe\s*:"
    r"|list (?:info|archive))",
    re.IGNORECASE | re.MULTILINE,
)
LISTS_NAME = re.compile(
    r"[^\n]{0,60}\b(?:mailing[- ]?list|mailingliste|liste de diffusion|lista de correo|lista di discussione)\b",
    re.IGNORECASE,
)
# The title of what a virus scanner says between two lines.
SCANNER = re.compile(
    r"\b(?:eset|nod32|avast|avg|mcafee|kaspersky|norton|symantec|f-secure|anti-?virus|mailscanner)\b", re.IGNORECASE
)
# What mail services say of themselves below the letters of those who pay nothing.
SERVICE = re.compile(
    r"\b(?:msn|hotmail|windows live|yahoo!?|gmx|web\.de|aol|freemail|lycos|tiscali|caramail|juno|netzero"
    r"|incredimail)\b",
    re.IGNORECASE,
)
PLACE = re.compile(r"(?:https?://|www\.)\S")

# How the paragraph begins that a company's mail server adds: confidentiality, virus checks, mailing lists.
FOOTER = re.compile(
    r"(?:"
    + any_of(
        r"(?:confidentiality|legal|privacy|e-?mail) (?:notice|disclaimer|note)\b",
        r"disclaimer\s*:",
        r"this (?:e-?mail|message|communication|transmission)(?: and any \w+(?: \w+)?| \(including[^)]*\))?"
        r"(?: transmitted with it)? (?:is|are|may be|may contain|contains"
        r"|has been|was)\b.{0,120}(?:confiden|privileg|intended|proprietary|addressee|recipient|virus|scanned"
        r"|checked)",
        r"the (?:information|content)s?(?: contained)? (?:in|of) this (?:e-?mail|message)"
        r".{0,120}(?:confiden|privileg|intended|proprietary|addressee|recipient)",
        r"confidential\s*:.{0,120}(?:received|recipient|error)",
        r"if you (?:are not|have received this) .{0,40}(?:intended recipient|in error|by mistake)",
        r"(?:please )?(?:consider|think of) the environment",
        r"you(?: are|['’]re)? (?:receive|received|receiving|getting) this (?:e-?mail |message )?because you",
        r"virus-?free\b",
        r"no virus(?:es)? (?:was |were )?found in this (?:outgoing |incoming )?(?:message|e-?mail)",
        r"this (?:e-?mail|message) has been (?:scanned|checked) (?:for|by)",
        r"you received this (?:message|e-?mail) because you(?: are|['’]re) (?:subscribed|a member)",
        r"to unsubscribe from this (?:group|list)",
        r"important (?:notice|note)\s*:.{0,200}(?:confidential|privileged|intended)",
        r"(?:\w+ ){1,12}(?:is )?(?:a )?(?:limited )?company registered in (?:england|scotland|ireland)",
        r"diese (?:e-?mail|nachricht)(?: und .{0,40})? (?:enthält|kann|ist|wurde (?:von|auf)|könnte)[^.]{0,60}"
        r"(?:vertraulich|virus|viren|geschützt|adressat|empfänger)",
        r"virenfrei\b",
        r"rechtshinweis\b|dieses e-?mail (?:ist|kann|enthält)[^.]{0,60}vertraulich",
        r"diese (?:e-?mail|nachricht) (?:samt|und) .{0,40}(?:adressat|empfänger|vertraulich)",
        r"(?:vertraulichkeitshinweis|haftungsausschluss|rechtlicher hinweis)\b",
        r"(?:wichtiger )?hinweis\s*:.{0,200}(?:vertraulich|adressat|empfänger)",
        r"(?:die )?informationen? in dieser (?:e-?mail|nachricht)[^.]{0,80}vertraulich",
        r"(?:bitte )?(?:denken|prüfen|überlegen|schonen|berücksichtigen) sie .{0,60}(?:umwelt|ausdruck|drucken"
        r"|papier)",
        r"es wurden keine viren in dieser|kein virus in dieser",
        r"sie (?:haben|erhalten) diese (?:nachricht|e-?mail)[^.]{0,30}, weil sie",
        r"der inhalt dieser e-?mail ist",
        r"ce (?:message|courriel|mail|courrier)(?: électronique)?"
        r"(?: et .{0,60})? (?:est|sont|contient|peu(?:t|vent) contenir|a été)\b.{0,120}(?:confiden|destin|virus"
        r"|exclusi|secret)",
        r"l['’]information contenue dans ce.{0,80}(?:confiden|destin)",
        r"vous recevez ce (?:message|courriel|mail) (?:car|parce que)",
        r"avis\s*:.{0,80}(?:confiden|destin)",
        r"sans virus\b|aucun virus (?:trouvé|détecté)",
        r"(?:avis|clause|mention) de confidentialité\b",
        r"(?:pensez|merci de penser|avant d['’]imprimer|n['’]imprimez).{0,60}(?:environnement|imprimer|nécessaire)",
        r"l['’]absence de virus dans ce",
        r"este (?:mensaje|correo)(?: electrónico)?(?: y .{0,60})? (?:es|son|contiene|puede contener|va dirigido)"
        r"[^.]{0,60}(?:confidencial|destinatario|privilegiad)",
        r"libre de virus\b|no se encontraron virus",
        r"aviso (?:legal|de confidencialidad)\b|aviso\s*:[^\n]{0,60}confidencial",
        r"este mensaje se dirige exclusivamente",
        r"(?:antes de imprimir|por favor,? piense|piense en|cuide|proteja).{0,60}(?:ambiente|imprimir|necesario)",
        r"(?:la información|el contenido)[^.]{0,40} (?:de|en) este (?:mensaje|correo)[^.]{0,80}(?:confidencial"
        r"|destinatario)",
        r"(?:questo messaggio|questa e-?mail|la presente e-?mail|il contenuto di questa e-?mail)[^.]{0,60}"
        r"(?:riservat|confidenzial|destinatari|virus)",
        r"(?:avviso|clausola|nota) di riservatezza\b",
        r"il (?:presente messaggio|contenuto di questa mail)[^.]{0,60}(?:riservat|confidenzial|destinatari)",
        r"le informazioni (?:contenute|trasmesse) (?:nella presente|in quest[oa])",
        r"privo di virus\b|nessun virus (?:trovato|nel)",
        r"ai sensi (?:del|della|dell['’])[^\n]{0,200}(?:messaggio|comunicazione|e-?mail)[^\n]{0,200}"
        r"(?:riservat|ad uso esclusivo|confidenzial"
        r"|esclusivamente al destinatari)",
        r"(?:prima di stampare|rispetta l['’]ambiente|pensa all['’]ambiente|stampa(?:re)? (?:questa|solo))",
        r"(?:dit (?:bericht|e-?mailbericht)|deze e-?mail)[^.]{0,60}(?:vertrouwelijk|bestemd|virus)",
        r"virusvrij\b|geen virus(?:sen)? (?:gevonden|aangetroffen)",
        r"aan dit (?:bericht|e-?mailbericht) kunnen geen rechten",
        r"(?:de informatie|de inhoud)[^.]{0,40} (?:in|van) (?:dit|deze) (?:e-?mail"
        r"|bericht)[^.]{0,80}(?:vertrouwelijk|bestemd)",
        r"(?:denk|spaar).{0,30}milieu",
        r"(?:esta mensagem|este e-?mail)[^.]{0,80}(?:confidenci|destinat|vírus)",
        r"livre de vírus\b|nenhum vírus encontrado",
        r"aviso de confidencialidade\b",
        r"(?:antes de imprimir|pense no|proteja o).{0,60}(?:ambiente|necessário|imprimir)",
        r"(?:ta wiadomość|niniejsza wiadomość|treść tej wiadomości)[^.]{0,80}(?:poufn|adresat|wirus)",
        r"wolny od wirusów\b|nie znaleziono wirusów",
        r"(?:pomyśl|zanim wydrukujesz|zastanów).{0,60}(?:środowisk|wydruk)",
        r"(?:informacje zawarte|treść zawarta|zawartość) [^.]{0,60}(?:wiadomości|e-?mail)[^.]{0,80}(?:poufn|adresat)",
        r"(?:tato (?:e-?mailová )?zpráva|tento e-?mail)[^.]{0,60}(?:důvěrn|určen|vir)",
        r"před tiskem zvažte|zvažte,? (?:zda|prosím)[^.]{0,40}(?:tisk|vytisk)",
        r"bez virů\b|v této zprávě nebyl|tuto zprávu zkontroloval",
        r"(?:obsah|informace)[^.]{0,40}(?:této zprávy|tohoto e-?mailu|v této zprávě)[^.]{0,80}(?:důvěrn|určen)",
        r"(?:myslete na|před vytištěním|šetřete).{0,60}(?:prostředí|přírodu|papír|vytisk)",
        r"(?:detta meddelande|detta e-?postmeddelande|det här meddelandet)[^.]{0,60}(?:konfidentiell|avsett|virus)",
        r"virusfri\b|inga virus",
        r"(?:innehållet|informationen) i detta [^.]{0,80}(?:konfidentiell|avsett|avsedd)",
        r"(?:tänk på|spara på).{0,30}(?:miljön|papper)",
        r"(?:denne (?:e-?mail|e-?post|mail|meddelelse))[^.]{0,60}(?:fortrolig|beregnet|virus)",
    )
    + r")",
    re.IGNORECASE,
)
