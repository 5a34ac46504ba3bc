# Українська. По одному повідомленню на напис; політика може замінити будь-який у [labels.uk].

## Банер
banner-accept = Прийняти все
banner-refuse = Відхилити все
banner-choose = Вибрати цілі
banner-save = Зберегти вибір
banner-always = увімкнено завжди
banner-close = Продовжити без згоди
banner-again = Змінилося після вашого вибору: { $purposes }. Решта вибору чинна.
signal-honoured = Відмову, передану браузером, враховано
embed-note = Вміст не завантажено: потрібна ваша згода ({ $purposes }).
embed-once = Завантажити один раз
embed-always = Дозволяти завжди
embed-open = Відкрити в новій вкладці

## Посилання та назви документів
link-consent = Згода
link-policy = Політика
link-recommendations = Рекомендації
link-cookies = Файли cookie
document-consent = Згода
document-policy = Політика обробки персональних даних
document-recommendations = Рекомендаційні технології
document-cookies = Файли cookie та сервіси
document-version = Редакція
document-current = чинна редакція

## Центр приватності
centre-title = Центр приватності
centre-intro = Що ви дозволяєте на цьому сайті. Вибір можна змінити будь-коли; відмова ніяк не заважає читанню.
centre-undecided = Ви ще не зробили вибір: усе, що потребує згоди, вимкнено.
centre-since = Ваш вибір зроблено { $moment }.
centre-withdraw = Відкликати все
centre-withdraw-note = Одразу вимикає все та видаляє файли cookie цих сервісів.
centre-documents = Документи
centre-back = Повернутися на сайт
centre-saved = Ваш вибір збережено.
centre-choice = Що ви дозволяєте
centre-history = Історія вашого вибору
centre-history-none = Ваш вибір ще не записано.
centre-kept = Збережено на цьому сервері; доказ з’явиться у квитанції, коли запис буде в журналі.
centre-receipt = Квитанція
centre-receipts = Усі квитанції в JSON
centre-gpc = Ваш браузер надсилає сигнал Global Privacy Control; сайт його враховує.
centre-gpc-none = Ваш браузер не надсилає сигналу Global Privacy Control.
centre-requests = Ваші дані
centre-requests-note = Запит записується одразу; відповідь надається у строк, установлений законом.
request-access = Дізнатися, які дані зберігаються
request-stop = Вимагати припинити обробку
request-erasure = Вимагати видалити дані
request-correction = Вимагати виправити дані
request-withdrawal = Відкликати згоду і знищити дані
request-send = Надіслати запит
request-contact = Як з вами зв’язатися
request-message = Про що запит
request-optional = необов’язково
request-kept = Написане тут зберігається разом із запитом: { $term }.
request-number = Запит № { $number }
request-recorded = Запит записано. Збережіть його номер.
request-asked = Предмет
request-came = Отримано
request-until = Строк відповіді
request-until-unknown = у строк, установлений законом
request-state = Стан
request-reply = Відповідь
state-received = отримано
state-identified = особу встановлено
state-extended = строк продовжено
state-answered = надано відповідь
state-refused = відмовлено із зазначенням причин
state-done = виконано
centre-versions = Редакції
event-accept = усе дозволено
event-partial = дозволено частково
event-refuse = від усього відмова
event-withdraw = усе відкликано
event-renew = вибір підтверджено
event-expire = строк вибору минув
event-request-step = нове щодо запиту
event-acknowledge = перегляд продовжено після повідомлення
event-export = ваші дані видано
event-gpc = заперечення, надіслане браузером
event-link = зв’язок із вашим обліковим записом
value-account = ваш обліковий запис (шифр)
value-client = програма й мережа
value-contact = як з вами зв’язатися
value-idempotency_key = номер форми
value-message = що ви написали
value-page = сторінка
value-previous = ваша попередня подія
value-subject = ваш номер на цьому сайті

