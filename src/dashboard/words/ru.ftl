# Русский. По одному сообщению на каждый текст панели.

## Рамка
product = Согласия
skip = К содержанию
navigation = Страницы
page-overview = Обзор
page-ledger = Что удержано
page-inventory = Не объявлено
page-policy = Редакции политики
page-health = Состояние журнала
state-good = Журнал пишется
state-degraded = Журнал не пишется
state-unreadable = Хранилище не читается
logout = Выйти
not-found = Такой страницы нет
reading = Журнал подсчитывается впервые: { $read } из { $size } записей. Числа ниже растут, пока подсчёт не закончен.

## Вход
login-title = Вход
login-token = Токен
login-enter = Войти
login-help = Токен лежит в файле или переменной, с которыми запущен сервер. Он никогда не попадает в адрес, а эта форма отправляет его только этому серверу.
login-wrong = Токен неверен.
login-wait = { $count ->
    [one] Слишком много неверных токенов. Повторите через { $number } секунду.
    [few] Слишком много неверных токенов. Повторите через { $number } секунды.
   *[other] Слишком много неверных токенов. Повторите через { $number } секунд.
}

## Отрезки времени
span = Период
span-days = { $count ->
    [one] { $number } день
    [few] { $number } дня
   *[other] { $number } дней
}
span-all = Всё время
week-of = неделя с { $day }
as-of = По состоянию на
ago-seconds = { $count ->
    [0] только что
    [one] { $number } секунду назад
    [few] { $number } секунды назад
   *[other] { $number } секунд назад
}
ago-minutes = { $count ->
    [one] { $number } минуту назад
    [few] { $number } минуты назад
   *[other] { $number } минут назад
}
ago-hours = { $count ->
    [one] { $number } час назад
    [few] { $number } часа назад
   *[other] { $number } часов назад
}
ago-days = { $count ->
    [one] { $number } день назад
    [few] { $number } дня назад
   *[other] { $number } дней назад
}
unit-b = Б
unit-kib = КиБ
unit-mib = МиБ
unit-gib = ГиБ
unit-tib = ТиБ
unit-ms = мс

## Диаграммы
chart-choices = Выбор посетителей по времени
chart-held = Удержано и пропущено по времени
chart-empty = За этот период ничего нет.
chart-table = Таблицей
chart-columns = { $count ->
    [one] { $number } столбец
    [few] { $number } столбца
   *[other] { $number } столбцов
}
chart-description = { $shown }; в самом высоком { $most }: { $when }. Все числа — в таблице ниже.

## Что выбрали
said-accept = Разрешили всё
said-partial = Разрешили часть
said-refuse = Отказались
said-withdraw = Отозвали
said-signal = Сигналы и уведомления
accepted = разрешили всё
figure-all = Решений
figure-withdrawals = Отзывов
figure-choices = { $count ->
    [one] { $number } решение
    [few] { $number } решения
   *[other] { $number } решений
}
withdrawals = { $count ->
    [one] { $number } отзыв
    [few] { $number } отзыва
   *[other] { $number } отзывов
}
change-up = на { $share } больше, чем за период до этого
change-down = на { $share } меньше, чем за период до этого
by-purpose = По целям
by-version = По редакциям политики
by-language = По языкам
unknown = не указано
others = прочие

## Что требует внимания
attention = Требует внимания
attention-degraded = Журнал не пишется с { $since }: на выбор посетителей отвечает ошибка 503.
attention-unreadable = Хранилище не читается: { $error }
attention-damaged = { $count ->
    [one] { $number } запись журнала не читается: проверьте хранилище.
    [few] { $number } записи журнала не читаются: проверьте хранилище.
   *[other] { $number } записей журнала не читаются: проверьте хранилище.
}
attention-undeclared = { $count ->
    [one] { $number } узел или файл cookie не объявлен ни одним сервисом.
    [few] { $number } узла и файла cookie не объявлены ни одним сервисом.
   *[other] { $number } узлов и файлов cookie не объявлены ни одним сервисом.
}
attention-staying = { $count ->
    [one] { $number } файл cookie вернулся, хотя был удалён.
    [few] { $number } файла cookie вернулись, хотя были удалены.
   *[other] { $number } файлов cookie вернулись, хотя были удалены.
}

