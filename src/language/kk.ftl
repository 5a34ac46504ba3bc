# Қазақша. Әр жазуға бір хабар; саясат кез келгенін [labels.kk] ішінде ауыстыра алады.

## Баннер
banner-accept = Барлығын қабылдау
banner-refuse = Барлығынан бас тарту
banner-choose = Мақсаттарды таңдау
banner-save = Таңдауды сақтау
banner-always = әрқашан қосулы
banner-close = Келісімсіз жалғастыру
banner-again = Таңдауыңыздан кейін өзгерді: { $purposes }. Қалған таңдауыңыз күшінде.
signal-honoured = Браузер жіберген бас тарту ескерілді
embed-note = Мазмұн жүктелмеді: келісіміңіз қажет ({ $purposes }).
embed-once = Бір рет жүктеу
embed-always = Әрқашан рұқсат ету
embed-open = Жаңа қойындыда ашу

## Құжаттардың сілтемелері мен атаулары
link-consent = Келісім
link-policy = Саясат
link-recommendations = Ұсынымдар
link-cookies = Cookie файлдары
document-consent = Келісім
document-policy = Дербес деректерді өңдеу саясаты
document-recommendations = Ұсыным технологиялары
document-cookies = Cookie файлдары және сервистер
document-version = Редакция
document-current = қолданыстағы редакция

## Құпиялылық орталығы
centre-title = Құпиялылық орталығы
centre-intro = Осы сайтта сіз неге рұқсат бересіз. Таңдауды кез келген уақытта өзгертуге болады; бас тарту оқуға кедергі келтірмейді.
centre-undecided = Сіз әлі таңдау жасаған жоқсыз: келісімді қажет ететіннің бәрі өшірулі.
centre-since = Таңдауыңыз жасалған уақыт: { $moment }.
centre-withdraw = Барлығын қайтарып алу
centre-withdraw-note = Бәрін бірден өшіреді және сол сервистердің cookie файлдарын жояды.
centre-documents = Құжаттар
centre-back = Сайтқа оралу
centre-saved = Таңдауыңыз сақталды.
centre-choice = Сіз рұқсат ететіндер
centre-history = Таңдауыңыздың тарихы
centre-history-none = Таңдауыңыз әлі жазылмаған.
centre-kept = Осы серверде сақталды; жазба журналға түскенде түбіртекте оның дәлелі болады.
centre-receipt = Түбіртек
centre-receipts = Барлық түбіртек JSON түрінде
centre-gpc = Браузеріңіз Global Privacy Control сигналын жібереді; сайт оны сақтайды.
centre-gpc-none = Браузеріңіз Global Privacy Control сигналын жібермейді.
centre-requests = Сіздің деректеріңіз
centre-requests-note = Өтініш бірден жазылады және заңда белгіленген мерзімде жауап беріледі.
request-access = Қандай деректер сақталатынын білу
request-stop = Өңдеуді тоқтатуды талап ету
request-erasure = Деректерімді жоюды талап ету
request-correction = Деректерімді түзетуді талап ету
request-withdrawal = Келісімді қайтарып алып, деректерді жою
request-send = Өтінішті жіберу
request-contact = Сізбен қалай байланысуға болады
request-message = Өтініштің мәні
request-optional = міндетті емес
request-kept = Мұнда жазғаныңыз өтінішпен бірге сақталады: { $term }.
request-number = № { $number } өтініш
request-recorded = Өтінішіңіз жазылды. Нөмірін сақтап қойыңыз.
request-asked = Мәні
request-came = Алынды
request-until = Жауап мерзімі
request-until-unknown = заңда белгіленген мерзімде
request-state = Күйі
request-reply = Жауап
state-received = алынды
state-identified = тұлға анықталды
state-extended = мерзім ұзартылды
state-answered = жауап берілді
state-refused = себебі көрсетіліп бас тартылды
state-done = орындалды
centre-versions = Нұсқалар
event-accept = бәріне рұқсат берілді
event-partial = ішінара рұқсат берілді
event-refuse = бәрінен бас тартылды
event-withdraw = бәрі қайтарып алынды
event-renew = таңдау расталды
event-expire = таңдаудың мерзімі өтті
event-request-step = өтініш бойынша жаңалық
event-acknowledge = хабарламадан кейін жалғастырылды
event-export = деректеріңіз берілді
event-gpc = браузер жіберген қарсылық
event-link = тіркелгіңізбен байланыстырылды
value-account = тіркелгіңіз (шифр)
value-client = бағдарлама және желі
value-contact = сізбен қалай байланысуға болады
value-idempotency_key = нысанның нөмірі
value-message = сіз не жаздыңыз
value-page = бет
value-previous = алдыңғы оқиғаңыз
value-subject = осы сайттағы нөміріңіз

