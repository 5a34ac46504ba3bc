# Polski. Jeden komunikat na etykietę; polityka może zastąpić każdy w [labels.pl].

## Baner
banner-accept = Zaakceptuj wszystkie
banner-refuse = Odrzuć wszystkie
banner-choose = Wybierz cele
banner-save = Zapisz wybór
banner-always = zawsze włączone
banner-close = Kontynuuj bez akceptacji
banner-again = Zmieniło się od Państwa wyboru: { $purposes }. Pozostałe wybory obowiązują.
signal-honoured = Sprzeciw przesłany przez przeglądarkę uwzględniony
embed-note = Ta treść nie została wczytana: potrzebna jest Państwa zgoda ({ $purposes }).
embed-once = Wczytaj raz
embed-always = Zawsze zezwalaj
embed-open = Otwórz w nowej karcie

## Odnośniki i tytuły dokumentów
link-consent = Zgoda
link-policy = Polityka
link-recommendations = Rekomendacje
link-cookies = Pliki cookie
document-consent = Zgoda
document-policy = Polityka przetwarzania danych osobowych
document-recommendations = Technologie rekomendacji
document-cookies = Pliki cookie i usługi
document-version = Wersja
document-current = obowiązujący tekst

## Centrum prywatności
centre-title = Centrum prywatności
centre-intro = Na co Państwo zezwalają w tym serwisie. Wybór można zmienić w każdej chwili; odmowa nie utrudnia czytania.
centre-undecided = Nie dokonali Państwo jeszcze wyboru: wszystko, co wymaga zgody, jest wyłączone.
centre-since = Wyboru dokonano { $moment }.
centre-withdraw = Wycofaj wszystko
centre-withdraw-note = Natychmiast wyłącza wszystko i usuwa pliki cookie tych usług.
centre-documents = Dokumenty
centre-back = Powrót do serwisu
centre-saved = Państwa wybór został zapisany.
centre-choice = Na co Państwo zezwalają
centre-history = Historia wyborów
centre-history-none = Nie zapisano żadnego wyboru.
centre-kept = Zapisano na tym serwerze; pokwitowanie będzie miało dowód, gdy wpis znajdzie się w dzienniku.
centre-receipt = Potwierdzenie
centre-receipts = Wszystkie potwierdzenia jako JSON
centre-gpc = Przeglądarka wysyła sygnał Global Privacy Control; ta strona go respektuje.
centre-gpc-none = Przeglądarka nie wysyła sygnału Global Privacy Control.
centre-requests = Państwa dane
centre-requests-note = Wniosek zostaje od razu zapisany, a odpowiedź nadchodzi w terminie ustawowym.
request-access = Zapytaj, jakie dane są przechowywane
request-stop = Zażądaj zaprzestania przetwarzania
request-erasure = Zażądaj usunięcia moich danych
request-correction = Zażądaj sprostowania moich danych
request-withdrawal = Wycofaj zgodę i zażądaj zniszczenia danych
request-send = Wyślij wniosek
request-contact = Jak się z Państwem skontaktować
request-message = Czego dotyczy wniosek
request-optional = nieobowiązkowe
request-kept = To, co tu Państwo napiszą, jest przechowywane z wnioskiem: { $term }.
request-number = Wniosek nr { $number }
request-recorded = Wniosek został zapisany. Prosimy zachować jego numer.
request-asked = Przedmiot
request-came = Otrzymano
request-until = Odpowiedź do
request-until-unknown = w terminie ustawowym
request-state = Stan
request-reply = Odpowiedź
state-received = otrzymano
state-identified = ustalono tożsamość
state-extended = termin przedłużono
state-answered = udzielono odpowiedzi
state-refused = odmówiono z podaniem przyczyn
state-done = wykonano
centre-versions = Wersje
event-accept = zezwolono na wszystko
event-partial = zezwolono częściowo
event-refuse = odmówiono wszystkiego
event-withdraw = wycofano wszystko
event-renew = wybór potwierdzony
event-expire = termin wyboru minął
event-request-step = nowa informacja o wniosku
event-acknowledge = dalsze przeglądanie po informacji
event-export = wydano Twoje dane
event-gpc = sprzeciw wysłany przez przeglądarkę
event-link = powiązano z Twoim kontem
value-account = Twoje konto (kod)
value-client = program i sieć
value-contact = jak się z Tobą skontaktować
value-idempotency_key = numer formularza
value-message = co zostało przez Ciebie napisane
value-page = strona
value-previous = Twoje poprzednie zdarzenie
value-subject = Twój numer w tej witrynie

