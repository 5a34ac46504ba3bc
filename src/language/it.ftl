# Italiano. Un messaggio per etichetta; una policy può sostituirli tutti sotto [labels.it].

## Banner
banner-accept = Accetta tutto
banner-refuse = Rifiuta tutto
banner-choose = Scegli le finalità
banner-save = Salva la scelta
banner-always = sempre attivo
banner-close = Continua senza accettare
banner-again = Modificato dopo la Sua scelta: { $purposes }. Le altre scelte restano valide.
signal-honoured = Opposizione inviata dal browser rispettata
embed-note = Questo contenuto non è stato caricato: serve il Suo consenso ({ $purposes }).
embed-once = Carica una volta
embed-always = Consenti sempre
embed-open = Apri in una nuova scheda

## Collegamenti e titoli dei documenti
link-consent = Consenso
link-policy = Informativa
link-recommendations = Raccomandazioni
link-cookies = Cookie
document-consent = Consenso
document-policy = Informativa sul trattamento dei dati personali
document-recommendations = Tecnologie di raccomandazione
document-cookies = Cookie e servizi
document-version = Versione
document-current = il testo in vigore

## Centro privacy
centre-title = Centro privacy
centre-intro = Ciò che Lei consente su questo sito. Può modificarlo in qualsiasi momento; il rifiuto non ha conseguenze sulla lettura.
centre-undecided = Lei non ha ancora scelto: tutto ciò che richiede il Suo consenso è disattivato.
centre-since = La Sua scelta è stata fatta il { $moment }.
centre-withdraw = Revoca tutto
centre-withdraw-note = Disattiva tutto immediatamente ed elimina i cookie di tali servizi.
centre-documents = Documenti
centre-back = Torna al sito
centre-saved = La Sua scelta è stata salvata.
centre-choice = Che cosa consente
centre-history = Cronologia delle Sue scelte
centre-history-none = Nessuna Sua scelta è registrata.
centre-kept = Conservata su questo server; la ricevuta avrà la sua prova quando la voce sarà nel registro.
centre-receipt = Ricevuta
centre-receipts = Tutte le ricevute in JSON
centre-gpc = Il Suo browser invia Global Privacy Control; questo sito lo rispetta.
centre-gpc-none = Il Suo browser non invia Global Privacy Control.
centre-requests = I Suoi dati
centre-requests-note = La richiesta viene registrata subito e riceve risposta entro il termine di legge.
request-access = Chiedere quali dati sono conservati
request-stop = Chiedere la cessazione del trattamento
request-erasure = Chiedere la cancellazione dei miei dati
request-correction = Chiedere la rettifica dei miei dati
request-withdrawal = Revocare il consenso e far distruggere i dati
request-send = Invia la richiesta
request-contact = Come contattarLa
request-message = Di che cosa si tratta
request-optional = facoltativo
request-kept = Quanto scrive qui è conservato con la richiesta: { $term }.
request-number = Richiesta n. { $number }
request-recorded = La richiesta è registrata. Conservi il numero.
request-asked = Oggetto
request-came = Ricevuta
request-until = Risposta entro il
request-until-unknown = entro il termine di legge
request-state = Stato
request-reply = Risposta
state-received = ricevuta
state-identified = persona identificata
state-extended = termine prorogato
state-answered = risposta data
state-refused = rifiutata con motivazione
state-done = eseguita
centre-versions = Versioni
event-accept = tutto consentito
event-partial = consentito in parte
event-refuse = tutto rifiutato
event-withdraw = tutto revocato
event-renew = scelta confermata
event-expire = termine della scelta scaduto
event-request-step = novità su una richiesta
event-acknowledge = proseguito dopo un avviso
event-export = i Suoi dati sono stati consegnati
event-gpc = opposizione inviata dal browser
event-link = collegato al Suo account
value-account = il Suo account (codice)
value-client = programma e rete
value-contact = come contattarLa
value-idempotency_key = numero del modulo
value-message = ciò che ha scritto
value-page = pagina
value-previous = il Suo evento precedente
value-subject = il Suo numero su questo sito