## Коли вибір неможливо зберегти
error-title = Вибір не збережено
error-again = Нічого не змінилося. Поверніться, оновіть сторінку та виберіть ще раз.
error-cross-origin = Запит надійшов з іншого сайту.
error-malformed = Запит не вдалося прочитати.
error-media-type = Запит у форматі, якого сайт не читає.
error-method = До цієї адреси так не звертаються.
error-not-found = Такої сторінки немає.
error-policy-changed = Тексти змінилися після того, як сторінку було показано.
error-token = Форма надто стара або створена не цим сайтом.
error-too-large = Запит надто довгий.
error-too-many = Надто багато виборів за хвилину. Зачекайте трохи.
error-unavailable = Зараз вибір записати неможливо. Спробуйте трохи пізніше.

## Коли відповідає сам проксі
fault-bad-request = Запит неможливо розібрати
fault-bad-request-advice = Поверніться і спробуйте ще раз.
fault-loop = Сайт налаштовано неправильно
fault-loop-advice = Запит повернувся туди, звідки прийшов. Повідомте про це сайт.
fault-no-such-site = Такого сайту тут немає
fault-no-such-site-advice = Перевірте адресу.
fault-request-slow = Запит передавався надто довго
fault-request-slow-advice = Перевірте з’єднання і спробуйте ще раз.
fault-request-too-large = Надіслано забагато
fault-request-too-large-advice = Надішліть менше за один раз.
fault-upstream-broken = Сайт не дав відповіді, яку можна показати
fault-upstream-slow = Сайт не відповів вчасно
fault-upstream-unreachable = Сайт зараз недоступний
fault-upstream-unreachable-advice = Можливо, він перезапускається. Спробуйте за хвилину.
fault-again = Спробуйте за хвилину.

## Таблиці документів
caption-purposes = Цілі обробки
caption-services = Сервіси
caption-cookies = Файли cookie
caption-operations = Дії з персональними даними
caption-terms = Строки
caption-rights = Права та порядок їх здійснення
table-purpose = Мета
table-description = Для чого
table-people = Чиї дані
table-data = Дані
table-operations = Дії з даними
table-basis = Підстава
table-retention = Строк
table-end = Після закінчення строку
table-service = Сервіс
table-operator = Оператор
table-country = Країна
table-contract = Договір
table-safeguard = Підстава передавання за кордон
table-cookie = Файл cookie
table-lifetime = Строк дії
table-party = Ким установлено
table-role = Роль
table-place = Де зберігається
table-operation = Дія
table-right = Право
table-channel = Як скористатися
table-duty = Що робиться
table-term = Строк
table-none = немає
party-first = цим сайтом
party-third = іншим сайтом
people-visitors = відвідувачі сайту
role-controller = самостійний оператор
role-joint = оператор спільно із сайтом
role-processor = обробник за дорученням
role-self = сам сайт
place-cookie = файл cookie
place-local = локальне сховище
place-session = сховище сеансу

## Підстави, способи та види
basis-consent = ваша згода
basis-contract = договір з вами
basis-legal-obligation = обов’язок за законом
basis-legitimate-interest = законний інтерес
basis-public-task = завдання в суспільних інтересах
basis-vital-interest = захист життєво важливих інтересів
method-automated = автоматизована
method-non-automated = неавтоматизована
method-mixed = змішана: із засобами автоматизації та без них
kind-advertising = реклама
kind-metrics = метричні програми
kind-necessary = необхідні
kind-preferences = налаштування
kind-recommendations = рекомендації
kind-social = соціальні мережі
kind-video = відео
end-block = блокування
end-delete = видалення
end-depersonalise = знеособлення
end-destroy = знищення

## Дії з пункту 3 статті 3 Закону № 152-ФЗ у його порядку та транскордонне передавання з пункту 11
operation-collect = збирання
operation-record = запис
operation-systematise = систематизація
operation-accumulate = накопичення
operation-store = зберігання
operation-clarify = уточнення
operation-clarify-update = оновлення
operation-clarify-change = зміна
operation-retrieve = вибирання
operation-use = використання
operation-transfer = передавання
operation-transfer-disseminate = поширення
operation-transfer-provide = надання
operation-transfer-access = доступ
operation-depersonalise = знеособлення
operation-block = блокування
operation-delete = видалення
operation-destroy = знищення
operation-crossborder = транскордонне передавання

