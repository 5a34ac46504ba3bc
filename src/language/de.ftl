# Deutsch. Eine Nachricht je Beschriftung; eine Richtlinie kann jede davon unter [labels.de] ersetzen.

## Banner
banner-accept = Alle akzeptieren
banner-refuse = Alle ablehnen
banner-choose = Zwecke auswählen
banner-save = Auswahl speichern
banner-always = immer aktiv
banner-close = Weiter ohne Einwilligung
banner-again = Seit Ihrer Auswahl geändert: { $purposes }. Ihre übrige Auswahl bleibt bestehen.
signal-honoured = Widerspruch Ihres Browsers berücksichtigt
embed-note = Dieser Inhalt wurde nicht geladen: Ihre Einwilligung ist nötig ({ $purposes }).
embed-once = Einmal laden
embed-always = Immer erlauben
embed-open = In neuem Tab öffnen

## Verweise und Titel der Dokumente
link-consent = Einwilligung
link-policy = Datenschutz
link-recommendations = Empfehlungen
link-cookies = Cookies
document-consent = Einwilligung
document-policy = Richtlinie zur Verarbeitung personenbezogener Daten
document-recommendations = Empfehlungstechnologien
document-cookies = Cookies und Dienste
document-version = Fassung
document-current = die geltende Fassung

## Datenschutzzentrum
centre-title = Datenschutzzentrum
centre-intro = Was Sie auf dieser Website erlauben. Sie können es jederzeit ändern; eine Ablehnung hat keine Folgen für das Lesen.
centre-undecided = Sie haben noch nicht gewählt: Alles, was Ihre Einwilligung braucht, ist ausgeschaltet.
centre-since = Sie haben Ihre Wahl am { $moment } getroffen.
centre-withdraw = Alles widerrufen
centre-withdraw-note = Schaltet sofort alles aus und löscht die Cookies dieser Dienste.
centre-documents = Dokumente
centre-back = Zurück zur Website
centre-saved = Ihre Auswahl ist gespeichert.
centre-choice = Was Sie erlauben
centre-history = Verlauf Ihrer Auswahl
centre-history-none = Von Ihnen ist keine Auswahl gespeichert.
centre-kept = Auf diesem Server gespeichert; der Beleg enthält den Nachweis, sobald der Eintrag im Protokoll steht.
centre-receipt = Beleg
centre-receipts = Alle Belege als JSON
centre-gpc = Ihr Browser sendet Global Privacy Control; diese Website beachtet es.
centre-gpc-none = Ihr Browser sendet kein Global Privacy Control.
centre-requests = Ihre Daten
centre-requests-note = Eine Anfrage wird sofort erfasst und innerhalb der gesetzlichen Frist beantwortet.
request-access = Auskunft über gespeicherte Daten verlangen
request-stop = Ende der Verarbeitung verlangen
request-erasure = Löschung meiner Daten verlangen
request-correction = Berichtigung meiner Daten verlangen
request-withdrawal = Einwilligung widerrufen und Daten vernichten lassen
request-send = Anfrage senden
request-contact = Wie wir Sie erreichen
request-message = Worum es geht
request-optional = freiwillig
request-kept = Was Sie hier schreiben, wird mit der Anfrage aufbewahrt: { $term }.
request-number = Anfrage Nr. { $number }
request-recorded = Ihre Anfrage ist erfasst. Bewahren Sie die Nummer auf.
request-asked = Gegenstand
request-came = Eingegangen
request-until = Antwort bis
request-until-unknown = innerhalb der gesetzlichen Frist
request-state = Stand
request-reply = Antwort
state-received = eingegangen
state-identified = Person festgestellt
state-extended = Frist verlängert
state-answered = beantwortet
state-refused = mit Begründung abgelehnt
state-done = erledigt
centre-versions = Fassungen
event-accept = alles erlaubt
event-partial = teilweise erlaubt
event-refuse = alles abgelehnt
event-withdraw = alles widerrufen
event-renew = Wahl bestätigt
event-expire = Frist der Wahl abgelaufen
event-request-step = Neues zu einer Anfrage
event-acknowledge = nach einem Hinweis weitergelesen
event-export = Ihre Daten wurden ausgehändigt
event-gpc = vom Browser gesendeter Widerspruch
event-link = mit Ihrem Konto verknüpft
value-account = Ihr Konto (Kennung)
value-client = Programm und Netz
value-contact = wie Sie zu erreichen sind
value-idempotency_key = Nummer des Formulars
value-message = was Sie geschrieben haben
value-page = Seite
value-previous = Ihr Ereignis davor
value-subject = Ihre Nummer auf dieser Website