## Quando una scelta non può essere salvata
error-title = La scelta non è stata salvata
error-again = Non è stato modificato nulla. Torni indietro, ricarichi la pagina e scelga di nuovo.
error-cross-origin = La richiesta proviene da un altro sito.
error-malformed = La richiesta non è leggibile.
error-media-type = La richiesta è in un formato che questo sito non legge.
error-method = Questo indirizzo non si usa in questo modo.
error-not-found = Questa pagina non esiste.
error-policy-changed = I testi sono cambiati da quando la pagina è stata mostrata.
error-token = Il modulo è troppo vecchio o non proviene da questo sito.
error-too-large = La richiesta è troppo lunga.
error-too-many = Troppe scelte in un minuto. Attenda un momento.
error-unavailable = Al momento la scelta non può essere salvata. Riprovi tra poco.

## Quando risponde il proxy stesso
fault-bad-request = La richiesta non è comprensibile
fault-bad-request-advice = Torni indietro e riprovi.
fault-loop = Il sito è configurato male
fault-loop-advice = Una richiesta è tornata da dove era venuta. Lo segnali al sito.
fault-no-such-site = Qui non c’è un sito con questo nome
fault-no-such-site-advice = Controlli l’indirizzo.
fault-request-slow = La richiesta ha impiegato troppo tempo ad arrivare
fault-request-slow-advice = Controlli la connessione e riprovi.
fault-request-too-large = Ciò che ha inviato è troppo grande
fault-request-too-large-advice = Invii meno alla volta.
fault-upstream-broken = Il sito non ha dato una risposta utilizzabile
fault-upstream-slow = Il sito non ha risposto in tempo
fault-upstream-unreachable = Il sito non è raggiungibile in questo momento
fault-upstream-unreachable-advice = Forse si sta riavviando. Riprovi tra un minuto.
fault-again = Riprovi tra un minuto.

## Tabelle dei documenti
caption-purposes = Finalità del trattamento
caption-services = Servizi
caption-cookies = Cookie
caption-operations = Operazioni sui dati personali
caption-terms = Termini
caption-rights = Diritti e modalità di esercizio
table-purpose = Finalità
table-description = A che cosa serve
table-people = Di chi sono i dati
table-data = Dati
table-operations = Operazioni
table-basis = Base giuridica
table-retention = Durata
table-end = Al termine della durata
table-service = Servizio
table-operator = Gestore
table-country = Paese
table-contract = Contratto
table-safeguard = Base del trasferimento all’estero
table-cookie = Cookie
table-lifetime = Durata
table-party = Impostato da
table-role = Ruolo
table-place = Conservato come
table-operation = Operazione
table-right = Diritto
table-channel = Come esercitarlo
table-duty = Che cosa si fa
table-term = Termine
table-none = nessuno
party-first = questo sito
party-third = un altro sito
people-visitors = visitatori del sito
role-controller = titolare autonomo
role-joint = contitolare
role-processor = responsabile del trattamento
role-self = il sito stesso
place-cookie = cookie
place-local = archiviazione locale
place-session = archiviazione di sessione

## Basi, modalità e tipi
basis-consent = il Suo consenso
basis-contract = un contratto con Lei
basis-legal-obligation = un obbligo di legge
basis-legitimate-interest = legittimo interesse
basis-public-task = un compito di interesse pubblico
basis-vital-interest = la tutela di interessi vitali
method-automated = automatizzato
method-non-automated = non automatizzato
method-mixed = misto: con e senza mezzi automatizzati
kind-advertising = pubblicità
kind-metrics = misurazione
kind-necessary = necessari
kind-preferences = preferenze
kind-recommendations = raccomandazioni
kind-social = reti sociali
kind-video = video
end-block = blocco
end-delete = cancellazione
end-depersonalise = spersonalizzazione
end-destroy = distruzione

## Operazioni dell’articolo 3, punto 3, della legge 152-FZ, nel suo ordine, e trasferimento transfrontaliero del punto 11
operation-collect = raccolta
operation-record = registrazione
operation-systematise = sistematizzazione
operation-accumulate = accumulo
operation-store = conservazione
operation-clarify = rettifica
operation-clarify-update = aggiornamento
operation-clarify-change = modifica
operation-retrieve = estrazione
operation-use = uso
operation-transfer = trasmissione
operation-transfer-disseminate = diffusione
operation-transfer-provide = comunicazione
operation-transfer-access = accesso
operation-depersonalise = spersonalizzazione
operation-block = blocco
operation-delete = cancellazione
operation-destroy = distruzione
operation-crossborder = trasferimento transfrontaliero