## Таңдауды сақтау мүмкін болмағанда
error-title = Таңдау сақталмады
error-again = Ештеңе өзгерген жоқ. Артқа оралып, бетті жаңартып, қайта таңдаңыз.
error-cross-origin = Сұрау басқа сайттан келді.
error-malformed = Сұрауды оқу мүмкін болмады.
error-media-type = Сұрау бұл сайт оқымайтын пішімде.
error-method = Бұл мекенжай осылай пайдаланылмайды.
error-not-found = Мұндай бет жоқ.
error-policy-changed = Бет көрсетілгеннен кейін мәтіндер өзгерді.
error-token = Форма тым ескі немесе оны бұл сайт жасамаған.
error-too-large = Сұрау тым ұзын.
error-too-many = Бір минутта тым көп таңдау жасалды. Біраз күте тұрыңыз.
error-unavailable = Қазір таңдауды жазу мүмкін емес. Сәл кейінірек қайталап көріңіз.

## Прокси өзі жауап бергенде
fault-bad-request = Сұрауды түсіну мүмкін емес
fault-bad-request-advice = Артқа оралып, қайталап көріңіз.
fault-loop = Сайт дұрыс бапталмаған
fault-loop-advice = Сұрау келген жеріне қайтып келді. Бұл туралы сайтқа хабарлаңыз.
fault-no-such-site = Мұнда мұндай сайт жоқ
fault-no-such-site-advice = Мекенжайды тексеріңіз.
fault-request-slow = Сұрау тым ұзақ жіберілді
fault-request-slow-advice = Қосылымды тексеріп, қайталап көріңіз.
fault-request-too-large = Жіберілген деректер тым көп
fault-request-too-large-advice = Бір жолы азырақ жіберіңіз.
fault-upstream-broken = Сайт көрсетуге болатын жауап бермеді
fault-upstream-slow = Сайт уақытында жауап бермеді
fault-upstream-unreachable = Сайт қазір қолжетімсіз
fault-upstream-unreachable-advice = Мүмкін, ол қайта іске қосылып жатыр. Бір минуттан кейін қайталап көріңіз.
fault-again = Бір минуттан кейін қайталап көріңіз.

## Құжаттардың кестелері
caption-purposes = Өңдеу мақсаттары
caption-services = Сервистер
caption-cookies = Cookie файлдары
caption-operations = Дербес деректермен жасалатын әрекеттер
caption-terms = Мерзімдер
caption-rights = Құқықтар және оларды жүзеге асыру тәртібі
table-purpose = Мақсат
table-description = Не үшін
table-people = Кімнің деректері
table-data = Деректер
table-operations = Әрекеттер
table-basis = Негіз
table-retention = Мерзім
table-end = Мерзім аяқталғанда
table-service = Сервис
table-operator = Оператор
table-country = Ел
table-contract = Шарт
table-safeguard = Шетелге беру негізі
table-cookie = Cookie файлы
table-lifetime = Қолданылу мерзімі
table-party = Кім орнатады
table-role = Рөлі
table-place = Қайда сақталады
table-operation = Әрекет
table-right = Құқық
table-channel = Қалай пайдалануға болады
table-duty = Не істеледі
table-term = Мерзім
table-none = жоқ
party-first = осы сайт
party-third = басқа сайт
people-visitors = сайтқа кірушілер
role-controller = дербес оператор
role-joint = сайтпен бірлескен оператор
role-processor = тапсырма бойынша өңдеуші
role-self = сайттың өзі
place-cookie = cookie файлы
place-local = жергілікті қойма
place-session = сеанс қоймасы

## Негіздер, тәсілдер және түрлер
basis-consent = сіздің келісіміңіз
basis-contract = сізбен жасалған шарт
basis-legal-obligation = заң бойынша міндет
basis-legitimate-interest = заңды мүдде
basis-public-task = қоғамдық мүддедегі міндет
basis-vital-interest = өмірлік маңызды мүдделерді қорғау
method-automated = автоматтандырылған
method-non-automated = автоматтандырылмаған
method-mixed = аралас: автоматтандыру құралдарымен және оларсыз
kind-advertising = жарнама
kind-metrics = метрикалық бағдарламалар
kind-necessary = қажетті
kind-preferences = баптаулар
kind-recommendations = ұсынымдар
kind-social = әлеуметтік желілер
kind-video = бейне
end-block = бұғаттау
end-delete = өшіру
end-depersonalise = иесіздендіру
end-destroy = жою

