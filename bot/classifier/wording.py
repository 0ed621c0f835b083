"""The turns of phrase that put an old and a new value side by side, in four languages."""

import re

_SIGNS = r"[\s,;:()\"'«»„“”]*"
NEW_NOT_OLD = re.compile(
    rf"{_SIGNS}(?:and |und |et |e |ed )?(?:not|no longer|nicht|nicht mehr|pas|non|non pas|non plus|non più|instead of|"
    r"rather than|in place of|statt|anstatt|anstelle von|au lieu d[eu]|à la place de|invece d[ie]l?|al posto d[ie]l?|"
    r"formerly|previously|vormals|ehemals|früher|bisher|anciennement|già|u put|you put|you have|u got|ihr habt|"
    r"sie haben|"
    rf"vous avez(?: mis)?|avete(?: messo)?){_SIGNS}",
    re.IGNORECASE,
)
LEADS_TO_OLD = re.compile(
    r"\b(?:from|von|vom|de|du|da|dal|dalla|replace|replaces|ersetzen|ersetzt|remplacer|remplacez|sostituire|"
    r"sostituite|"
    r"not|nicht|pas|non)[\s\"'«„“(]*$",
    re.IGNORECASE,
)
OLD_TO_NEW = re.compile(
    rf"{_SIGNS}(?:to|auf|zu|in|nach|durch|by|with|à|en|au|par|a|al|alla|con|but|sondern|mais|ma|bensì)"
    rf"(?: (?:it is|it's|its|ist|c'est|è))?{_SIGNS}",
    re.IGNORECASE,
)
ARROW = re.compile(rf"{_SIGNS}(?:->|=>|→|➔){_SIGNS}")
NAMED_NOW = re.compile(
    r"(?:name (?:is|'s)(?: now| spelt| spelled)?|name (?:ist|lautet)(?: jetzt| nun)?|hei(?:ß|"
    r"ss)e?t?(?: ich)?(?: jetzt| nun)?|"
    r"(?:m|s)['’]app?el+e(?: désormais| maintenant)?|schreibe mich(?: aber)?|s['’]écrit|si scrive|nom est|(?:mi|"
    r"si) chiam[oa](?: ora| adesso)?|(?:cog)?nome è|trades as)"
    r"[\s:\"'«„“]*$",
    re.IGNORECASE,
)


CHANGE_TO = re.compile(
    r"\b(?:change|update|set|ändern|ändert|ändere|changer|changez|modifier|modifiez|cambiare|cambiate|"
    r"modificare)\b[^.;!?]{0,60}"
    r"\b(?:to|into|auf|in|zu|en|pour|par|a|con)[\s\"'«„“]*$",
    re.IGNORECASE,
)
