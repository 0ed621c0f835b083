"""The words by which mail programs say that nobody wrote this, in the languages that the desk meets."""

import re

from bot.mail.quotes.phrases import any_of
from models.rules.loop_guards import UNREAD

# The subject of an automatic reply: a phrase alone, or before a colon and the subject that is answered; a ticket
# system puts its tag before it, Notes writes "AUTO:", who, and that they are away.
_AUTOMATIC = any_of(
    r"auto(?:matic|mated)?[- ]?(?:reply|response|answer|acknowledge?ment)|autoresponder|majordomo results",
    r"(?:automatically generated response|auto-?respond e-?mail) from .{1,80}",
    r"yahoo! auto response|(?:vacation|holiday|away) (?:reply|response|message|notice|auto-?reply)",
    r"out[- ]of[- ](?:the[- ])?office(?: (?:auto[- ]?reply|reply|notice|notification|message))?",
    r"away from my mail",
    r"(?:automatische|automatisierte) (?:r[uü]ck)?(?:antwort|meldung)",
    r"automatische (?:abwesenheits|eingangs|empfangs)\w{3,20}",
    r"abwesenheits(?:notiz|benachrichtigung|meldung|nachricht|assistent)",
    r"(?:réponse|reponse|message|répondeur) automatique(?: d'absence(?: du bureau)?)?|réponse auto",
    r"message d'absence|notification (?:automatique )?d'absence",
    r"(?:mensaje de )?(?:respuesta|mensaje) autom[áa]tic[ao](?: de ausencia)?",
    r"auto-?respuesta|contestador autom[áa]tico",
    r"(?:resposta|mensagem) autom[àáa]tica(?: de aus[êe]ncia)?",
    r"(?:risposta|risponditore|messaggio) automatic[ao]",
    r"automatisch (?:antwoord|bericht)|automatische (?:reactie|beantwoording)",
    r"afwezigheids(?:bericht|melding|assistent)",
    r"odpowiedź automatyczna|automatyczna odpowiedź|autoodpowiedź",
    r"automatická odpove(?:ď|d)|automatická (?:odpověď|zpráva)|oznámení o nepřítomnosti",
    r"autosvar|automatis[kt]+ (?:svar|meddelande)|frånvaromeddelande|fraværs(?:besked|melding)",
    r"automaattinen vastaus|poissaoloilmoitus",
    r"automatikus válasz|házon kívül",
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
    r"absen(?:ce|te?)(?: du bureau| temporaire)?",
    r"fuera de (?:la )?oficina|ausente",
    r"fuori (?:sede|ufficio)|assente",
    r"afwezig(?:heid)?(?: \(out of office\))?",
    r"fora d[oe] escrit[óo]rio|aus[êe]ncia(?: tempor[áa]ria)?",
    r"poza biurem|nieobecność",
    r"mimo kancelář|nepřítomnost",
    r"frånvaro|frånvarande|ikke (?:på kontoret|til stede)|poissa",
    r"(?:i am|i'm|i will be) (?:currently )?(?:out of (?:the )?office|away)(?: until .{1,40})?",
    r"ich bin (?:nicht im büro|im urlaub|abwesend)",
    r"(?:je suis|sono|estoy|estou|jestem) (?:absente?|assente|ausente|nieobecn[ya])",
)
# RFC 5230, 5.3: what a Sieve vacation writes before the subject where its owner gave none.
_VACATION = r"auto"
# Notes writes who is away, without a colon.
_WHO = r".{1,80}\b(?:(?:is|will be) out of (?:the )?office|ist außer haus|est absente?|è fuori ufficio)"
# And of holidays: these count before the subject that is answered alone.
_HOLIDAY = any_of(
    r"away|on (?:vacation|holiday|leave)|(?:im )?urlaub|en (?:congés?|vacances)|de vacaciones|in ferie|met vakantie",
    r"de férias|na urlopie|dovolená|på semester|på ferie|lomalla",
)
_TAG = r"\s*(?:\[[^\[\]]{1,60}\]\s*){0,3}"
# At the end, before a colon, or before the answer's own "Re:".
_ENDS = r"\s*(?:[:：]|\Z|\.?\s*\(|\s(?:re|aw|sv|antw|odp)\s?:)"
AUTOMATIC = re.compile(
    rf"{_TAG}(?:(?:{_AUTOMATIC})\s*(?:[:：]|\Z)"
    rf"|auto:(?:\s*(?:re|aw|sv|fwd?)\s?:|.{{0,100}}\b(?:{_AUTOMATIC}|{_AWAY}|is away)))",
    re.IGNORECASE,
)
AWAY = re.compile(
    rf"{_TAG}(?:(?:{_AWAY}|{_AUTOMATIC}){_ENDS}|(?:{_HOLIDAY}|{_VACATION})\s*[:：]|{_WHO}\s*(?:\.|\(|\Z))"
    rf"|\s*(?:\[[^\[\]]{{1,60}}\]\s*){{0,2}}\[(?:{_AWAY}|{_AUTOMATIC})\]",
    re.IGNORECASE,
)
# With the day of the return.
AWAY_UNTIL = re.compile(rf"{_TAG}(?:{_AWAY}|{_HOLIDAY}|{_AUTOMATIC})\b.{{0,40}}\d", re.IGNORECASE)
# Behind a subject that is answered, which a person's answer carries on.
AWAY_BEHIND = re.compile(rf"[(\[](?:{_AWAY}|{_AUTOMATIC}|away from the office)[)\]]\s*\Z", re.IGNORECASE)

