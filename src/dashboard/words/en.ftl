# English. One message for each text of the dashboard.

## The frame
product = Consent
skip = Skip to the content
navigation = Pages
page-overview = Overview
page-ledger = Enforcement
page-inventory = Undeclared
page-policy = Policy versions
page-health = Log health
state-good = Log is written
state-degraded = Log cannot be written
state-unreadable = Store cannot be read
logout = Sign out
not-found = There is no such page
reading = The log is being counted for the first time: { $read } of { $size } entries. The numbers below grow until it is done.

## Signing in
login-title = Sign in
login-token = Token
login-enter = Enter
login-help = The token is in the file or variable the server was started with. It is never part of an address, and this form sends it to this server only.
login-wrong = This token is wrong.
login-wait = { $count ->
    [one] Too many wrong tokens. Try again in { $number } second.
   *[other] Too many wrong tokens. Try again in { $number } seconds.
}

## Lengths of time
span = Period
span-days = { $count ->
    [one] { $number } day
   *[other] { $number } days
}
span-all = All
week-of = week of { $day }
as-of = As of
ago-seconds = { $count ->
    [0] just now
    [one] { $number } second ago
   *[other] { $number } seconds ago
}
ago-minutes = { $count ->
    [one] { $number } minute ago
   *[other] { $number } minutes ago
}
ago-hours = { $count ->
    [one] { $number } hour ago
   *[other] { $number } hours ago
}
ago-days = { $count ->
    [one] { $number } day ago
   *[other] { $number } days ago
}
unit-b = B
unit-kib = KiB
unit-mib = MiB
unit-gib = GiB
unit-tib = TiB
unit-ms = ms

## Charts
chart-choices = Choices over time
chart-held = Withheld and let through over time
chart-empty = Nothing in this period.
chart-table = As a table
chart-columns = { $count ->
    [one] { $number } column
   *[other] { $number } columns
}
chart-description = { $shown }; the highest has { $most }: { $when }. The table below has all numbers.

## What visitors said
said-accept = Allowed all
said-partial = Allowed some
said-refuse = Refused all
said-withdraw = Withdrew
said-signal = Signals and notices
accepted = allowed all
figure-all = Choices
figure-withdrawals = Withdrawals
figure-choices = { $count ->
    [one] { $number } choice
   *[other] { $number } choices
}
withdrawals = { $count ->
    [one] { $number } withdrawal
   *[other] { $number } withdrawals
}
change-up = { $share } more than the period before
change-down = { $share } fewer than the period before
by-purpose = By purpose
by-version = By policy version
by-language = By language
unknown = not told
others = others

## What needs attention
attention = Needs attention
attention-degraded = The log cannot be written since { $since }: choices are answered with 503.
attention-unreadable = The store cannot be read: { $error }
attention-damaged = { $count ->
    [one] { $number } entry of the log cannot be read: check the store.
   *[other] { $number } entries of the log cannot be read: check the store.
}
attention-undeclared = { $count ->
    [one] { $number } host or cookie is declared by no service.
   *[other] { $number } hosts and cookies are declared by no service.
}
attention-staying = { $count ->
    [one] { $number } cookie came back although it was expired.
   *[other] { $number } cookies came back although they were expired.
}

## Columns of tables
column-when = When
column-purpose = Purpose
column-share = Share that allowed it
column-granted = Allowed
column-refused = Refused
column-version = Version
column-language = Language
column-said = What was chosen
column-choices = Choices
column-service = Service
column-carrier = Came by
column-held = Withheld and let through
column-withheld = Withheld
column-released = Let through
column-name = Name
column-seen-as = Seen as
column-times = Times
column-first = First seen
column-last = Last seen
column-event = Event
column-time = Time
column-facts = Facts
column-index = Entry
column-part = What
column-before = Before
column-after = After

## Enforcement
ledger-lead = What the gate withheld from pages because the visitor had not allowed it, and what it let through. No visitor and no page address is counted.
ledger-empty = Nothing was counted yet.
ledger-note = Counts are written once a minute. Pages of visitors who allowed everything are not gated, and count nothing.
figure-withheld = Withheld
figure-released = Let through
figure-expired = Cookies expired
figure-gone = Of them gone
figure-staying = Came back
figure-pending = { $count ->
    [one] { $number } not seen again yet
   *[other] { $number } not seen again yet
}
by-service = By service
carrier-script = script
carrier-inline = inline script
carrier-image = picture or pixel
carrier-frame = frame
carrier-media = media
carrier-link = link
carrier-style = style
carrier-refresh = refresh
carrier-other = other element
carrier-header = header
carrier-cookie = cookie
carrier-reported = browser's report

