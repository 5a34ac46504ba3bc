# Русский. По одному сообщению на надпись; политика может заменить любую в [labels.ru].

## Баннер
banner-accept = Принять все
# Automatic refusers know this very phrase; another one would leave a Russian banner unanswered.
banner-refuse = Принимать только необходимые файлы cookie
banner-choose = Выбрать цели
banner-save = Сохранить выбор
banner-always = включено всегда
banner-close = Продолжить без согласия
banner-again = Изменилось с вашего выбора: { $purposes }. Остальной выбор в силе.
signal-honoured = Отказ, переданный браузером, учтён
embed-note = Содержимое не загружено: нужно ваше согласие ({ $purposes }).
embed-once = Загрузить один раз
embed-always = Разрешать всегда
embed-open = Открыть в новой вкладке

## Ссылки и названия документов
link-consent = Согласие
link-policy = Политика
link-recommendations = Рекомендации
link-cookies = Файлы cookie
document-consent = Согласие
document-policy = Политика обработки персональных данных
document-recommendations = Рекомендательные технологии
document-cookies = Файлы cookie и сервисы
document-version = Редакция
document-current = действующая редакция

## Центр приватности
centre-title = Центр приватности
centre-intro = Что вы разрешаете на этом сайте. Выбор можно изменить в любое время; отказ никак не мешает чтению.
centre-undecided = Вы ещё не сделали выбор: всё, что требует согласия, выключено.
centre-since = Ваш выбор сделан { $moment }.
centre-withdraw = Отозвать всё
centre-withdraw-note = Сразу выключает всё и удаляет файлы cookie этих сервисов.
centre-documents = Документы
centre-back = Вернуться на сайт
centre-saved = Ваш выбор сохранён.
centre-choice = Что вы разрешаете
centre-history = История вашего выбора
centre-history-none = Ваш выбор ещё не записан.
centre-kept = Сохранено на этом сервере; доказательство появится в квитанции, когда запись будет в журнале.
centre-receipt = Квитанция
centre-receipts = Все квитанции в JSON
centre-gpc = Ваш браузер передаёт сигнал Global Privacy Control; сайт его соблюдает.
centre-gpc-none = Ваш браузер не передаёт сигнал Global Privacy Control.
centre-requests = Ваши данные
centre-requests-note = Обращение сразу записывается; ответ даётся в срок, установленный законом.
request-access = Узнать, какие данные хранятся
request-stop = Потребовать прекратить обработку
request-erasure = Потребовать уничтожить данные
request-correction = Потребовать исправить данные
request-withdrawal = Отозвать согласие и уничтожить данные
request-send = Отправить обращение
request-contact = Как с вами связаться
request-message = О чём обращение
request-optional = необязательно
request-kept = Написанное здесь хранится вместе с обращением: { $term }.
request-number = Обращение № { $number }
request-recorded = Обращение записано. Сохраните его номер.
request-asked = Предмет
request-came = Получено
request-until = Срок ответа
request-until-unknown = в срок, установленный законом
request-state = Состояние
request-reply = Ответ
state-received = получено
state-identified = личность установлена
state-extended = срок продлён
state-answered = дан ответ
state-refused = отказано с указанием причин
state-done = исполнено
centre-versions = Редакции
event-accept = всё разрешено
event-partial = разрешено частично
event-refuse = от всего отказ
event-withdraw = всё отозвано
event-renew = выбор подтверждён
event-expire = срок выбора истёк
event-request-step = новое по обращению
event-acknowledge = просмотр продолжен после уведомления
event-export = ваши данные выданы
event-gpc = возражение, переданное браузером
event-link = связь с вашей учётной записью
value-account = ваша учётная запись (шифр)
value-client = программа и сеть
value-contact = как с вами связаться
value-idempotency_key = номер формы
value-message = что вы написали
value-page = страница
value-previous = ваше предыдущее событие
value-subject = ваш номер на этом сайте

