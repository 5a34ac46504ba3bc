# Français. Un message par libellé ; une politique peut remplacer chacun d’eux sous [labels.fr].

## Bandeau
banner-accept = Tout accepter
banner-refuse = Tout refuser
banner-choose = Choisir les finalités
banner-save = Enregistrer mon choix
banner-always = toujours actif
banner-close = Continuer sans accepter
banner-again = Modifié depuis votre choix : { $purposes }. Vos autres choix restent valables.
signal-honoured = Opposition transmise par votre navigateur prise en compte
embed-note = Ce contenu n’a pas été chargé : votre consentement est nécessaire ({ $purposes }).
embed-once = Charger une fois
embed-always = Toujours autoriser
embed-open = Ouvrir dans un nouvel onglet

## Liens et titres des documents
link-consent = Consentement
link-policy = Politique
link-recommendations = Recommandations
link-cookies = Cookies
document-consent = Consentement
document-policy = Politique de traitement des données personnelles
document-recommendations = Technologies de recommandation
document-cookies = Cookies et services
document-version = Version
document-current = le texte en vigueur

## Espace confidentialité
centre-title = Espace confidentialité
centre-intro = Ce que vous autorisez sur ce site. Vous pouvez le modifier à tout moment ; un refus n’a aucune conséquence sur la lecture.
centre-undecided = Vous n’avez pas encore choisi : tout ce qui requiert votre consentement est désactivé.
centre-since = Votre choix a été fait le { $moment }.
centre-withdraw = Tout retirer
centre-withdraw-note = Désactive tout immédiatement et supprime les cookies de ces services.
centre-documents = Documents
centre-back = Retour au site
centre-saved = Votre choix est enregistré.
centre-choice = Ce que vous autorisez
centre-history = Historique de vos choix
centre-history-none = Aucun de vos choix n’est enregistré.
centre-kept = Conservé sur ce serveur ; le reçu portera sa preuve dès que l’entrée sera dans le journal.
centre-receipt = Reçu
centre-receipts = Tous les reçus en JSON
centre-gpc = Votre navigateur envoie Global Privacy Control ; ce site le respecte.
centre-gpc-none = Votre navigateur n’envoie pas Global Privacy Control.
centre-requests = Vos données
centre-requests-note = Une demande est enregistrée aussitôt et reçoit une réponse dans le délai légal.
request-access = Demander quelles données sont conservées
request-stop = Demander l’arrêt du traitement
request-erasure = Demander l’effacement de mes données
request-correction = Demander la rectification de mes données
request-withdrawal = Retirer le consentement et faire détruire les données
request-send = Envoyer la demande
request-contact = Comment vous joindre
request-message = De quoi il s’agit
request-optional = facultatif
request-kept = Ce que vous écrivez ici est conservé avec la demande : { $term }.
request-number = Demande n° { $number }
request-recorded = Votre demande est enregistrée. Conservez son numéro.
request-asked = Objet
request-came = Reçue
request-until = Réponse avant le
request-until-unknown = dans le délai légal
request-state = État
request-reply = Réponse
state-received = reçue
state-identified = personne identifiée
state-extended = délai prolongé
state-answered = réponse donnée
state-refused = refusée avec motifs
state-done = exécutée
centre-versions = Versions
event-accept = tout autorisé
event-partial = autorisé en partie
event-refuse = tout refusé
event-withdraw = tout retiré
event-renew = choix confirmé
event-expire = durée du choix écoulée
event-request-step = suite d’une demande
event-acknowledge = poursuite après une notice
event-export = vos données ont été remises
event-gpc = opposition envoyée par le navigateur
event-link = lié à votre compte
value-account = votre compte (code)
value-client = programme et réseau
value-contact = comment vous joindre
value-idempotency_key = numéro du formulaire
value-message = ce que vous avez écrit
value-page = page
value-previous = votre événement précédent
value-subject = votre numéro sur ce site