## Undeclared
inventory-lead = Third parties in pages, cookies the server sets and hosts that browsers reported, which no service of the policy declares.
inventory-empty = Everything that was seen is declared.
inventory-report = They are let through and counted: `gate.undeclared` is `report`.
inventory-withhold = They are withheld and counted: `gate.undeclared` is `withhold`.
inventory-allow = They are let through: `gate.undeclared` is `allow`.
inventory-note = Names of services are looked up in the built-in catalogue, names of cookies in the Open Cookie Database. Names are not unique: check before you declare.
own-cookies = Cookies nobody knows
known-service = Known to the catalogue. Operator: { $operator }; country: { $country }.
known-service-only = Known to the catalogue by its cookies.
known-declared = The policy declares the service { $service } without these cookies: add them to its list.
known-platform = Cookies of this name are known ({ $category }), by the Open Cookie Database.
known-nothing = Nothing is known of it.
category-Analytics = analytics
category-Functional = functional
category-Marketing = marketing
category-Necessary = necessary
category-Personalization = personalisation
category-Security = security
seen-host = third party in pages
seen-cookie = cookie the server sets
seen-report = browser's report
block = Block for policy.toml
block-help = Copy it to the end of policy.toml and fill in what is marked. An empty value is a fault of the policy, so none can be forgotten.
block-of = Block for { $name }

## Policy versions
policy-lead = Every version that was published, with what it changed for visitors. A purpose that changes is asked about again; other choices stay.
policy-empty = No version is known yet.
policy-first = The first version that is shown.
policy-unreadable = Its texts, or those of the version before, cannot be read by this release, so they are not compared.
in-force = in force
published = Published
asked-nobody = Nobody is asked again.
asked-again = Asked again: { $purposes }
purpose-added = New: every visitor is asked about it.
purpose-added-necessary = New and necessary: nobody is asked.
purpose-removed = Gone: nobody is asked, earlier consents to it grant nothing.
purpose-changed = Changed: everyone who decided about it is asked again.
purpose-changed-necessary = Changed but necessary: nobody is asked.
files-changed = { $count ->
    [one] { $number } file differs
   *[other] { $number } files differ
}

## Log health
health-good = The log is written: every choice is durable before it is acknowledged.
health-degraded = The log cannot be written since { $since }. Not written: { $refused }; owed and written first: { $owed }. Pages go on with the gate closed.
health-outbox = { $waiting } wait on this machine for the store, of { $room } that have room.
health-outbox-oldest = The oldest is of { $since }.
health-fault = The store cannot be read since { $since }: { $error }
figure-entries = Entries
figure-synced = Last made durable
figure-waiting = Waiting
of-room = of { $room } that may wait
figure-pace = Mean time of a batch
figure-batches = { $count ->
    [one] { $number } batch since the start
   *[other] { $number } batches since the start
}
figure-store = Size of the store
head = Head of the log
head-size = Entries
head-root = Root
checkpoint = Last signed head
checkpoint-help = A C2SP checkpoint: keep a copy elsewhere, and a log that is rewritten later cannot pass for this one.
events = Events of the site itself
events-none = None yet.
event-erase = Personal values erased
event-expire = Choices expired
event-export = Export
event-key-rotated = Key replaced
event-log-degraded = Log could not be written
event-log-opened = Log opened
event-policy-published = Policy published
event-request = Request

## Export
page-export = Export
export-lead = A part of the log, or all of it, with everything that is needed to understand and to check it. The export itself becomes an event of the log.
export-level = For whom
level-regulator = Regulator
level-public = Public
level-internal = Internal
level-subject = Visitor
level-note-regulator = All events, visitors by pseudonym.
level-note-public = Counts, texts and facts of the site; no events.
level-note-internal = All events with all that is known: the file holds personal data.
export-format = Form
format-zip = Signed archive (.zip)
format-jsonl = Events alone, JSON Lines (.jsonl)
format-csv = Events alone, CSV (.csv)
format-xlsx = Events alone, spreadsheet (.xlsx)
export-days = Days
export-from = From
export-to = To
export-days-note = In UTC, both days included. Empty: from the first event, to the last.
export-make = Make the export
export-note = The file is written while it is sent. If the download breaks off, the file is worth nothing: make another one. An archive is checked with: tower-consent log verify FILE
export-browser = Programs send this form with the token: level, format, from, to.
export-earlier = Exports made
export-none = None yet.
export-wrong = The form could not be read. Choose again.
export-wrong-days = The last day is before the first.
export-wrong-table = A public export has no events, so it has no table of them: take the archive.
export-busy = Two exports are being made already. Wait until one is done.
export-unavailable = The event that tells of the export cannot be written now, so nothing was exported.

## Requests
page-requests = Requests
requests-lead = What people asked the site to do with their data, by the day an answer is due. No person is named here.
requests-overdue = Overdue
requests-open = Open
requests-over = Closed
requests-none = Nothing is open.
requests-note = Days are those of the operator's time zone. Who asked, and how to answer, is told on the command line only: tower-consent requests list
column-number = No.
column-asked = Asked for
column-state = State
column-due = Due by
column-received = Received
what-access = what is kept
what-correction = correction
what-erasure = erasure
what-stop = stop of processing
what-withdrawal = withdrawal and destruction
state-received = received
state-identified = person identified
state-extended = put off
state-answered = answered
state-refused = refused with reasons
state-done = done
due-unknown = cannot be computed: a calendar lacks the year
due-left = { $count ->
    [0] today
    [one] { $number } day left
   *[other] { $number } days left
}
due-over = { $count ->
    [one] { $number } day overdue
   *[other] { $number } days overdue
}
attention-overdue = { $count ->
    [one] { $number } request is overdue.
   *[other] { $number } requests are overdue.
}
event-request-step = Step of a request
