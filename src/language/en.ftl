# English. One message for each label; a policy can override any of them under [labels.en].

## Banner
banner-accept = Accept all
banner-refuse = Reject all
banner-choose = Choose purposes
banner-save = Save my choice
banner-always = always on
banner-close = Continue without accepting
banner-again = Changed since you chose: { $purposes }. Your other choices stay.
signal-honoured = Opt-out request honoured
embed-note = This content was not loaded: { $purposes } needs your consent.
embed-once = Load once
embed-always = Always allow
embed-open = Open in a new tab

## Links and titles of documents
link-consent = Consent
link-policy = Policy
link-recommendations = Recommendations
link-cookies = Cookies
document-consent = Consent
document-policy = Personal data processing policy
document-recommendations = Recommendation technologies
document-cookies = Cookies and services
document-version = Version
document-current = the text in force

## Privacy centre
centre-title = Privacy centre
centre-intro = What you allow on this site. You can change it at any time; refusing has no consequences for reading.
centre-undecided = You have not chosen yet: everything that needs your consent is off.
centre-since = Your choice was made on { $moment }.
centre-withdraw = Withdraw everything
centre-withdraw-note = Switches everything off at once and removes the cookies of those services.
centre-documents = Documents
centre-back = Back to the site
centre-saved = Your choice is saved.
centre-choice = What you allow
centre-history = History of your choices
centre-history-none = No choice of yours is recorded.
centre-kept = Kept by this server; the receipt has its proof as soon as the entry is in the log.
centre-receipt = Receipt
centre-receipts = All receipts as JSON
centre-gpc = Your browser sends Global Privacy Control; this site honours it.
centre-gpc-none = Your browser does not send Global Privacy Control.
centre-requests = Your data
centre-requests-note = A request is recorded at once and answered within the term set by law.
request-access = Ask what data is kept
request-stop = Ask to stop processing
request-erasure = Ask to erase my data
request-correction = Ask to correct my data
request-withdrawal = Withdraw consent and have data destroyed
request-send = Send the request
request-contact = How to reach you
request-message = What it is about
request-optional = optional
request-kept = What you write here is kept with the request for { $term }.
request-number = Request no. { $number }
request-recorded = Your request is recorded. Keep its number.
request-asked = Asked for
request-came = Received
request-until = Answer due by
request-until-unknown = within the term set by law
request-state = State
request-reply = Reply
state-received = received
state-identified = person identified
state-extended = term extended
state-answered = answered
state-refused = refused with reasons
state-done = done
centre-versions = Versions
event-accept = everything allowed
event-partial = partly allowed
event-refuse = everything refused
event-withdraw = everything withdrawn
event-renew = said again
event-expire = term of the choice is over
event-request-step = news about a request
event-acknowledge = went on after a notice
event-export = your data was given out
event-gpc = objection sent by the browser
event-link = linked with your account
value-account = your account (code)
value-client = program and network
value-contact = how to reach you
value-idempotency_key = number of the form
value-message = what you wrote
value-page = page
value-previous = your event before
value-subject = your number on this site

## When a choice cannot be saved
error-title = The choice was not saved
error-again = Nothing was changed. Go back, reload the page and choose again.
error-cross-origin = The request comes from another site.
error-malformed = The request cannot be read.
error-media-type = The request has a format this site does not read.
error-method = This address is not used in this way.
error-not-found = There is no such page.
error-policy-changed = The texts have changed since the page was shown.
error-token = The form is too old or was not made by this site.
error-too-large = The request is too long.
error-too-many = Too many choices in a minute. Please wait a little.
error-unavailable = Choices cannot be written at the moment. Please try again soon.

## When the proxy answers itself
fault-bad-request = The request cannot be understood
fault-bad-request-advice = Go back and try again.
fault-loop = The site is set up wrongly
fault-loop-advice = A request came back to where it came from. Please tell the site.
fault-no-such-site = There is no such site here
fault-no-such-site-advice = Check the address.
fault-request-slow = The request took too long to arrive
fault-request-slow-advice = Check the connection and try again.
fault-request-too-large = What you sent is too large
fault-request-too-large-advice = Send less at once.
fault-upstream-broken = The site gave no usable answer
fault-upstream-slow = The site did not answer in time
fault-upstream-unreachable = The site cannot be reached right now
fault-upstream-unreachable-advice = It may be restarting. Try again in a minute.
fault-again = Try again in a minute.

## Tables of documents
caption-purposes = Purposes of processing
caption-services = Services
caption-cookies = Cookies
caption-operations = Operations on personal data
caption-terms = Terms
caption-rights = Rights and how to use them
table-purpose = Purpose
table-description = What for
table-people = Whose data
table-data = Data
table-operations = Operations
table-basis = Ground
table-retention = Term
table-end = When the term ends
table-service = Service
table-operator = Operator
table-country = Country
table-contract = Contract
table-safeguard = Ground of the transfer abroad
table-cookie = Cookie
table-lifetime = Lifetime
table-party = Set by
table-role = Role
table-place = Kept as
table-operation = Operation
table-right = Right
table-channel = How to use it
table-duty = What is done
table-term = Term
table-none = none
party-first = this site
party-third = another site
people-visitors = visitors of the site
role-controller = controller of its own
role-joint = joint controller
role-processor = processor on instruction
role-self = the site itself
place-cookie = cookie
place-local = local storage
place-session = session storage