## Quand un choix ne peut pas être enregistré
error-title = Le choix n’a pas été enregistré
error-again = Rien n’a été modifié. Revenez en arrière, rechargez la page et choisissez à nouveau.
error-cross-origin = La demande provient d’un autre site.
error-malformed = La demande est illisible.
error-media-type = La demande est dans un format que ce site ne lit pas.
error-method = Cette adresse ne s’utilise pas ainsi.
error-not-found = Cette page n’existe pas.
error-policy-changed = Les textes ont changé depuis l’affichage de la page.
error-token = Le formulaire est trop ancien ou ne provient pas de ce site.
error-too-large = La demande est trop longue.
error-too-many = Trop de choix en une minute. Veuillez patienter un peu.
error-unavailable = Le choix ne peut pas être enregistré pour le moment. Veuillez réessayer bientôt.

## Quand le proxy répond lui-même
fault-bad-request = La demande est incompréhensible
fault-bad-request-advice = Revenez en arrière et réessayez.
fault-loop = Le site est mal configuré
fault-loop-advice = Une demande est revenue là d’où elle venait. Merci de le signaler au site.
fault-no-such-site = Ce site n’existe pas ici
fault-no-such-site-advice = Vérifiez l’adresse.
fault-request-slow = La demande a mis trop de temps à arriver
fault-request-slow-advice = Vérifiez la connexion et réessayez.
fault-request-too-large = Votre envoi est trop volumineux
fault-request-too-large-advice = Envoyez moins à la fois.
fault-upstream-broken = Le site n’a pas donné de réponse utilisable
fault-upstream-slow = Le site n’a pas répondu à temps
fault-upstream-unreachable = Le site est inaccessible pour le moment
fault-upstream-unreachable-advice = Il redémarre peut-être. Réessayez dans une minute.
fault-again = Réessayez dans une minute.

## Tableaux des documents
caption-purposes = Finalités du traitement
caption-services = Services
caption-cookies = Cookies
caption-operations = Opérations sur les données personnelles
caption-terms = Délais
caption-rights = Droits et manière de les exercer
table-purpose = Finalité
table-description = À quoi cela sert
table-people = Personnes concernées
table-data = Données
table-operations = Opérations
table-basis = Base juridique
table-retention = Durée
table-end = À l’issue de la durée
table-service = Service
table-operator = Exploitant
table-country = Pays
table-contract = Contrat
table-safeguard = Fondement du transfert à l’étranger
table-cookie = Cookie
table-lifetime = Durée de vie
table-party = Déposé par
table-role = Rôle
table-place = Conservé comme
table-operation = Opération
table-right = Droit
table-channel = Comment l’exercer
table-duty = Ce qui est fait
table-term = Délai
table-none = aucun
party-first = ce site
party-third = un autre site
people-visitors = visiteurs du site
role-controller = responsable indépendant
role-joint = responsable conjoint
role-processor = sous-traitant
role-self = le site lui-même
place-cookie = cookie
place-local = stockage local
place-session = stockage de session

## Bases, modes et types
basis-consent = votre consentement
basis-contract = un contrat avec vous
basis-legal-obligation = une obligation légale
basis-legitimate-interest = intérêt légitime
basis-public-task = une mission d’intérêt public
basis-vital-interest = la sauvegarde d’intérêts vitaux
method-automated = automatisé
method-non-automated = non automatisé
method-mixed = mixte : avec et sans procédés automatisés
kind-advertising = publicité
kind-metrics = mesure d’audience
kind-necessary = nécessaires
kind-preferences = préférences
kind-recommendations = recommandations
kind-social = réseaux sociaux
kind-video = vidéo
end-block = blocage
end-delete = suppression
end-depersonalise = dépersonnalisation
end-destroy = destruction

## Opérations de l’article 3, point 3, de la loi 152-FZ, dans son ordre, et transfert transfrontalier du point 11
operation-collect = collecte
operation-record = enregistrement
operation-systematise = systématisation
operation-accumulate = accumulation
operation-store = conservation
operation-clarify = rectification
operation-clarify-update = mise à jour
operation-clarify-change = modification
operation-retrieve = extraction
operation-use = utilisation
operation-transfer = transmission
operation-transfer-disseminate = diffusion
operation-transfer-provide = communication
operation-transfer-access = accès
operation-depersonalise = dépersonnalisation
operation-block = blocage
operation-delete = suppression
operation-destroy = destruction
operation-crossborder = transfert transfrontalier