## Когда выбор нельзя сохранить
error-title = Выбор не сохранён
error-again = Ничего не изменилось. Вернитесь, обновите страницу и выберите снова.
error-cross-origin = Запрос пришёл с другого сайта.
error-malformed = Запрос не удалось прочитать.
error-media-type = Запрос в формате, который сайт не читает.
error-method = К этому адресу так не обращаются.
error-not-found = Такой страницы нет.
error-policy-changed = Тексты изменились после того, как страница была показана.
error-token = Форма слишком старая или создана не этим сайтом.
error-too-large = Запрос слишком длинный.
error-too-many = Слишком много выборов за минуту. Подождите немного.
error-unavailable = Сейчас выбор записать нельзя. Попробуйте чуть позже.

## Когда отвечает сам прокси
fault-bad-request = Запрос нельзя разобрать
fault-bad-request-advice = Вернитесь и попробуйте ещё раз.
fault-loop = Сайт настроен неверно
fault-loop-advice = Запрос вернулся туда, откуда пришёл. Сообщите об этом сайту.
fault-no-such-site = Такого сайта здесь нет
fault-no-such-site-advice = Проверьте адрес.
fault-request-slow = Запрос передавался слишком долго
fault-request-slow-advice = Проверьте соединение и попробуйте ещё раз.
fault-request-too-large = Отправлено слишком много
fault-request-too-large-advice = Отправьте меньше за один раз.
fault-upstream-broken = Сайт не дал ответа, который можно показать
fault-upstream-slow = Сайт не ответил вовремя
fault-upstream-unreachable = Сайт сейчас недоступен
fault-upstream-unreachable-advice = Возможно, он перезапускается. Попробуйте через минуту.
fault-again = Попробуйте через минуту.

## Таблицы документов
caption-purposes = Цели обработки
caption-services = Сервисы
caption-cookies = Файлы cookie
caption-operations = Действия с персональными данными
caption-terms = Сроки
caption-rights = Права и порядок их осуществления
table-purpose = Цель
table-description = Для чего
table-people = Чьи данные
table-data = Данные
table-operations = Действия с данными
table-basis = Основание
table-retention = Срок
table-end = По окончании срока
table-service = Сервис
table-operator = Оператор
table-country = Страна
table-contract = Договор
table-safeguard = Основание передачи за границу
table-cookie = Файл cookie
table-lifetime = Срок действия
table-party = Кем установлен
table-role = Роль
table-place = Где хранится
table-operation = Действие
table-right = Право
table-channel = Как воспользоваться
table-duty = Что делается
table-term = Срок
table-none = нет
party-first = этим сайтом
party-third = другим сайтом
people-visitors = посетители сайта
role-controller = самостоятельный оператор
role-joint = оператор совместно с сайтом
role-processor = обработчик по поручению
role-self = сам сайт
place-cookie = файл cookie
place-local = локальное хранилище
place-session = хранилище сеанса

## Основания, способы и виды
basis-consent = ваше согласие
basis-contract = договор с вами
basis-legal-obligation = обязанность по закону
basis-legitimate-interest = законный интерес
basis-public-task = задача в общественных интересах
basis-vital-interest = защита жизненно важных интересов
method-automated = автоматизированная
method-non-automated = неавтоматизированная
method-mixed = смешанная: с использованием средств автоматизации и без них
kind-advertising = реклама
kind-metrics = метрические программы
kind-necessary = необходимые
kind-preferences = настройки
kind-recommendations = рекомендации
kind-social = социальные сети
kind-video = видео
end-block = блокирование
end-delete = удаление
end-depersonalise = обезличивание
end-destroy = уничтожение

## Действия из части 3 статьи 3 Закона № 152-ФЗ в его порядке и трансграничная передача из части 11
operation-collect = сбор
operation-record = запись
operation-systematise = систематизация
operation-accumulate = накопление
operation-store = хранение
operation-clarify = уточнение
operation-clarify-update = обновление
operation-clarify-change = изменение
operation-retrieve = извлечение
operation-use = использование
operation-transfer = передача
operation-transfer-disseminate = распространение
operation-transfer-provide = предоставление
operation-transfer-access = доступ
operation-depersonalise = обезличивание
operation-block = блокирование
operation-delete = удаление
operation-destroy = уничтожение
operation-crossborder = трансграничная передача

