# Беларуская. Па адным паведамленні на надпіс; палітыка можа замяніць любы ў [labels.be].

## Банер
banner-accept = Прыняць усё
banner-refuse = Адхіліць усё
banner-choose = Выбраць мэты
banner-save = Захаваць выбар
banner-always = уключана заўсёды
banner-close = Працягнуць без згоды
banner-again = Змянілася пасля вашага выбару: { $purposes }. Астатні выбар дзейнічае.
signal-honoured = Адмова, перададзеная браўзерам, улічана
embed-note = Змесціва не загружана: патрэбна ваша згода ({ $purposes }).
embed-once = Загрузіць адзін раз
embed-always = Дазваляць заўсёды
embed-open = Адкрыць у новай укладцы

## Спасылкі і назвы дакументаў
link-consent = Згода
link-policy = Палітыка
link-recommendations = Рэкамендацыі
link-cookies = Файлы cookie
document-consent = Згода
document-policy = Палітыка апрацоўкі персанальных даных
document-recommendations = Рэкамендацыйныя тэхналогіі
document-cookies = Файлы cookie і сэрвісы
document-version = Рэдакцыя
document-current = дзейная рэдакцыя

## Цэнтр прыватнасці
centre-title = Цэнтр прыватнасці
centre-intro = Што вы дазваляеце на гэтым сайце. Выбар можна змяніць у любы час; адмова ніяк не перашкаджае чытанню.
centre-undecided = Вы яшчэ не зрабілі выбар: усё, што патрабуе згоды, выключана.
centre-since = Ваш выбар зроблены { $moment }.
centre-withdraw = Адклікаць усё
centre-withdraw-note = Адразу выключае ўсё і выдаляе файлы cookie гэтых сэрвісаў.
centre-documents = Дакументы
centre-back = Вярнуцца на сайт
centre-saved = Ваш выбар захаваны.
centre-choice = Што вы дазваляеце
centre-history = Гісторыя вашага выбару
centre-history-none = Ваш выбар яшчэ не запісаны.
centre-kept = Захавана на гэтым серверы; доказ з’явіцца ў квітанцыі, калі запіс будзе ў журнале.
centre-receipt = Квітанцыя
centre-receipts = Усе квітанцыі ў JSON
centre-gpc = Ваш браўзер перадае сігнал Global Privacy Control; сайт яго выконвае.
centre-gpc-none = Ваш браўзер не перадае сігнал Global Privacy Control.
centre-requests = Вашы даныя
centre-requests-note = Зварот запісваецца адразу; адказ даецца ў тэрмін, устаноўлены законам.
request-access = Даведацца, якія даныя захоўваюцца
request-stop = Патрабаваць спыніць апрацоўку
request-erasure = Патрабаваць выдаліць даныя
request-correction = Патрабаваць выправіць даныя
request-withdrawal = Адклікаць згоду і знішчыць даныя
request-send = Адправіць зварот
request-contact = Як з вамі звязацца
request-message = Пра што зварот
request-optional = неабавязкова
request-kept = Напісанае тут захоўваецца разам са зваротам: { $term }.
request-number = Зварот № { $number }
request-recorded = Зварот запісаны. Захавайце яго нумар.
request-asked = Прадмет
request-came = Атрымана
request-until = Тэрмін адказу
request-until-unknown = у тэрмін, устаноўлены законам
request-state = Стан
request-reply = Адказ
state-received = атрымана
state-identified = асоба ўстаноўлена
state-extended = тэрмін прадоўжаны
state-answered = дадзены адказ
state-refused = адмоўлена з указаннем прычын
state-done = выканана
centre-versions = Рэдакцыі
event-accept = усё дазволена
event-partial = дазволена часткова
event-refuse = адмова ад усяго
event-withdraw = усё адклікана
event-renew = выбар пацверджаны
event-expire = тэрмін выбару скончыўся
event-request-step = новае па звароце
event-acknowledge = прагляд працягнуты пасля апавяшчэння
event-export = вашы даныя выдадзены
event-gpc = пярэчанне, перададзенае браўзерам
event-link = сувязь з вашым уліковым запісам
value-account = ваш уліковы запіс (шыфр)
value-client = праграма і сетка
value-contact = як з вамі звязацца
value-idempotency_key = нумар формы
value-message = што вы напісалі
value-page = старонка
value-previous = ваша папярэдняя падзея
value-subject = ваш нумар на гэтым сайце

