"""A mail goes in; out comes by what it is the unsubscribing of a mail program, which asks for one thing for certain.

Programs write it where a newsletter's List-Unsubscribe names an address (RFC 2369, 3.2).
"""

import re
from collections.abc import Collection

from models.rules.addresses import without_plus
from models.rules.kinds import Auto
from models.rules.reading import Reading

TAIL = "+unsubscribe"
TO_ITS_ADDRESS = "unsubscribes: sent to the address for it, and no person says more"
IN_ONE_WORD = "unsubscribes: the subject is the word for it alone, and no person says more"
_ANYBODYS = frozenset({None, Auto.AUTO_REPLY})
# Who asks another list to let them go, and was copied to us, did not ask us.
_SAID_TO_US = frozenset({Auto.LIST, Auto.NOTIFICATION})
_FEW_WORDS = 60
_WORD = re.compile(
    r"(?:please )?(?:unsubscribe(?: me)?|opt[- ]?out|remove me|abmelden|abmeldung|abbestellen|austragen"
    r"|(?:se )?d[ée]sabonner|d[ée]sabonnement|d[ée]sinscription|d[ée]sinscrire|disiscri(?:vi(?:mi)?|zione)"
    r"|cancella(?:mi| iscrizione|zione)|(?:darse? de )?baja|cancelar (?:la )?suscripci[óo]n|anular suscripci[óo]n"
    r"|uitschrijven|afmelden|cancelar (?:a )?(?:subscri[çc][ãa]o|inscri[çc][ãa]o)|descadastrar"
    r"|wypisz(?: mnie)?|rezygnacja|anuluj subskrypcj[ęe]|odhl[áa]sit(?: odb[ěe]r)?"
    r"|avregistrera(?: mig)?|avprenumerera|avsluta prenumeration(?:en)?)[.! ]*",
    re.IGNORECASE,
)
_BY_A_PROGRAM = re.compile(
    r"automatic(?:ally)? (?:generated|sent|created)|(?:generated|sent) automatically"
    r"|sent this (?:e-?mail|message) to unsubscribe"
    r"|automatisch (?:erstellt|generiert|erzeugt|gesendet|versendet|verschickt|gegenereerd|verzonden|verstuurd)"
    r"|(?:g[ée]n[ée]r[ée]|envoy[ée])e? automatiquement|(?:generad|enviad|gerad)[oa] autom[áa]tic"
    r"|(?:generat|inviat)[oa] automaticamente|(?:wygenerowan|wysłan)\w* automatycznie"
    r"|automatycznie (?:wygenerowan|wysłan)"
    r"|automaticky (?:vygenerov|vytvoř|odesl)|automatiskt (?:genererat|skapat|skickat)",
    re.IGNORECASE,
)


def unsubscribes_by(reading: Reading, own: Collection[str]) -> str | None:
    """Why nothing is asked but to get no more advertising; None where it is not so, or not for certain.

    ``own`` are our addresses in lower case.
    """
    to_its_address = any(_is_its_address(address, own) for address in reading.addressed_to)
    writers = _ANYBODYS | _SAID_TO_US if to_its_address else _ANYBODYS
    if reading.auto not in writers or reading.attachments:
        return None
    by = TO_ITS_ADDRESS if to_its_address else IN_ONE_WORD if _WORD.fullmatch(reading.subject.strip()) else None
    return by if _says_no_more(reading) else None


def _is_its_address(address: str, own: Collection[str]) -> bool:
    local, _, _domain = address.lower().rpartition("@")
    return local.endswith(TAIL) and without_plus(address).lower() in own


def _says_no_more(reading: Reading) -> bool:
    said = " ".join(reading.new_text.split())
    if not said or _WORD.fullmatch(said):
        return True
    return "?" not in said and len(said.split()) <= _FEW_WORDS and _BY_A_PROGRAM.search(said) is not None