## Права
right-access = узнать, обрабатываются ли ваши данные и как, и получить их
right-rectification = потребовать уточнить неточные или неполные данные
right-blocking = потребовать заблокировать данные
right-erasure = потребовать уничтожить данные
right-withdraw = отозвать согласие
right-stop = потребовать прекратить обработку
right-object = возразить против обработки
right-portability = получить свои данные в общепринятом формате
right-complaint = подать жалобу в надзорный орган или в суд
duty-access = ответ на запрос сведений
duty-correction = исправление неточных данных
duty-stop = прекращение обработки по требованию
duty-withdrawal = уничтожение данных после отзыва согласия
duty-block = наибольший срок блокирования, если уничтожить данные вовремя нельзя
duty-choice = ваш выбор хранится
duty-records = записи о выборе хранятся после окончания согласия
duty-requests = обращения и ответы хранятся
duty-destruction = подтверждения уничтожения хранятся
channel-centre = центр приватности
channel-email = электронная почта
channel-post = письмо
term-extendable = { $term }; может быть продлён не более чем на { $extension } с указанием причин
term-receipt = { $term } со дня получения
term-none = сразу

## Сроки
duration-minutes = { $count ->
        [one] { $count } минута
        [few] { $count } минуты
       *[many] { $count } минут
    }
duration-hours = { $count ->
        [one] { $count } час
        [few] { $count } часа
       *[many] { $count } часов
    }
duration-days = { $count ->
        [one] { $count } день
        [few] { $count } дня
       *[many] { $count } дней
    }
duration-working-days = { $count ->
        [one] { $count } рабочий день
        [few] { $count } рабочих дня
       *[many] { $count } рабочих дней
    }
duration-weeks = { $count ->
        [one] { $count } неделя
        [few] { $count } недели
       *[many] { $count } недель
    }
duration-months = { $count ->
        [one] { $count } месяц
        [few] { $count } месяца
       *[many] { $count } месяцев
    }
duration-years = { $count ->
        [one] { $count } год
        [few] { $count } года
       *[many] { $count } лет
    }
lifetime-persistent = пока не будет удалён
lifetime-session = до закрытия браузера
lifetime-unknown = сервис не сообщает

## Даты
date = { $day } { $month ->
        [1] января
        [2] февраля
        [3] марта
        [4] апреля
        [5] мая
        [6] июня
        [7] июля
        [8] августа
        [9] сентября
        [10] октября
        [11] ноября
       *[12] декабря
    } { $year } г.
moment = { $date }, { $time } UTC

## Страны по ISO 3166-1, как их называет CLDR; ZZ — неизвестная
country-AE = ОАЭ
country-AM = Армения
country-AR = Аргентина
country-AT = Австрия
country-AU = Австралия
country-AZ = Азербайджан
country-BE = Бельгия
country-BG = Болгария
country-BR = Бразилия
country-BY = Беларусь
country-CA = Канада
country-CH = Швейцария
country-CN = Китай
country-CY = Кипр
country-CZ = Чехия
country-DE = Германия
country-DK = Дания
country-EE = Эстония
country-ES = Испания
country-FI = Финляндия
country-FR = Франция
country-GB = Великобритания
country-GE = Грузия
country-GR = Греция
country-HK = Гонконг
country-HR = Хорватия
country-HU = Венгрия
country-IE = Ирландия
country-IL = Израиль
country-IN = Индия
country-IS = Исландия
country-IT = Италия
country-JP = Япония
country-KG = Киргизия
country-KR = Республика Корея
country-KZ = Казахстан
country-LI = Лихтенштейн
country-LT = Литва
country-LU = Люксембург
country-LV = Латвия
country-MD = Молдова
country-MT = Мальта
country-MX = Мексика
country-NL = Нидерланды
country-NO = Норвегия
country-NZ = Новая Зеландия
country-PL = Польша
country-PT = Португалия
country-RO = Румыния
country-RS = Сербия
country-RU = Россия
country-SA = Саудовская Аравия
country-SE = Швеция
country-SG = Сингапур
country-SI = Словения
country-SK = Словакия
country-TH = Таиланд
country-TJ = Таджикистан
country-TM = Туркменистан
country-TR = Турция
country-TW = Тайвань
country-UA = Украина
country-US = США
country-UZ = Узбекистан
country-VN = Вьетнам
country-ZZ = не указана