## Столбцы таблиц
column-when = Когда
column-purpose = Цель
column-share = Доля разрешивших
column-granted = Разрешили
column-refused = Отказали
column-version = Редакция
column-language = Язык
column-said = Что выбрали
column-choices = Решений
column-service = Сервис
column-carrier = Чем пришло
column-held = Удержано и пропущено
column-withheld = Удержано
column-released = Пропущено
column-name = Имя
column-seen-as = Где замечено
column-times = Раз
column-first = Впервые
column-last = В последний раз
column-event = Событие
column-time = Время
column-facts = Подробности
column-index = Запись
column-part = Что
column-before = Было
column-after = Стало

## Что удержано
ledger-lead = Что удержано со страниц, потому что посетитель этого не разрешил, и что пропущено. Ни посетители, ни адреса страниц не записываются.
ledger-empty = Пока ничего не подсчитано.
ledger-note = Счётчики записываются раз в минуту. Страницы тех, кто разрешил всё, не проверяются и не считаются.
figure-withheld = Удержано
figure-released = Пропущено
figure-expired = Удалено файлов cookie
figure-gone = Из них исчезли
figure-staying = Вернулись
figure-pending = { $count ->
    [one] { $number } ещё не проверен
   *[other] { $number } ещё не проверены
}
by-service = По сервисам
carrier-script = скрипт
carrier-inline = встроенный скрипт
carrier-image = картинка или пиксель
carrier-frame = фрейм
carrier-media = медиа
carrier-link = ссылка
carrier-style = стиль
carrier-refresh = перенаправление
carrier-other = другой элемент
carrier-header = заголовок
carrier-cookie = файл cookie
carrier-reported = отчёт браузера

## Не объявлено
inventory-lead = Чужие узлы на страницах, файлы cookie от сервера и узлы из отчётов браузеров, которых нет ни у одного сервиса политики.
inventory-empty = Всё, что замечено, объявлено.
inventory-report = Они пропускаются и подсчитываются: `gate.undeclared` равно `report`.
inventory-withhold = Они удерживаются и подсчитываются: `gate.undeclared` равно `withhold`.
inventory-allow = Они пропускаются: `gate.undeclared` равно `allow`.
inventory-note = Сервисы ищутся во встроенном каталоге, файлы cookie — в Open Cookie Database. Имена не уникальны: проверьте, прежде чем объявлять.
own-cookies = Неизвестные файлы cookie
known-service = Есть в каталоге. Оператор: { $operator }; страна: { $country }.
known-service-only = Есть в каталоге: узнан по файлам cookie.
known-declared = Сервис { $service } в политике объявлен без этих файлов cookie: добавьте их в его список.
known-platform = Файлы cookie с таким именем известны ({ $category }), по Open Cookie Database.
known-nothing = О нём ничего не известно.
category-Analytics = аналитика
category-Functional = функциональные
category-Marketing = маркетинг
category-Necessary = необходимые
category-Personalization = персонализация
category-Security = безопасность
seen-host = чужой узел на страницах
seen-cookie = файл cookie от сервера
seen-report = отчёт браузера
block = Блок для policy.toml
block-help = Скопируйте его в конец policy.toml и заполните отмеченное. Пустое значение — ошибка политики, так что забыть его нельзя.
block-of = Блок: { $name }

## Редакции политики
policy-lead = Все опубликованные редакции и что каждая изменила для посетителей. Об изменившейся цели спросят снова; остальной выбор остаётся в силе.
policy-empty = Ни одной редакции пока не известно.
policy-first = Первая из показанных редакций.
policy-unreadable = Её тексты или тексты предыдущей редакции эта версия программы прочесть не может, поэтому сравнения нет.
in-force = действует
published = Опубликована
asked-nobody = Никого не спросят снова.
asked-again = Спросят снова: { $purposes }
purpose-added = Новая: о ней спросят каждого посетителя.
purpose-added-necessary = Новая и необходимая: никого не спросят.
purpose-removed = Исчезла: никого не спросят, прежние согласия на неё ничего не разрешают.
purpose-changed = Изменилась: всех, кто о ней решал, спросят снова.
purpose-changed-necessary = Изменилась, но необходима: никого не спросят.
files-changed = { $count ->
    [one] { $number } файл отличается
    [few] { $number } файла отличаются
   *[other] { $number } файлов отличаются
}