## Gdy wyboru nie można zapisać
error-title = Wybór nie został zapisany
error-again = Nic nie zostało zmienione. Proszę wrócić, odświeżyć stronę i wybrać ponownie.
error-cross-origin = Żądanie pochodzi z innego serwisu.
error-malformed = Żądania nie można odczytać.
error-media-type = Żądanie ma format, którego ten serwis nie odczytuje.
error-method = Tego adresu nie używa się w ten sposób.
error-not-found = Nie ma takiej strony.
error-policy-changed = Teksty zmieniły się od czasu wyświetlenia strony.
error-token = Formularz jest zbyt stary lub nie pochodzi z tego serwisu.
error-too-large = Żądanie jest zbyt długie.
error-too-many = Zbyt wiele wyborów w ciągu minuty. Proszę chwilę poczekać.
error-unavailable = W tej chwili nie można zapisać wyboru. Proszę spróbować za chwilę.

## Gdy odpowiada samo proxy
fault-bad-request = Nie można zrozumieć żądania
fault-bad-request-advice = Proszę wrócić i spróbować ponownie.
fault-loop = Serwis jest źle skonfigurowany
fault-loop-advice = Żądanie wróciło tam, skąd przyszło. Proszę zgłosić to serwisowi.
fault-no-such-site = Nie ma tu takiego serwisu
fault-no-such-site-advice = Proszę sprawdzić adres.
fault-request-slow = Żądanie docierało zbyt długo
fault-request-slow-advice = Proszę sprawdzić połączenie i spróbować ponownie.
fault-request-too-large = Wysłano zbyt dużo
fault-request-too-large-advice = Proszę wysłać mniej naraz.
fault-upstream-broken = Serwis nie dał odpowiedzi, którą można pokazać
fault-upstream-slow = Serwis nie odpowiedział na czas
fault-upstream-unreachable = Serwis jest w tej chwili niedostępny
fault-upstream-unreachable-advice = Być może uruchamia się ponownie. Proszę spróbować za minutę.
fault-again = Proszę spróbować za minutę.

## Tabele dokumentów
caption-purposes = Cele przetwarzania
caption-services = Usługi
caption-cookies = Pliki cookie
caption-operations = Czynności na danych osobowych
caption-terms = Terminy
caption-rights = Prawa i sposób korzystania z nich
table-purpose = Cel
table-description = Do czego służy
table-people = Czyje dane
table-data = Dane
table-operations = Czynności
table-basis = Podstawa prawna
table-retention = Okres
table-end = Po upływie okresu
table-service = Usługa
table-operator = Podmiot
table-country = Kraj
table-contract = Umowa
table-safeguard = Podstawa przekazania za granicę
table-cookie = Plik cookie
table-lifetime = Okres ważności
table-party = Ustawiany przez
table-role = Rola
table-place = Przechowywany jako
table-operation = Czynność
table-right = Prawo
table-channel = Jak skorzystać
table-duty = Co się robi
table-term = Termin
table-none = brak
party-first = ten serwis
party-third = inny serwis
people-visitors = osoby odwiedzające serwis
role-controller = odrębny administrator
role-joint = współadministrator
role-processor = podmiot przetwarzający
role-self = sam serwis
place-cookie = plik cookie
place-local = pamięć lokalna
place-session = pamięć sesji

## Podstawy, sposoby i rodzaje
basis-consent = Państwa zgoda
basis-contract = umowa z Państwem
basis-legal-obligation = obowiązek prawny
basis-legitimate-interest = prawnie uzasadniony interes
basis-public-task = zadanie realizowane w interesie publicznym
basis-vital-interest = ochrona żywotnych interesów
method-automated = zautomatyzowane
method-non-automated = niezautomatyzowane
method-mixed = mieszane: z użyciem środków automatycznych i bez nich
kind-advertising = reklama
kind-metrics = pomiary
kind-necessary = niezbędne
kind-preferences = ustawienia
kind-recommendations = rekomendacje
kind-social = media społecznościowe
kind-video = wideo
end-block = zablokowanie
end-delete = usunięcie
end-depersonalise = depersonalizacja
end-destroy = zniszczenie

## Czynności z art. 3 pkt 3 ustawy 152-FZ w jej kolejności oraz przekazywanie transgraniczne z pkt 11
operation-collect = zbieranie
operation-record = utrwalanie
operation-systematise = systematyzowanie
operation-accumulate = gromadzenie
operation-store = przechowywanie
operation-clarify = sprostowanie
operation-clarify-update = aktualizacja
operation-clarify-change = zmiana
operation-retrieve = pobieranie
operation-use = wykorzystywanie
operation-transfer = przekazywanie
operation-transfer-disseminate = rozpowszechnianie
operation-transfer-provide = udostępnianie
operation-transfer-access = dostęp
operation-depersonalise = depersonalizacja
operation-block = blokowanie
operation-delete = usuwanie
operation-destroy = niszczenie
operation-crossborder = przekazywanie transgraniczne