# What who is away says at the beginning of a line, and who answers without having read; people write it as well.
RESPONDS = re.compile(
    r"^[ \t*_]*(?:"
    + any_of(
        r"(?:messaggio automatico|(?:mensaje|mensagem) autom[áa]tic[oa]|message automatique)(?!\w)",
        r"this is an? (?:automatic|automated) (?:e-?mail|mail|message)",
        r"(?:dies|das) ist eine automatisch(?:e|\s\w{5,12}e) (?:e-?mail|mail|nachricht)",
        r"(?:hello|hi|dear .{1,40}),?\s{0,3}i am (?:currently )?(?:out of|away)",
        r"(?:i am|i'm|i will be) (?:currently )?(?:away|out of (?:the )?office)",
        r"(?:i am|i'm|i will be) (?:currently )?on (?:vacation|holiday|(?:annual |parental |sick )?leave)",
        r"ich bin .{0,80}(?:nicht (?:im (?:büro|hause?)|erreichbar)|abwesend|im urlaub|außer haus)",
        r"(?:je suis|je serai) .{0,40}(?:absente?|en congés?)",
        r"(?:estoy|estaré) .{0,40}(?:fuera de la oficina|ausente|de vacaciones)",
        r"(?:sono|sarò) .{0,40}(?:fuori (?:sede|ufficio)|assente|in ferie)",
        r"ik ben .{0,80}(?:afwezig|niet (?:aanwezig|op kantoor)|met vakantie)",
        r"(?:estou|estarei) .{0,40}(?:fora do escrit[óo]rio|ausente|de férias)",
        r"(?:jestem|będę) .{0,40}(?:nieobecn[ya]|na urlopie|poza biurem)",
        r"(?:jsem|budu) .{0,40}(?:nepřítom|na dovolené|mimo kancelář)",
        r"jag är .{0,60}(?:på semester|inte på kontoret|frånvarande|tjänstledig|föräldraledig)",
    )
    + r")",
    re.IGNORECASE | re.MULTILINE,
)

# Words of absence and of programs, where nobody may answer an answer.
ABSENCE = re.compile(
    r"\b(?:"
    + any_of(
        r"(?:out of|away from|not in) (?:the |my )?(?:office|desk)|on (?:vacation|holiday|leave)",
        r"(?:annual|parental|sick) leave|limited access|office is closed|no longer (?:works?|with|employed)",
        r"urlaub|ferien|abwesen(?:d|heit)|nicht (?:im (?:büro|hause?)|erreichbar)|außer haus",
        r"büro ist geschlossen|nicht mehr (?:bei|für) uns|en congés?|en vacances|absente?|bureau est fermé",
        r"vacaciones|ausente|fuera de la oficina|oficina (?:está )?cerrada|in ferie|assente|fuori (?:sede|ufficio)",
        r"(?:ufficio|studio) è chiuso|(?:met|op) vakantie|afwezig|niet op kantoor|kantoor is gesloten|de férias",
        r"fora do escrit[óo]rio|urlopie|nieobecn\w{1,5}|poza biurem|dovolen\w{1,3}|nepřítom\w{1,4}|mimo kancelář",
        r"automatically|automatisch (?:erstellt|erzeugt|generiert|versandt|gegenereerd|verzonden|aangemaakt)",
        r"automatiquement|message automatique|autom[áa]ticamente|automatycznie|automaticky|automatiskt",
        r"semester|föräldraledig|tjänstledig|inte på kontoret|frånvarande|på ferie|отпуске",
    )
    + r")(?!\w)|休假|休暇|不在",
    re.IGNORECASE,
)

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

NO_REPLY = re.compile(
    rf"(?:{UNREAD}|bounces?|notifications?)(?![a-z])|[\w.+-]*[-_.+](?:no-?reply|donotreply)(?![a-z])"
)
# The robot of a mailbox; Gmail's templates write from one.
RESPONDER = re.compile(r"(?:.{1,200}\+canned\.response|auto-?(?:reply|responder|respond|response))\Z")