## 152-ФЗ заңының 3-бабының 3-тармағындағы әрекеттер, сол ретпен, және 11-тармақтағы трансшекаралық беру
operation-collect = жинау
operation-record = жазу
operation-systematise = жүйелеу
operation-accumulate = жинақтау
operation-store = сақтау
operation-clarify = нақтылау
operation-clarify-update = жаңарту
operation-clarify-change = өзгерту
operation-retrieve = алу
operation-use = пайдалану
operation-transfer = беру
operation-transfer-disseminate = тарату
operation-transfer-provide = ұсыну
operation-transfer-access = қолжетімді ету
operation-depersonalise = иесіздендіру
operation-block = бұғаттау
operation-delete = өшіру
operation-destroy = жою
operation-crossborder = трансшекаралық беру

## Құқықтар
right-access = деректеріңіздің өңделетінін-өңделмейтінін және қалай өңделетінін білу, оларды алу
right-rectification = қате немесе толық емес деректерді нақтылауды талап ету
right-blocking = деректерді бұғаттауды талап ету
right-erasure = деректерді жоюды талап ету
right-withdraw = келісімді қайтарып алу
right-stop = өңдеуді тоқтатуды талап ету
right-object = өңдеуге қарсылық білдіру
right-portability = деректеріңізді кең тараған пішімде алу
right-complaint = қадағалау органына немесе сотқа шағымдану
duty-access = мәлімет сұрауға жауап
duty-correction = қате деректерді түзету
duty-stop = талап бойынша өңдеуді тоқтату
duty-withdrawal = келісім қайтарып алынғаннан кейін деректерді жою
duty-block = деректерді уақытында жою мүмкін болмаса, бұғаттаудың ең ұзақ мерзімі
duty-choice = таңдауыңыз есте сақталады
duty-records = таңдау туралы жазбалар келісім аяқталғаннан кейін сақталады
duty-requests = өтініштер мен жауаптар сақталады
duty-destruction = жойылғанын растайтын құжаттар сақталады
channel-centre = құпиялылық орталығы
channel-email = электрондық пошта
channel-post = хат
term-extendable = { $term }; себептері көрсетіліп, ең көбі { $extension } ұзартылуы мүмкін
term-receipt = алынған күннен бастап { $term }
term-none = бірден

## Мерзімдер
duration-minutes = { $count } минут
duration-hours = { $count } сағат
duration-days = { $count } күн
duration-working-days = { $count } жұмыс күні
duration-weeks = { $count } апта
duration-months = { $count } ай
duration-years = { $count } жыл
lifetime-persistent = жойылғанға дейін
lifetime-session = браузер жабылғанға дейін
lifetime-unknown = сервис хабарламайды

## Күндер
date = { $year } ж. { $day } { $month ->
        [1] қаңтар
        [2] ақпан
        [3] наурыз
        [4] сәуір
        [5] мамыр
        [6] маусым
        [7] шілде
        [8] тамыз
        [9] қыркүйек
        [10] қазан
        [11] қараша
       *[12] желтоқсан
    }
moment = { $date }, { $time } UTC

## ISO 3166-1 бойынша елдер, атаулары CLDR-дегідей; ZZ — белгісіз
country-AE = Біріккен Араб Әмірліктері
country-AM = Армения
country-AR = Аргентина
country-AT = Аустрия
country-AU = Аустралия
country-AZ = Әзірбайжан
country-BE = Бельгия
country-BG = Болгария
country-BR = Бразилия
country-BY = Беларусь
country-CA = Канада
country-CH = Швейцария
country-CN = Қытай
country-CY = Кипр
country-CZ = Чехия
country-DE = Германия
country-DK = Дания
country-EE = Эстония
country-ES = Испания
country-FI = Финляндия
country-FR = Франция
country-GB = Ұлыбритания
country-GE = Грузия
country-GR = Грекия
country-HK = Гонконг
country-HR = Хорватия
country-HU = Венгрия
country-IE = Ирландия
country-IL = Израиль
country-IN = Үндістан
country-IS = Исландия
country-IT = Италия
country-JP = Жапония
country-KG = Қырғызстан
country-KR = Оңтүстік Корея
country-KZ = Қазақстан
country-LI = Лихтенштейн
country-LT = Литва
country-LU = Люксембург
country-LV = Латвия
country-MD = Молдова
country-MT = Мальта
country-MX = Мексика
country-NL = Нидерланд
country-NO = Норвегия
country-NZ = Жаңа Зеландия
country-PL = Польша
country-PT = Португалия
country-RO = Румыния
country-RS = Сербия
country-RU = Ресей
country-SA = Сауд Арабиясы
country-SE = Швеция
country-SG = Сингапур
country-SI = Словения
country-SK = Словакия
country-TH = Таиланд
country-TJ = Тәжікстан
country-TM = Түрікменстан
country-TR = Түркия
country-TW = Тайвань
country-UA = Украина
country-US = АҚШ
country-UZ = Өзбекстан
country-VN = Вьетнам
country-ZZ = көрсетілмеген