## Wenn eine Auswahl nicht gespeichert werden kann
error-title = Die Auswahl wurde nicht gespeichert
error-again = Es wurde nichts geändert. Gehen Sie zurück, laden Sie die Seite neu und wählen Sie noch einmal.
error-cross-origin = Die Anfrage kommt von einer anderen Website.
error-malformed = Die Anfrage ist nicht lesbar.
error-media-type = Die Anfrage hat ein Format, das diese Website nicht liest.
error-method = Diese Adresse wird nicht auf diese Weise aufgerufen.
error-not-found = Diese Seite gibt es nicht.
error-policy-changed = Die Texte haben sich geändert, seit die Seite angezeigt wurde.
error-token = Das Formular ist zu alt oder stammt nicht von dieser Website.
error-too-large = Die Anfrage ist zu lang.
error-too-many = Zu viele Auswahlen in einer Minute. Bitte warten Sie ein wenig.
error-unavailable = Die Auswahl kann gerade nicht gespeichert werden. Bitte versuchen Sie es bald noch einmal.

## Wenn der Proxy selbst antwortet
fault-bad-request = Die Anfrage ist nicht zu verstehen
fault-bad-request-advice = Gehen Sie zurück und versuchen Sie es noch einmal.
fault-loop = Die Website ist falsch eingerichtet
fault-loop-advice = Eine Anfrage kam dorthin zurück, woher sie kam. Bitte teilen Sie es der Website mit.
fault-no-such-site = Diese Website gibt es hier nicht
fault-no-such-site-advice = Prüfen Sie die Adresse.
fault-request-slow = Die Anfrage kam zu langsam an
fault-request-slow-advice = Prüfen Sie die Verbindung und versuchen Sie es noch einmal.
fault-request-too-large = Was Sie gesendet haben, ist zu groß
fault-request-too-large-advice = Senden Sie weniger auf einmal.
fault-upstream-broken = Die Website gab keine brauchbare Antwort
fault-upstream-slow = Die Website hat nicht rechtzeitig geantwortet
fault-upstream-unreachable = Die Website ist gerade nicht erreichbar
fault-upstream-unreachable-advice = Vielleicht startet sie neu. Versuchen Sie es in einer Minute noch einmal.
fault-again = Versuchen Sie es in einer Minute noch einmal.

## Tabellen der Dokumente
caption-purposes = Zwecke der Verarbeitung
caption-services = Dienste
caption-cookies = Cookies
caption-operations = Verarbeitungsvorgänge
caption-terms = Fristen
caption-rights = Rechte und ihre Ausübung
table-purpose = Zweck
table-description = Wofür
table-people = Wessen Daten
table-data = Daten
table-operations = Vorgänge
table-basis = Rechtsgrundlage
table-retention = Dauer
table-end = Nach Ablauf der Dauer
table-service = Dienst
table-operator = Betreiber
table-country = Land
table-contract = Vertrag
table-safeguard = Grundlage der Übermittlung ins Ausland
table-cookie = Cookie
table-lifetime = Laufzeit
table-party = Gesetzt von
table-role = Rolle
table-place = Gespeichert als
table-operation = Vorgang
table-right = Recht
table-channel = Ausübung
table-duty = Was geschieht
table-term = Frist
table-none = keine
party-first = dieser Website
party-third = einer anderen Website
people-visitors = Besucherinnen und Besucher der Website
role-controller = eigener Verantwortlicher
role-joint = gemeinsam Verantwortlicher
role-processor = Auftragsverarbeiter
role-self = die Website selbst
place-cookie = Cookie
place-local = lokaler Speicher
place-session = Sitzungsspeicher

## Grundlagen, Verfahren und Arten
basis-consent = Ihre Einwilligung
basis-contract = ein Vertrag mit Ihnen
basis-legal-obligation = eine rechtliche Verpflichtung
basis-legitimate-interest = berechtigtes Interesse
basis-public-task = eine Aufgabe im öffentlichen Interesse
basis-vital-interest = Schutz lebenswichtiger Interessen
method-automated = automatisiert
method-non-automated = nicht automatisiert
method-mixed = gemischt: mit und ohne automatisierte Verfahren
kind-advertising = Werbung
kind-metrics = Messung
kind-necessary = notwendig
kind-preferences = Einstellungen
kind-recommendations = Empfehlungen
kind-social = soziale Netzwerke
kind-video = Video
end-block = Sperrung
end-delete = Löschung
end-depersonalise = Depersonalisierung
end-destroy = Vernichtung

## Vorgänge nach Artikel 3 Nummer 3 des Gesetzes 152-FZ in seiner Reihenfolge, Übermittlung ins Ausland nach Nummer 11
operation-collect = Erhebung
operation-record = Erfassung
operation-systematise = Systematisierung
operation-accumulate = Ansammlung
operation-store = Speicherung
operation-clarify = Berichtigung
operation-clarify-update = Aktualisierung
operation-clarify-change = Änderung
operation-retrieve = Auslesen
operation-use = Verwendung
operation-transfer = Übermittlung
operation-transfer-disseminate = Verbreitung
operation-transfer-provide = Bereitstellung
operation-transfer-access = Gewährung von Zugang
operation-depersonalise = Depersonalisierung
operation-block = Sperrung
operation-delete = Löschung
operation-destroy = Vernichtung
operation-crossborder = grenzüberschreitende Übermittlung