## Состояние журнала
health-good = Журнал пишется: каждый выбор надёжно записан прежде, чем подтверждён.
health-degraded = Журнал не пишется с { $since }. Не записано: { $refused }; будут записаны первыми: { $owed }. Страницы работают, удерживая всё неразрешённое.
health-outbox = Ждут на этом сервере хранилища: { $waiting }, всего места для { $room }.
health-outbox-oldest = Самый старый сделан { $since }.
health-fault = Хранилище не читается с { $since }: { $error }
figure-entries = Записей
figure-synced = Последняя запись на диск
figure-waiting = В очереди
of-room = из { $room } возможных
figure-pace = Среднее время записи
figure-batches = { $count ->
    [one] { $number } запись с запуска
    [few] { $number } записи с запуска
   *[other] { $number } записей с запуска
}
figure-store = Размер хранилища
head = Голова журнала
head-size = Записей
head-root = Корень
checkpoint = Последняя подписанная голова
checkpoint-help = Контрольная точка по C2SP: сохраните копию в другом месте, и переписанный позже журнал нельзя будет выдать за этот.
events = События самого сайта
events-none = Пока нет.
event-erase = Уничтожены личные данные
event-expire = Истёк срок выбора
event-export = Выгрузка
event-key-rotated = Заменён ключ
event-log-degraded = Журнал не писался
event-log-opened = Журнал начат
event-policy-published = Опубликована политика
event-request = Обращение

## Выгрузка
page-export = Выгрузка
export-lead = Часть журнала или весь журнал и всё, что нужно, чтобы его понять и проверить. Сама выгрузка становится событием журнала.
export-level = Для кого
level-regulator = Надзорный орган
level-public = Для всех
level-internal = Внутренняя
level-subject = Посетитель
level-note-regulator = Все события, посетители под псевдонимами.
level-note-public = Числа, тексты и сведения о сайте; без событий.
level-note-internal = Все события со всем, что известно: файл содержит персональные данные.
export-format = Вид
format-zip = Подписанный архив (.zip)
format-jsonl = Только события, JSON Lines (.jsonl)
format-csv = Только события, CSV (.csv)
format-xlsx = Только события, таблица (.xlsx)
export-days = Дни
export-from = С
export-to = По
export-days-note = По UTC, оба дня включительно. Пусто: с первого события и до последнего.
export-make = Выгрузить
export-note = Файл пишется, пока отправляется. Если загрузка оборвалась, он ничего не стоит: сделайте новый. Архив проверяется командой: tower-consent log verify ФАЙЛ
export-browser = Программы отправляют эту форму с токеном: level, format, from, to.
export-earlier = Сделанные выгрузки
export-none = Пока нет.
export-wrong = Форму не удалось прочесть. Выберите снова.
export-wrong-days = Последний день раньше первого.
export-wrong-table = В выгрузке для всех нет событий, а значит, и таблицы с ними: возьмите архив.
export-busy = Две выгрузки уже делаются. Подождите, пока одна закончится.
export-unavailable = Событие о выгрузке сейчас записать нельзя, поэтому ничего не выгружено.

## Обращения
page-requests = Обращения
requests-lead = О чём люди просят в связи со своими данными, по дню, до которого нужно ответить. Имён здесь нет.
requests-overdue = Просрочено
requests-open = Открыто
requests-over = Закрыто
requests-none = Открытых нет.
requests-note = Дни считаются по часовому поясу оператора. Кто обратился и как ответить, показывает только командная строка: tower-consent requests list
column-number = №
column-asked = О чём просят
column-state = Состояние
column-due = Ответить до
column-received = Получено
what-access = что хранится
what-correction = исправить
what-erasure = уничтожить
what-stop = прекратить обработку
what-withdrawal = отзыв и уничтожение
state-received = получено
state-identified = личность установлена
state-extended = срок продлён
state-answered = отвечено
state-refused = мотивированный отказ
state-done = исполнено
due-unknown = не вычислить: в календаре нет года
due-left = { $count ->
    [0] сегодня
    [one] остался { $number } день
    [few] осталось { $number } дня
   *[other] осталось { $number } дней
}
due-over = { $count ->
    [one] просрочено на { $number } день
    [few] просрочено на { $number } дня
   *[other] просрочено на { $number } дней
}
attention-overdue = { $count ->
    [one] { $number } обращение просрочено.
    [few] { $number } обращения просрочены.
   *[other] { $number } обращений просрочены.
}
event-request-step = Шаг по обращению