## Grounds, ways and kinds
basis-consent = your consent
basis-contract = a contract with you
basis-legal-obligation = a duty under law
basis-legitimate-interest = legitimate interest
basis-public-task = a task in the public interest
basis-vital-interest = protection of vital interests
method-automated = automated
method-non-automated = non-automated
method-mixed = mixed: with and without automated means
kind-advertising = advertising
kind-metrics = metrics
kind-necessary = necessary
kind-preferences = preferences
kind-recommendations = recommendations
kind-social = social networks
kind-video = video
end-block = blocking
end-delete = deletion
end-depersonalise = depersonalisation
end-destroy = destruction

## Operations of Federal Law 152-FZ, article 3(3), in its order, and the cross-border transfer of article 3(11)
operation-collect = collection
operation-record = recording
operation-systematise = systematisation
operation-accumulate = accumulation
operation-store = storage
operation-clarify = clarification
operation-clarify-update = update
operation-clarify-change = change
operation-retrieve = retrieval
operation-use = use
operation-transfer = transfer
operation-transfer-disseminate = dissemination
operation-transfer-provide = provision
operation-transfer-access = giving access
operation-depersonalise = depersonalisation
operation-block = blocking
operation-delete = deletion
operation-destroy = destruction
operation-crossborder = cross-border transfer

## Rights
right-access = to know whether and how your data is processed, and to receive it
right-rectification = to have inaccurate or incomplete data corrected
right-blocking = to have data blocked
right-erasure = to have data destroyed
right-withdraw = to withdraw consent
right-stop = to have processing stopped
right-object = to object to processing
right-portability = to receive your data in a common format
right-complaint = to complain to the supervisory authority or to a court
duty-access = answer to a request for information
duty-correction = correction of inaccurate data
duty-stop = end of processing on demand
duty-withdrawal = destruction of data after consent is withdrawn
duty-block = longest blocking where data cannot be destroyed in time
duty-choice = your choice is remembered
duty-records = records of choices are kept after consent ends
duty-requests = requests and answers are kept
duty-destruction = evidence of destruction is kept
channel-centre = privacy centre
channel-email = e-mail
channel-post = letter
term-extendable = { $term }; may be extended by { $extension } with reasons given
term-receipt = { $term } from receipt
term-none = at once

## Lengths of time
duration-minutes = { $count ->
        [one] { $count } minute
       *[other] { $count } minutes
    }
duration-hours = { $count ->
        [one] { $count } hour
       *[other] { $count } hours
    }
duration-days = { $count ->
        [one] { $count } day
       *[other] { $count } days
    }
duration-working-days = { $count ->
        [one] { $count } working day
       *[other] { $count } working days
    }
duration-weeks = { $count ->
        [one] { $count } week
       *[other] { $count } weeks
    }
duration-months = { $count ->
        [one] { $count } month
       *[other] { $count } months
    }
duration-years = { $count ->
        [one] { $count } year
       *[other] { $count } years
    }
lifetime-persistent = until it is deleted
lifetime-session = until the browser is closed
lifetime-unknown = not stated by the service

## Dates
date = { $month ->
        [1] January
        [2] February
        [3] March
        [4] April
        [5] May
        [6] June
        [7] July
        [8] August
        [9] September
        [10] October
        [11] November
       *[12] December
    } { $day }, { $year }
moment = { $date }, { $time } UTC

## Countries by ISO 3166-1, as CLDR names them; ZZ is the code of CLDR for an unknown one
country-AE = United Arab Emirates
country-AM = Armenia
country-AR = Argentina
country-AT = Austria
country-AU = Australia
country-AZ = Azerbaijan
country-BE = Belgium
country-BG = Bulgaria
country-BR = Brazil
country-BY = Belarus
country-CA = Canada
country-CH = Switzerland
country-CN = China
country-CY = Cyprus
country-CZ = Czechia
country-DE = Germany
country-DK = Denmark
country-EE = Estonia
country-ES = Spain
country-FI = Finland
country-FR = France
country-GB = United Kingdom
country-GE = Georgia
country-GR = Greece
country-HK = Hong Kong
country-HR = Croatia
country-HU = Hungary
country-IE = Ireland
country-IL = Israel
country-IN = India
country-IS = Iceland
country-IT = Italy
country-JP = Japan
country-KG = Kyrgyzstan
country-KR = South Korea
country-KZ = Kazakhstan
country-LI = Liechtenstein
country-LT = Lithuania
country-LU = Luxembourg
country-LV = Latvia
country-MD = Moldova
country-MT = Malta
country-MX = Mexico
country-NL = Netherlands
country-NO = Norway
country-NZ = New Zealand
country-PL = Poland
country-PT = Portugal
country-RO = Romania
country-RS = Serbia
country-RU = Russia
country-SA = Saudi Arabia
country-SE = Sweden
country-SG = Singapore
country-SI = Slovenia
country-SK = Slovakia
country-TH = Thailand
country-TJ = Tajikistan
country-TM = Turkmenistan
country-TR = Türkiye
country-TW = Taiwan
country-UA = Ukraine
country-US = United States
country-UZ = Uzbekistan
country-VN = Vietnam
country-ZZ = not stated