## Rechte
right-access = zu erfahren, ob und wie Ihre Daten verarbeitet werden, und sie zu erhalten
right-rectification = unrichtige oder unvollständige Daten berichtigen zu lassen
right-blocking = Daten sperren zu lassen
right-erasure = Daten vernichten zu lassen
right-withdraw = die Einwilligung zu widerrufen
right-stop = die Verarbeitung beenden zu lassen
right-object = der Verarbeitung zu widersprechen
right-portability = Ihre Daten in einem gängigen Format zu erhalten
right-complaint = sich bei der Aufsichtsbehörde oder einem Gericht zu beschweren
duty-access = Antwort auf ein Auskunftsersuchen
duty-correction = Berichtigung unrichtiger Daten
duty-stop = Ende der Verarbeitung auf Verlangen
duty-withdrawal = Vernichtung der Daten nach Widerruf der Einwilligung
duty-block = längste Sperrung, wenn Daten nicht rechtzeitig vernichtet werden können
duty-choice = Ihre Wahl bleibt gespeichert
duty-records = Nachweise der Wahl werden nach Ende der Einwilligung aufbewahrt
duty-requests = Anfragen und Antworten werden aufbewahrt
duty-destruction = Nachweise der Vernichtung werden aufbewahrt
channel-centre = Datenschutzzentrum
channel-email = E-Mail
channel-post = Brief
term-extendable = { $term }; mit Begründung um höchstens { $extension } verlängerbar
term-receipt = { $term } ab Eingang
term-none = sofort

## Zeitspannen
duration-minutes = { $count ->
        [one] { $count } Minute
       *[other] { $count } Minuten
    }
duration-hours = { $count ->
        [one] { $count } Stunde
       *[other] { $count } Stunden
    }
duration-days = { $count ->
        [one] { $count } Tag
       *[other] { $count } Tage
    }
duration-working-days = { $count ->
        [one] { $count } Arbeitstag
       *[other] { $count } Arbeitstage
    }
duration-weeks = { $count ->
        [one] { $count } Woche
       *[other] { $count } Wochen
    }
duration-months = { $count ->
        [one] { $count } Monat
       *[other] { $count } Monate
    }
duration-years = { $count ->
        [one] { $count } Jahr
       *[other] { $count } Jahre
    }
lifetime-persistent = bis zur Löschung
lifetime-session = bis zum Schließen des Browsers
lifetime-unknown = vom Dienst nicht angegeben

## Daten
date = { $day }. { $month ->
        [1] Januar
        [2] Februar
        [3] März
        [4] April
        [5] Mai
        [6] Juni
        [7] Juli
        [8] August
        [9] September
        [10] Oktober
        [11] November
       *[12] Dezember
    } { $year }
moment = { $date }, { $time } UTC

## Länder nach ISO 3166-1, wie CLDR sie nennt; ZZ ist unbekannt
country-AE = Vereinigte Arabische Emirate
country-AM = Armenien
country-AR = Argentinien
country-AT = Österreich
country-AU = Australien
country-AZ = Aserbaidschan
country-BE = Belgien
country-BG = Bulgarien
country-BR = Brasilien
country-BY = Belarus
country-CA = Kanada
country-CH = Schweiz
country-CN = China
country-CY = Zypern
country-CZ = Tschechien
country-DE = Deutschland
country-DK = Dänemark
country-EE = Estland
country-ES = Spanien
country-FI = Finnland
country-FR = Frankreich
country-GB = Vereinigtes Königreich
country-GE = Georgien
country-GR = Griechenland
country-HK = Hongkong
country-HR = Kroatien
country-HU = Ungarn
country-IE = Irland
country-IL = Israel
country-IN = Indien
country-IS = Island
country-IT = Italien
country-JP = Japan
country-KG = Kirgisistan
country-KR = Südkorea
country-KZ = Kasachstan
country-LI = Liechtenstein
country-LT = Litauen
country-LU = Luxemburg
country-LV = Lettland
country-MD = Moldau
country-MT = Malta
country-MX = Mexiko
country-NL = Niederlande
country-NO = Norwegen
country-NZ = Neuseeland
country-PL = Polen
country-PT = Portugal
country-RO = Rumänien
country-RS = Serbien
country-RU = Russland
country-SA = Saudi-Arabien
country-SE = Schweden
country-SG = Singapur
country-SI = Slowenien
country-SK = Slowakei
country-TH = Thailand
country-TJ = Tadschikistan
country-TM = Turkmenistan
country-TR = Türkei
country-TW = Taiwan
country-UA = Ukraine
country-US = USA
country-UZ = Usbekistan
country-VN = Vietnam
country-ZZ = nicht angegeben