## Prawa
right-access = dowiedzieć się, czy i jak dane są przetwarzane, oraz je otrzymać
right-rectification = żądać sprostowania danych nieprawidłowych lub niepełnych
right-blocking = żądać zablokowania danych
right-erasure = żądać zniszczenia danych
right-withdraw = wycofać zgodę
right-stop = żądać zaprzestania przetwarzania
right-object = sprzeciwić się przetwarzaniu
right-portability = otrzymać swoje dane w powszechnie używanym formacie
right-complaint = wnieść skargę do organu nadzorczego lub do sądu
duty-access = odpowiedź na wniosek o informacje
duty-correction = sprostowanie nieprawidłowych danych
duty-stop = zaprzestanie przetwarzania na żądanie
duty-withdrawal = zniszczenie danych po wycofaniu zgody
duty-block = najdłuższe zablokowanie, gdy danych nie można zniszczyć w terminie
duty-choice = Państwa wybór jest pamiętany
duty-records = zapisy wyborów są przechowywane po wygaśnięciu zgody
duty-requests = wnioski i odpowiedzi są przechowywane
duty-destruction = dowody zniszczenia są przechowywane
channel-centre = centrum prywatności
channel-email = poczta elektroniczna
channel-post = list
term-extendable = { $term }; z podaniem przyczyn można przedłużyć najwyżej o { $extension }
term-receipt = { $term } od otrzymania
term-none = natychmiast

## Okresy
duration-minutes = { $count ->
        [one] { $count } minuta
        [few] { $count } minuty
       *[many] { $count } minut
    }
duration-hours = { $count ->
        [one] { $count } godzina
        [few] { $count } godziny
       *[many] { $count } godzin
    }
duration-days = { $count ->
        [one] { $count } dzień
       *[other] { $count } dni
    }
duration-working-days = { $count ->
        [one] { $count } dzień roboczy
        [few] { $count } dni robocze
       *[many] { $count } dni roboczych
    }
duration-weeks = { $count ->
        [one] { $count } tydzień
        [few] { $count } tygodnie
       *[many] { $count } tygodni
    }
duration-months = { $count ->
        [one] { $count } miesiąc
        [few] { $count } miesiące
       *[many] { $count } miesięcy
    }
duration-years = { $count ->
        [one] { $count } rok
        [few] { $count } lata
       *[many] { $count } lat
    }
lifetime-persistent = do usunięcia
lifetime-session = do zamknięcia przeglądarki
lifetime-unknown = usługa nie podaje

## Daty
date = { $day } { $month ->
        [1] stycznia
        [2] lutego
        [3] marca
        [4] kwietnia
        [5] maja
        [6] czerwca
        [7] lipca
        [8] sierpnia
        [9] września
        [10] października
        [11] listopada
       *[12] grudnia
    } { $year }
moment = { $date }, { $time } UTC

## Kraje według ISO 3166-1, nazwy jak w CLDR; ZZ to nieznany
country-AE = Zjednoczone Emiraty Arabskie
country-AM = Armenia
country-AR = Argentyna
country-AT = Austria
country-AU = Australia
country-AZ = Azerbejdżan
country-BE = Belgia
country-BG = Bułgaria
country-BR = Brazylia
country-BY = Białoruś
country-CA = Kanada
country-CH = Szwajcaria
country-CN = Chiny
country-CY = Cypr
country-CZ = Czechy
country-DE = Niemcy
country-DK = Dania
country-EE = Estonia
country-ES = Hiszpania
country-FI = Finlandia
country-FR = Francja
country-GB = Wielka Brytania
country-GE = Gruzja
country-GR = Grecja
country-HK = Hongkong
country-HR = Chorwacja
country-HU = Węgry
country-IE = Irlandia
country-IL = Izrael
country-IN = Indie
country-IS = Islandia
country-IT = Włochy
country-JP = Japonia
country-KG = Kirgistan
country-KR = Korea Południowa
country-KZ = Kazachstan
country-LI = Liechtenstein
country-LT = Litwa
country-LU = Luksemburg
country-LV = Łotwa
country-MD = Mołdawia
country-MT = Malta
country-MX = Meksyk
country-NL = Holandia
country-NO = Norwegia
country-NZ = Nowa Zelandia
country-PL = Polska
country-PT = Portugalia
country-RO = Rumunia
country-RS = Serbia
country-RU = Rosja
country-SA = Arabia Saudyjska
country-SE = Szwecja
country-SG = Singapur
country-SI = Słowenia
country-SK = Słowacja
country-TH = Tajlandia
country-TJ = Tadżykistan
country-TM = Turkmenistan
country-TR = Turcja
country-TW = Tajwan
country-UA = Ukraina
country-US = USA
country-UZ = Uzbekistan
country-VN = Wietnam
country-ZZ = nie podano