## Калі выбар нельга захаваць
error-title = Выбар не захаваны
error-again = Нічога не змянілася. Вярніцеся, абнавіце старонку і выберыце зноў.
error-cross-origin = Запыт прыйшоў з іншага сайта.
error-malformed = Запыт не ўдалося прачытаць.
error-media-type = Запыт у фармаце, якога сайт не чытае.
error-method = Да гэтага адраса так не звяртаюцца.
error-not-found = Такой старонкі няма.
error-policy-changed = Тэксты змяніліся пасля таго, як старонка была паказана.
error-token = Форма занадта старая або створана не гэтым сайтам.
error-too-large = Запыт занадта доўгі.
error-too-many = Занадта шмат выбараў за хвіліну. Пачакайце крыху.
error-unavailable = Зараз выбар запісаць нельга. Паспрабуйце крыху пазней.

## Калі адказвае сам проксі
fault-bad-request = Запыт немагчыма разабраць
fault-bad-request-advice = Вярніцеся і паспрабуйце яшчэ раз.
fault-loop = Сайт наладжаны няправільна
fault-loop-advice = Запыт вярнуўся туды, адкуль прыйшоў. Паведаміце пра гэта сайту.
fault-no-such-site = Такога сайта тут няма
fault-no-such-site-advice = Праверце адрас.
fault-request-slow = Запыт перадаваўся занадта доўга
fault-request-slow-advice = Праверце злучэнне і паспрабуйце яшчэ раз.
fault-request-too-large = Адпраўлена занадта шмат
fault-request-too-large-advice = Адпраўце менш за адзін раз.
fault-upstream-broken = Сайт не даў адказу, які можна паказаць
fault-upstream-slow = Сайт не адказаў своечасова
fault-upstream-unreachable = Сайт зараз недаступны
fault-upstream-unreachable-advice = Магчыма, ён перазапускаецца. Паспрабуйце праз хвіліну.
fault-again = Паспрабуйце праз хвіліну.

## Табліцы дакументаў
caption-purposes = Мэты апрацоўкі
caption-services = Сэрвісы
caption-cookies = Файлы cookie
caption-operations = Дзеянні з персанальнымі данымі
caption-terms = Тэрміны
caption-rights = Правы і парадак іх ажыццяўлення
table-purpose = Мэта
table-description = Для чаго
table-people = Чые даныя
table-data = Даныя
table-operations = Дзеянні з данымі
table-basis = Падстава
table-retention = Тэрмін
table-end = Па заканчэнні тэрміну
table-service = Сэрвіс
table-operator = Аператар
table-country = Краіна
table-contract = Дагавор
table-safeguard = Падстава перадачы за мяжу
table-cookie = Файл cookie
table-lifetime = Тэрмін дзеяння
table-party = Кім устаноўлены
table-role = Роля
table-place = Дзе захоўваецца
table-operation = Дзеянне
table-right = Права
table-channel = Як скарыстацца
table-duty = Што робіцца
table-term = Тэрмін
table-none = няма
party-first = гэтым сайтам
party-third = іншым сайтам
people-visitors = наведвальнікі сайта
role-controller = самастойны аператар
role-joint = аператар сумесна з сайтам
role-processor = апрацоўшчык па даручэнні
role-self = сам сайт
place-cookie = файл cookie
place-local = лакальнае сховішча
place-session = сховішча сеанса

## Падставы, спосабы і віды
basis-consent = ваша згода
basis-contract = дагавор з вамі
basis-legal-obligation = абавязак па законе
basis-legitimate-interest = законны інтарэс
basis-public-task = задача ў грамадскіх інтарэсах
basis-vital-interest = абарона жыццёва важных інтарэсаў
method-automated = аўтаматызаваная
method-non-automated = неаўтаматызаваная
method-mixed = змешаная: са сродкамі аўтаматызацыі і без іх
kind-advertising = рэклама
kind-metrics = метрычныя праграмы
kind-necessary = неабходныя
kind-preferences = налады
kind-recommendations = рэкамендацыі
kind-social = сацыяльныя сеткі
kind-video = відэа
end-block = блакіраванне
end-delete = выдаленне
end-depersonalise = абязлічванне
end-destroy = знішчэнне

## Дзеянні з пункта 3 артыкула 3 Закона № 152-ФЗ у яго парадку і трансгранічная перадача з пункта 11
operation-collect = збор
operation-record = запіс
operation-systematise = сістэматызацыя
operation-accumulate = назапашванне
operation-store = захоўванне
operation-clarify = удакладненне
operation-clarify-update = абнаўленне
operation-clarify-change = змяненне
operation-retrieve = выманне
operation-use = выкарыстанне
operation-transfer = перадача
operation-transfer-disseminate = распаўсюджванне
operation-transfer-provide = прадастаўленне
operation-transfer-access = доступ
operation-depersonalise = абязлічванне
operation-block = блакіраванне
operation-delete = выдаленне
operation-destroy = знішчэнне
operation-crossborder = трансгранічная перадача

