"""Words of four languages that mean the same for a rights desk; a concept learned in one language counts in all."""

# A word ends in "*" where its endings do not matter. A word may carry several concepts.
_TABLE = """
CHANGE: change* update* correct* amend* rectif* replac* fix fixed edit* adjust* modif* ändern ändert änderung* geändert aktualisier* korrigier* berichtig* anpassen passt ersetz* fixen umstell* eintragen hinterlegen modifi* chang* corrig* rectifi* mettre jour remplac* cambi* aggiorn* corregg* rettific* modific* sostitu*
WRONG: wrong incorrect* inaccurate misspel* typo* mistake* error* outdated obsolete spelt spelled spelling falsch* fehler* tippfehler veraltet* unrichtig* fehlerhaft* stimmt schreibweise faux fausse* erron* inexact* faute* orthographe sbagliat* errat* errore inesatt* grafia
MOVED: moved moving relocat* umgezogen umzug umziehen ziehen verzogen déménag* demenag* trasferit* trasloc* traslocato
CALLED: name names surname named called heiß* heiss* name* namens nachname* vorname* familienname* nom prénom* prenom appell* m'appelle mapelle cognome nome chiamo raison ragione
ADDRESS: address* adress* anschrift* street postcode postal zip plz postleitzahl strasse straße rue cap indirizz* via città ville ort town city country land pays paese hausnummer
PHONE: phone* telephone* mobile cell* landline number* fax telefon* handy* mobil* nummer* festnetz* rufnummer* durchwahl téléphone* portable* numéro* numero num nr télécopie cellulare
EMAIL: email* e-mail* mail mails courriel* mailadresse
BIRTH: birth* bday born geburt* geboren geb naissance né née anniv* nascita nato nata compleanno
COMPANY: company vat ust-idnr* ust-id* tva iva firma* umfirmierung unternehmen société azienda ditta
NEW: new now neu neue neuer neues neuen jetzt nun nouveau* nouvel* désormais maintenant mtn nuov* ora adesso
OLD: old former* previous* alte alten alter altes alt ehemalig* vormals bisherig* ancien* anciennement vecchi* precedent*
NOT: not no don't dont doesn't never without nicht kein* nie nix nichts pas ne n' jamais sans plus non nn mai senza niente nulla keine*
MORE: more anymore longer further again mehr weiter* wieder plus davantage più ancora
STOP: stop* cease quit enough basta aufhören hört hören schluss reicht unterlassen einstell* arrêt* arret* cesse* suffit smett*
UNSUBSCRIBE: unsubscrib* abmeld* abbestell* austragen verteiler désabonn* desabonn* désinscri* desinscri* disiscri* disiscriv* list lists liste listen listes lista liste
MARKETING: marketing newsletter* advert* ad ads promo* offers offer spam flyer* leaflet* catalog* survey* junk rubbish mailing* brochure* werb* werbung katalog* prospekt* umfrage* reklame angebote werbe* publicit* prospect* catalogue* enquête* sondage* démarchage pub commercial* pubblicit* volantin* sondagg* promozional* offerte telefonate müll werbemails händler-newsletter robaccia saletés
SELL: sell* sold verkauf* vend* vendre vendez vendere
DATA: data information info details file files record records personal profile daten datensatz angaben akte personenbezogen* profil donnée* informations dossier fiche renseignements dati informazioni scheda fascicolo pratica infos profilo
COPY: copy copies kopie* abschrift copie* copia
SHOWME: see know knows tell show disclose access information provide receive what which wissen auskunft* einsicht sehen weiß gespeichert speichern welche was savoir accès accéder voir connaître quelles quelle quoi détenez stockez sapere accesso vedere quali cosa conservate sapete avete
SOURCE: source whom recipients passed third got gave woher herkunft weitergegeben empfänger* origine d'où destinataires transmis* provenienza chi destinatari comunicato
RECORDING: recording* recorded notes aufzeichnung* notizen enregistrement* registrazion* appunti
DELETE: delet* erase* erasure wipe remov* forget forgotten destroy lösch* entfern* vergess* vergesst vernicht* streich* supprim* effac* suppression oubli* retir* cancellat* cancella cancellazione cancellare elimin* rimuov* dimentic* oblio
ACCOUNT: account* profile konto kundenkonto account compte* conto profilo profil
TAKEOFF: take off raus nehmen nehmt runter enleve* enlev* virez toglie* togliete* ôter remove sortir
PORT: portab* export* machine-readable readable csv json xml transfer* format übertrag* maschinenlesbar* mitnehm* importieren exporter lisible transmettre transmission emporter importer portabil* esport* leggibil* trasfer* trasmission* importare portare
ELSEWHERE: elsewhere another other provider supplier switch* anderen anderer andere anbieter versorger woanders wechsle autre ailleurs fournisseur prestataire altro altrove fornitore gestore passo
RESTRICT: restrict* freez* frozen hold lock* block* suspend* einschränk* einfrier* frier* sperr* gesperrt limit* gel geler gelez bloqué* congel* limitazione bloccat* limitare
USE: use used using processing process processed touch touches anything verwend* nutz* nutzung verarbeit* benutz* machen anfasst fasst utilis* traitement traiter servez touche usate uso trattamento usar* trattare tocca
KEEP: keep* retain* store stored hold preserve throw behalt* aufbewahr* erhalten bleiben wegwerfen werfen gard* conserv* jetez buttat* tenere tenete conserva*
UNTIL: until till while pending meanwhile bis solange dauer jusqu* attendant pendant tant finché fino frattempo periodo
DISPUTE: dispute* contest* verif* settled sorted accuracy bestreit* richtigkeit prüf* geprüft geklärt contest* vérif* exactitude régl* tranché contesta verific* esattezza risolto chiarito
OBJECT: object objects objection* disagree widersprech* widersprich* widerspruch einverstanden oppos* m'oppose refuse oppon* oppongo opposizione
PROFILING: profil* scor* track* analys* creditworth* evaluat* statistic* recommend* browsing behaviour learning auswert* bonität* verfolg* statistik* punktzahl empfehlung* verhalten surfverhalten kaufverhalten maschinelles solvabilité pistage notation note navigation apprentissage statistique* recommandation* valutazion* punteggio spiar* statistic* navigazione apprendimento consigli profil*
SITUATION: situation legitimate situation* interessen berechtigt* légitime* situazione legittim*
CONSENT: consent* einwillig* consentement consenso
WITHDRAW: withdraw* revok* widerruf* widerrufe retrait retire rétract* revoc* recess* recedo
ORDER: order* parcel deliver* package shipping bestell* paket liefer* sendung auftrag commande* colis livr* ordine ordini pacco consegn* spedi*
PURCHASE: bought purchase* refund* return* warranty gift voucher price quote boots kettle gekauft kauf* erstatt* rückgabe gutschein angebot stiefel achet* achat* rembours* retour cadeau devis bottes acquist* comprat* rimbors* reso buono preventivo stivali money geld argent soldi blue blau bleu blu
INVOICE: invoice* bill rechnung* facture* fattur*
PAYMENT: bank iban card payment debit sepa pay bankverbindung karte zahlung* lastschrift überweis* banque carte paiement rib prélèvement banca carta pagamento addebito
LOGIN: login log-in password reset crash* app permission denied folder passwort zurücksetzen einloggen abstürz* ordner zugriff stürzt connexion connecter mot passe plante réinitialis* refusé entrare reimpostare blocca cartella permesso
CONTRACT: contract* subscription* plan premium membership terminate cancel* cancellation vertrag* abo kündig* stornier* contrat* abonnement* résili* annul* contratto abbonamento disd* disdett* annull* close closing schließen fermer chiudere
LEGALCLAIM: court proceedings claim police complaint regulator commissioner klage anzeige polizei beschwerde behörde landesbeauftragt* tribunal plainte cnil police reclamo garante polizia denuncia diffida
THANKS: thanks thank thx great solved lovely danke dank super prima wunderschön merci bravo parfait magnifiques grazie perfetto complimenti bellissime ty
RETRACT: disregard ignore mind figured erledigt nachricht beachten rücknahme zurück laissez tomber tenez désistement retirons lasciate stare ritiriamo rinuncia
STUDENT: student* thesis survey questionnaire study masterarbeit fragebogen studiere étudiant* mémoire questionnaire tesi studentessa questionario
VENDOR: agency partnership cooperation seo optimisation agentur kooperation suchmaschinen* agence partenariat référencement agenzia collaborazione posizionamento application cv bewerbung candidature candidatura
GROUP: whatsapp group chat gruppe groupe gruppo
PORTNUMBER: carrier* carrier operator* mobilfunk* portierung rufnummernmitnahme opérateur operatore pension rente betriebsrente retraite pensione
GDPR: gdpr dsgvo rgpd ccpa art artikel article articolo articles
ART15: 15
ART16: 16
ART17: 17
ART18: 18
ART20: 20
ART21: 21
QUESTION: ? how wie comment come where wo où dov'è dove when wann quand quando
I: i my me we our ich mein* mir mich wir uns unser* je j'ai mon ma mes moi nous notre nos io mio mia miei mi noi nostro nostra
SEND: send sending sent write writing call* ring schick* send* schreib* ruf* anruf* envoy* écri* appel* recev* mandat* mandar* inviat* scriv* riceve* chiam* recib*
"""


def _read_table() -> tuple[dict[str, tuple[str, ...]], tuple[tuple[str, str], ...]]:
    whole: dict[str, tuple[str, ...]] = {}
    stems: list[tuple[str, str]] = []
    for line in _TABLE.strip().splitlines():
        concept, _, words = line.partition(": ")
        for word in words.split():
            if word.endswith("*"):
                stems.append((word[:-1], concept))
            elif concept not in whole.get(word, ()):
                whole[word] = (*whole.get(word, ()), concept)
    return whole, tuple(stems)


_WHOLE, _STEMS = _read_table()


def concepts_of(word: str) -> frozenset[str]:
    """What a word means, none for most; an elided article in front makes no difference."""
    lower = word.lower().replace("’", "'")
    tail = lower.rpartition("'")[2]
    return frozenset(concept for form in {lower, tail} if form for concept in _of_form(form))


def _of_form(form: str) -> frozenset[str]:
    return frozenset(_WHOLE.get(form, ())) | {concept for stem, concept in _STEMS if form.startswith(stem)}