## Droits
right-access = savoir si et comment vos données sont traitées, et les obtenir
right-rectification = faire rectifier des données inexactes ou incomplètes
right-blocking = faire bloquer des données
right-erasure = faire détruire des données
right-withdraw = retirer le consentement
right-stop = faire cesser le traitement
right-object = s’opposer au traitement
right-portability = recevoir vos données dans un format courant
right-complaint = introduire une réclamation auprès de l’autorité de contrôle ou d’un tribunal
duty-access = réponse à une demande d’information
duty-correction = rectification de données inexactes
duty-stop = fin du traitement sur demande
duty-withdrawal = destruction des données après retrait du consentement
duty-block = blocage maximal lorsque les données ne peuvent être détruites à temps
duty-choice = votre choix est mémorisé
duty-records = les preuves des choix sont conservées après la fin du consentement
duty-requests = les demandes et réponses sont conservées
duty-destruction = les preuves de destruction sont conservées
channel-centre = espace confidentialité
channel-email = courriel
channel-post = courrier postal
term-extendable = { $term } ; prolongation motivée de { $extension } au plus
term-receipt = { $term } à compter de la réception
term-none = immédiatement

## Durées
duration-minutes = { $count ->
        [one] { $count } minute
       *[other] { $count } minutes
    }
duration-hours = { $count ->
        [one] { $count } heure
       *[other] { $count } heures
    }
duration-days = { $count ->
        [one] { $count } jour
       *[other] { $count } jours
    }
duration-working-days = { $count ->
        [one] { $count } jour ouvré
       *[other] { $count } jours ouvrés
    }
duration-weeks = { $count ->
        [one] { $count } semaine
       *[other] { $count } semaines
    }
duration-months = { $count } mois
duration-years = { $count ->
        [one] { $count } an
       *[other] { $count } ans
    }
lifetime-persistent = jusqu’à sa suppression
lifetime-session = jusqu’à la fermeture du navigateur
lifetime-unknown = non indiquée par le service

## Dates
date = { $day ->
        [1] 1er
       *[other] { $day }
    } { $month ->
        [1] janvier
        [2] février
        [3] mars
        [4] avril
        [5] mai
        [6] juin
        [7] juillet
        [8] août
        [9] septembre
        [10] octobre
        [11] novembre
       *[12] décembre
    } { $year }
moment = { $date } à { $time } UTC

## Pays selon ISO 3166-1, nommés comme dans CLDR ; ZZ est inconnu
country-AE = Émirats arabes unis
country-AM = Arménie
country-AR = Argentine
country-AT = Autriche
country-AU = Australie
country-AZ = Azerbaïdjan
country-BE = Belgique
country-BG = Bulgarie
country-BR = Brésil
country-BY = Biélorussie
country-CA = Canada
country-CH = Suisse
country-CN = Chine
country-CY = Chypre
country-CZ = Tchéquie
country-DE = Allemagne
country-DK = Danemark
country-EE = Estonie
country-ES = Espagne
country-FI = Finlande
country-FR = France
country-GB = Royaume-Uni
country-GE = Géorgie
country-GR = Grèce
country-HK = Hong Kong
country-HR = Croatie
country-HU = Hongrie
country-IE = Irlande
country-IL = Israël
country-IN = Inde
country-IS = Islande
country-IT = Italie
country-JP = Japon
country-KG = Kirghizstan
country-KR = Corée du Sud
country-KZ = Kazakhstan
country-LI = Liechtenstein
country-LT = Lituanie
country-LU = Luxembourg
country-LV = Lettonie
country-MD = Moldavie
country-MT = Malte
country-MX = Mexique
country-NL = Pays-Bas
country-NO = Norvège
country-NZ = Nouvelle-Zélande
country-PL = Pologne
country-PT = Portugal
country-RO = Roumanie
country-RS = Serbie
country-RU = Russie
country-SA = Arabie saoudite
country-SE = Suède
country-SG = Singapour
country-SI = Slovénie
country-SK = Slovaquie
country-TH = Thaïlande
country-TJ = Tadjikistan
country-TM = Turkménistan
country-TR = Turquie
country-TW = Taïwan
country-UA = Ukraine
country-US = États-Unis
country-UZ = Ouzbékistan
country-VN = Viêt Nam
country-ZZ = non indiqué