## Правы
right-access = даведацца, ці апрацоўваюцца вашы даныя і як, і атрымаць іх
right-rectification = запатрабаваць удакладніць недакладныя або няпоўныя даныя
right-blocking = запатрабаваць заблакіраваць даныя
right-erasure = запатрабаваць знішчыць даныя
right-withdraw = адклікаць згоду
right-stop = запатрабаваць спыніць апрацоўку
right-object = запярэчыць супраць апрацоўкі
right-portability = атрымаць свае даныя ў агульнапрынятым фармаце
right-complaint = падаць скаргу ў наглядны орган або ў суд
duty-access = адказ на запыт звестак
duty-correction = выпраўленне недакладных даных
duty-stop = спыненне апрацоўкі па патрабаванні
duty-withdrawal = знішчэнне даных пасля адклікання згоды
duty-block = найбольшы тэрмін блакіравання, калі знішчыць даныя своечасова нельга
duty-choice = ваш выбар захоўваецца
duty-records = запісы пра выбар захоўваюцца пасля заканчэння згоды
duty-requests = звароты і адказы захоўваюцца
duty-destruction = пацвярджэнні знішчэння захоўваюцца
channel-centre = цэнтр прыватнасці
channel-email = электронная пошта
channel-post = ліст
term-extendable = { $term }; можа быць прадоўжаны не больш чым на { $extension } з указаннем прычын
term-receipt = { $term } з дня атрымання
term-none = адразу

## Тэрміны
duration-minutes = { $count ->
        [one] { $count } хвіліна
        [few] { $count } хвіліны
       *[many] { $count } хвілін
    }
duration-hours = { $count ->
        [one] { $count } гадзіна
        [few] { $count } гадзіны
       *[many] { $count } гадзін
    }
duration-days = { $count ->
        [one] { $count } дзень
        [few] { $count } дні
       *[many] { $count } дзён
    }
duration-working-days = { $count ->
        [one] { $count } рабочы дзень
        [few] { $count } рабочыя дні
       *[many] { $count } рабочых дзён
    }
duration-weeks = { $count ->
        [one] { $count } тыдзень
        [few] { $count } тыдні
       *[many] { $count } тыдняў
    }
duration-months = { $count ->
        [one] { $count } месяц
        [few] { $count } месяцы
       *[many] { $count } месяцаў
    }
duration-years = { $count ->
        [one] { $count } год
        [few] { $count } гады
       *[many] { $count } гадоў
    }
lifetime-persistent = пакуль не будзе выдалены
lifetime-session = да закрыцця браўзера
lifetime-unknown = сэрвіс не паведамляе

## Даты
date = { $day } { $month ->
        [1] студзеня
        [2] лютага
        [3] сакавіка
        [4] красавіка
        [5] мая
        [6] чэрвеня
        [7] ліпеня
        [8] жніўня
        [9] верасня
        [10] кастрычніка
        [11] лістапада
       *[12] снежня
    } { $year } г.
moment = { $date }, { $time } UTC

## Краіны па ISO 3166-1, як іх называе CLDR; ZZ — невядомая
country-AE = Аб’яднаныя Арабскія Эміраты
country-AM = Арменія
country-AR = Аргенціна
country-AT = Аўстрыя
country-AU = Аўстралія
country-AZ = Азербайджан
country-BE = Бельгія
country-BG = Балгарыя
country-BR = Бразілія
country-BY = Беларусь
country-CA = Канада
country-CH = Швейцарыя
country-CN = Кітай
country-CY = Кіпр
country-CZ = Чэхія
country-DE = Германія
country-DK = Данія
country-EE = Эстонія
country-ES = Іспанія
country-FI = Фінляндыя
country-FR = Францыя
country-GB = Вялікабрытанія
country-GE = Грузія
country-GR = Грэцыя
country-HK = Ганконг
country-HR = Харватыя
country-HU = Венгрыя
country-IE = Ірландыя
country-IL = Ізраіль
country-IN = Індыя
country-IS = Ісландыя
country-IT = Італія
country-JP = Японія
country-KG = Кыргызстан
country-KR = Паўднёвая Карэя
country-KZ = Казахстан
country-LI = Ліхтэнштэйн
country-LT = Літва
country-LU = Люксембург
country-LV = Латвія
country-MD = Малдова
country-MT = Мальта
country-MX = Мексіка
country-NL = Нідэрланды
country-NO = Нарвегія
country-NZ = Новая Зеландыя
country-PL = Польшча
country-PT = Партугалія
country-RO = Румынія
country-RS = Сербія
country-RU = Расія
country-SA = Саудаўская Аравія
country-SE = Швецыя
country-SG = Сінгапур
country-SI = Славенія
country-SK = Славакія
country-TH = Тайланд
country-TJ = Таджыкістан
country-TM = Туркменістан
country-TR = Турцыя
country-TW = Тайвань
country-UA = Украіна
country-US = ЗША
country-UZ = Узбекістан
country-VN = В’етнам
country-ZZ = не ўказана