## Права
right-access = дізнатися, чи обробляються ваші дані та як, і отримати їх
right-rectification = вимагати уточнити неточні або неповні дані
right-blocking = вимагати заблокувати дані
right-erasure = вимагати знищити дані
right-withdraw = відкликати згоду
right-stop = вимагати припинити обробку
right-object = заперечити проти обробки
right-portability = отримати свої дані в загальноприйнятому форматі
right-complaint = подати скаргу до наглядового органу або до суду
duty-access = відповідь на запит відомостей
duty-correction = виправлення неточних даних
duty-stop = припинення обробки на вимогу
duty-withdrawal = знищення даних після відкликання згоди
duty-block = найдовший строк блокування, якщо знищити дані вчасно неможливо
duty-choice = ваш вибір зберігається
duty-records = записи про вибір зберігаються після закінчення згоди
duty-requests = звернення та відповіді зберігаються
duty-destruction = підтвердження знищення зберігаються
channel-centre = центр приватності
channel-email = електронна пошта
channel-post = лист
term-extendable = { $term }; може бути продовжено не більше ніж на { $extension } із зазначенням причин
term-receipt = { $term } з дня отримання
term-none = одразу

## Строки
duration-minutes = { $count ->
        [one] { $count } хвилина
        [few] { $count } хвилини
       *[many] { $count } хвилин
    }
duration-hours = { $count ->
        [one] { $count } година
        [few] { $count } години
       *[many] { $count } годин
    }
duration-days = { $count ->
        [one] { $count } день
        [few] { $count } дні
       *[many] { $count } днів
    }
duration-working-days = { $count ->
        [one] { $count } робочий день
        [few] { $count } робочі дні
       *[many] { $count } робочих днів
    }
duration-weeks = { $count ->
        [one] { $count } тиждень
        [few] { $count } тижні
       *[many] { $count } тижнів
    }
duration-months = { $count ->
        [one] { $count } місяць
        [few] { $count } місяці
       *[many] { $count } місяців
    }
duration-years = { $count ->
        [one] { $count } рік
        [few] { $count } роки
       *[many] { $count } років
    }
lifetime-persistent = доки не буде видалено
lifetime-session = до закриття браузера
lifetime-unknown = сервіс не повідомляє

## Дати
date = { $day } { $month ->
        [1] січня
        [2] лютого
        [3] березня
        [4] квітня
        [5] травня
        [6] червня
        [7] липня
        [8] серпня
        [9] вересня
        [10] жовтня
        [11] листопада
       *[12] грудня
    } { $year } р.
moment = { $date }, { $time } UTC

## Країни за ISO 3166-1, як їх називає CLDR; ZZ — невідома
country-AE = ОАЕ
country-AM = Вірменія
country-AR = Аргентина
country-AT = Австрія
country-AU = Австралія
country-AZ = Азербайджан
country-BE = Бельгія
country-BG = Болгарія
country-BR = Бразилія
country-BY = Білорусь
country-CA = Канада
country-CH = Швейцарія
country-CN = Китай
country-CY = Кіпр
country-CZ = Чехія
country-DE = Німеччина
country-DK = Данія
country-EE = Естонія
country-ES = Іспанія
country-FI = Фінляндія
country-FR = Франція
country-GB = Велика Британія
country-GE = Грузія
country-GR = Греція
country-HK = Гонконг
country-HR = Хорватія
country-HU = Угорщина
country-IE = Ірландія
country-IL = Ізраїль
country-IN = Індія
country-IS = Ісландія
country-IT = Італія
country-JP = Японія
country-KG = Киргизстан
country-KR = Південна Корея
country-KZ = Казахстан
country-LI = Ліхтенштейн
country-LT = Литва
country-LU = Люксембург
country-LV = Латвія
country-MD = Молдова
country-MT = Мальта
country-MX = Мексика
country-NL = Нідерланди
country-NO = Норвегія
country-NZ = Нова Зеландія
country-PL = Польща
country-PT = Португалія
country-RO = Румунія
country-RS = Сербія
country-RU = Росія
country-SA = Саудівська Аравія
country-SE = Швеція
country-SG = Сінгапур
country-SI = Словенія
country-SK = Словаччина
country-TH = Таїланд
country-TJ = Таджикистан
country-TM = Туркменістан
country-TR = Туреччина
country-TW = Тайвань
country-UA = Україна
country-US = США
country-UZ = Узбекистан
country-VN = В’єтнам
country-ZZ = не вказано