## Diritti
right-access = sapere se e come sono trattati i Suoi dati, e ottenerli
right-rectification = ottenere la rettifica di dati inesatti o incompleti
right-blocking = ottenere il blocco dei dati
right-erasure = ottenere la distruzione dei dati
right-withdraw = revocare il consenso
right-stop = ottenere la cessazione del trattamento
right-object = opporsi al trattamento
right-portability = ricevere i Suoi dati in un formato di uso comune
right-complaint = proporre reclamo all’autorità di controllo o ricorso al giudice
duty-access = risposta a una richiesta di informazioni
duty-correction = rettifica di dati inesatti
duty-stop = fine del trattamento su richiesta
duty-withdrawal = distruzione dei dati dopo la revoca del consenso
duty-block = blocco massimo se i dati non possono essere distrutti in tempo
duty-choice = la Sua scelta viene ricordata
duty-records = le registrazioni delle scelte sono conservate dopo la fine del consenso
duty-requests = le richieste e le risposte sono conservate
duty-destruction = le prove di distruzione sono conservate
channel-centre = centro privacy
channel-email = e-mail
channel-post = lettera
term-extendable = { $term }; prorogabile, con motivazione, di { $extension } al massimo
term-receipt = { $term } dal ricevimento
term-none = immediatamente

## Durate
duration-minutes = { $count ->
        [one] { $count } minuto
       *[other] { $count } minuti
    }
duration-hours = { $count ->
        [one] { $count } ora
       *[other] { $count } ore
    }
duration-days = { $count ->
        [one] { $count } giorno
       *[other] { $count } giorni
    }
duration-working-days = { $count ->
        [one] { $count } giorno lavorativo
       *[other] { $count } giorni lavorativi
    }
duration-weeks = { $count ->
        [one] { $count } settimana
       *[other] { $count } settimane
    }
duration-months = { $count ->
        [one] { $count } mese
       *[other] { $count } mesi
    }
duration-years = { $count ->
        [one] { $count } anno
       *[other] { $count } anni
    }
lifetime-persistent = fino all’eliminazione
lifetime-session = fino alla chiusura del browser
lifetime-unknown = non indicata dal servizio

## Date
date = { $day } { $month ->
        [1] gennaio
        [2] febbraio
        [3] marzo
        [4] aprile
        [5] maggio
        [6] giugno
        [7] luglio
        [8] agosto
        [9] settembre
        [10] ottobre
        [11] novembre
       *[12] dicembre
    } { $year }
moment = { $date }, { $time } UTC

## Paesi secondo ISO 3166-1, con i nomi di CLDR; ZZ è sconosciuto
country-AE = Emirati Arabi Uniti
country-AM = Armenia
country-AR = Argentina
country-AT = Austria
country-AU = Australia
country-AZ = Azerbaigian
country-BE = Belgio
country-BG = Bulgaria
country-BR = Brasile
country-BY = Bielorussia
country-CA = Canada
country-CH = Svizzera
country-CN = Cina
country-CY = Cipro
country-CZ = Cechia
country-DE = Germania
country-DK = Danimarca
country-EE = Estonia
country-ES = Spagna
country-FI = Finlandia
country-FR = Francia
country-GB = Regno Unito
country-GE = Georgia
country-GR = Grecia
country-HK = Hong Kong
country-HR = Croazia
country-HU = Ungheria
country-IE = Irlanda
country-IL = Israele
country-IN = India
country-IS = Islanda
country-IT = Italia
country-JP = Giappone
country-KG = Kirghizistan
country-KR = Corea del Sud
country-KZ = Kazakistan
country-LI = Liechtenstein
country-LT = Lituania
country-LU = Lussemburgo
country-LV = Lettonia
country-MD = Moldavia
country-MT = Malta
country-MX = Messico
country-NL = Paesi Bassi
country-NO = Norvegia
country-NZ = Nuova Zelanda
country-PL = Polonia
country-PT = Portogallo
country-RO = Romania
country-RS = Serbia
country-RU = Russia
country-SA = Arabia Saudita
country-SE = Svezia
country-SG = Singapore
country-SI = Slovenia
country-SK = Slovacchia
country-TH = Thailandia
country-TJ = Tagikistan
country-TM = Turkmenistan
country-TR = Turchia
country-TW = Taiwan
country-UA = Ucraina
country-US = Stati Uniti
country-UZ = Uzbekistan
country-VN = Vietnam
country-ZZ = non indicato
