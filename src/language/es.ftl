# Español. Un mensaje por etiqueta; una política puede sustituir cualquiera en [labels.es].

## Aviso
banner-accept = Aceptar todo
banner-refuse = Rechazar todo
banner-choose = Elegir finalidades
banner-save = Guardar mi elección
banner-always = siempre activo
banner-close = Continuar sin aceptar
banner-again = Ha cambiado desde su elección: { $purposes }. Sus demás elecciones se mantienen.
signal-honoured = Oposición enviada por su navegador respetada
embed-note = Este contenido no se ha cargado: necesita su consentimiento ({ $purposes }).
embed-once = Cargar una vez
embed-always = Permitir siempre
embed-open = Abrir en una pestaña nueva

## Enlaces y títulos de los documentos
link-consent = Consentimiento
link-policy = Política
link-recommendations = Recomendaciones
link-cookies = Cookies
document-consent = Consentimiento
document-policy = Política de tratamiento de datos personales
document-recommendations = Tecnologías de recomendación
document-cookies = Cookies y servicios
document-version = Versión
document-current = el texto vigente

## Centro de privacidad
centre-title = Centro de privacidad
centre-intro = Lo que usted permite en este sitio. Puede cambiarlo en cualquier momento; rechazar no tiene consecuencias para la lectura.
centre-undecided = Usted aún no ha elegido: todo lo que requiere su consentimiento está desactivado.
centre-since = Su elección se hizo el { $moment }.
centre-withdraw = Retirar todo
centre-withdraw-note = Lo desactiva todo de inmediato y elimina las cookies de esos servicios.
centre-documents = Documentos
centre-back = Volver al sitio
centre-saved = Su elección se ha guardado.
centre-choice = Lo que usted permite
centre-history = Historial de sus elecciones
centre-history-none = No hay ninguna elección suya registrada.
centre-kept = Guardado en este servidor; el recibo tendrá su prueba cuando la entrada esté en el registro.
centre-receipt = Recibo
centre-receipts = Todos los recibos en JSON
centre-gpc = Su navegador envía Global Privacy Control; este sitio lo respeta.
centre-gpc-none = Su navegador no envía Global Privacy Control.
centre-requests = Sus datos
centre-requests-note = La solicitud se registra de inmediato y se responde en el plazo legal.
request-access = Preguntar qué datos se guardan
request-stop = Pedir que cese el tratamiento
request-erasure = Pedir la supresión de mis datos
request-correction = Pedir la rectificación de mis datos
request-withdrawal = Retirar el consentimiento y destruir los datos
request-send = Enviar la solicitud
request-contact = Cómo contactarle
request-message = De qué se trata
request-optional = opcional
request-kept = Lo que escriba aquí se guarda con la solicitud: { $term }.
request-number = Solicitud n.º { $number }
request-recorded = Su solicitud está registrada. Conserve el número.
request-asked = Objeto
request-came = Recibida
request-until = Respuesta hasta
request-until-unknown = en el plazo legal
request-state = Estado
request-reply = Respuesta
state-received = recibida
state-identified = persona identificada
state-extended = plazo prorrogado
state-answered = respondida
state-refused = denegada con motivos
state-done = cumplida
centre-versions = Versiones
event-accept = todo permitido
event-partial = permitido en parte
event-refuse = todo rechazado
event-withdraw = todo retirado
event-renew = elección confirmada
event-expire = plazo de la elección vencido
event-request-step = novedad de una solicitud
event-acknowledge = siguió tras un aviso
event-export = se entregaron sus datos
event-gpc = oposición enviada por el navegador
event-link = vinculado con su cuenta
value-account = su cuenta (código)
value-client = programa y red
value-contact = cómo contactarle
value-idempotency_key = número del formulario
value-message = lo que usted escribió
value-page = página
value-previous = su evento anterior
value-subject = su número en este sitio

## Cuando no se puede guardar una elección
error-title = La elección no se ha guardado
error-again = No se ha cambiado nada. Vuelva atrás, recargue la página y elija de nuevo.
error-cross-origin = La solicitud procede de otro sitio.
error-malformed = La solicitud no se puede leer.
error-media-type = La solicitud tiene un formato que este sitio no lee.
error-method = Esta dirección no se utiliza de este modo.
error-not-found = Esta página no existe.
error-policy-changed = Los textos han cambiado desde que se mostró la página.
error-token = El formulario es demasiado antiguo o no procede de este sitio.
error-too-large = La solicitud es demasiado larga.
error-too-many = Demasiadas elecciones en un minuto. Espere un poco, por favor.
error-unavailable = En este momento no se puede guardar la elección. Inténtelo de nuevo en breve, por favor.

## Cuando responde el propio proxy
fault-bad-request = No se entiende la solicitud
fault-bad-request-advice = Vuelva atrás e inténtelo de nuevo.
fault-loop = El sitio está mal configurado
fault-loop-advice = Una solicitud volvió al lugar de donde vino. Comuníquelo al sitio.
fault-no-such-site = Aquí no existe ese sitio
fault-no-such-site-advice = Compruebe la dirección.
fault-request-slow = La solicitud tardó demasiado en llegar
fault-request-slow-advice = Compruebe la conexión e inténtelo de nuevo.
fault-request-too-large = Lo que ha enviado es demasiado grande
fault-request-too-large-advice = Envíe menos de una vez.
fault-upstream-broken = El sitio no dio una respuesta utilizable
fault-upstream-slow = El sitio no respondió a tiempo
fault-upstream-unreachable = No se puede acceder al sitio en este momento
fault-upstream-unreachable-advice = Quizá se esté reiniciando. Inténtelo de nuevo en un minuto.
fault-again = Inténtelo de nuevo en un minuto.

## Tablas de los documentos
caption-purposes = Finalidades del tratamiento
caption-services = Servicios
caption-cookies = Cookies
caption-operations = Operaciones con datos personales
caption-terms = Plazos
caption-rights = Derechos y modo de ejercerlos
table-purpose = Finalidad
table-description = Para qué
table-people = De quién son los datos
table-data = Datos
table-operations = Operaciones
table-basis = Base jurídica
table-retention = Plazo
table-end = Al terminar el plazo
table-service = Servicio
table-operator = Titular
table-country = País
table-contract = Contrato
table-safeguard = Base de la transferencia al extranjero
table-cookie = Cookie
table-lifetime = Duración
table-party = Instalada por
table-role = Función
table-place = Se guarda como
table-operation = Operación
table-right = Derecho
table-channel = Cómo ejercerlo
table-duty = Qué se hace
table-term = Plazo
table-none = ninguno
party-first = este sitio
party-third = otro sitio
people-visitors = visitantes del sitio
role-controller = responsable independiente
role-joint = corresponsable
role-processor = encargado del tratamiento
role-self = el propio sitio
place-cookie = cookie
place-local = almacenamiento local
place-session = almacenamiento de sesión

## Bases, modos y tipos
basis-consent = su consentimiento
basis-contract = un contrato con usted
basis-legal-obligation = una obligación legal
basis-legitimate-interest = interés legítimo
basis-public-task = una misión de interés público
basis-vital-interest = la protección de intereses vitales
method-automated = automatizado
method-non-automated = no automatizado
method-mixed = mixto: con y sin medios automatizados
kind-advertising = publicidad
kind-metrics = medición
kind-necessary = necesarias
kind-preferences = preferencias
kind-recommendations = recomendaciones
kind-social = redes sociales
kind-video = vídeo
end-block = bloqueo
end-delete = supresión
end-depersonalise = despersonalización
end-destroy = destrucción

## Operaciones del artículo 3, apartado 3, de la Ley 152-FZ, en su orden, y transferencia transfronteriza del apartado 11
operation-collect = recogida
operation-record = registro
operation-systematise = sistematización
operation-accumulate = acumulación
operation-store = conservación
operation-clarify = rectificación
operation-clarify-update = actualización
operation-clarify-change = modificación
operation-retrieve = extracción
operation-use = utilización
operation-transfer = transmisión
operation-transfer-disseminate = difusión
operation-transfer-provide = comunicación
operation-transfer-access = acceso
operation-depersonalise = despersonalización
operation-block = bloqueo
operation-delete = supresión
operation-destroy = destrucción
operation-crossborder = transferencia transfronteriza

## Derechos
right-access = saber si se tratan sus datos y cómo, y obtenerlos
right-rectification = exigir la rectificación de datos inexactos o incompletos
right-blocking = exigir el bloqueo de datos
right-erasure = exigir la destrucción de datos
right-withdraw = retirar el consentimiento
right-stop = exigir el cese del tratamiento
right-object = oponerse al tratamiento
right-portability = recibir sus datos en un formato de uso común
right-complaint = reclamar ante la autoridad de control o ante un tribunal
duty-access = respuesta a una solicitud de información
duty-correction = rectificación de datos inexactos
duty-stop = fin del tratamiento a petición
duty-withdrawal = destrucción de los datos tras la retirada del consentimiento
duty-block = bloqueo máximo cuando los datos no pueden destruirse a tiempo
duty-choice = su elección se recuerda
duty-records = los registros de elecciones se conservan tras el fin del consentimiento
duty-requests = las solicitudes y respuestas se conservan
duty-destruction = las pruebas de destrucción se conservan
channel-centre = centro de privacidad
channel-email = correo electrónico
channel-post = carta
term-extendable = { $term }; prorrogable, de forma motivada, { $extension } como máximo
term-receipt = { $term } desde la recepción
term-none = de inmediato

## Duraciones
duration-minutes = { $count ->
        [one] { $count } minuto
       *[other] { $count } minutos
    }
duration-hours = { $count ->
        [one] { $count } hora
       *[other] { $count } horas
    }
duration-days = { $count ->
        [one] { $count } día
       *[other] { $count } días
    }
duration-working-days = { $count ->
        [one] { $count } día hábil
       *[other] { $count } días hábiles
    }
duration-weeks = { $count ->
        [one] { $count } semana
       *[other] { $count } semanas
    }
duration-months = { $count ->
        [one] { $count } mes
       *[other] { $count } meses
    }
duration-years = { $count ->
        [one] { $count } año
       *[other] { $count } años
    }
lifetime-persistent = hasta que se elimine
lifetime-session = hasta que se cierre el navegador
lifetime-unknown = no indicada por el servicio

## Fechas
date = { $day } de { $month ->
        [1] enero
        [2] febrero
        [3] marzo
        [4] abril
        [5] mayo
        [6] junio
        [7] julio
        [8] agosto
        [9] septiembre
        [10] octubre
        [11] noviembre
       *[12] diciembre
    } de { $year }
moment = { $date }, { $time } UTC

## Países según ISO 3166-1, con los nombres de CLDR; ZZ es desconocido
country-AE = Emiratos Árabes Unidos
country-AM = Armenia
country-AR = Argentina
country-AT = Austria
country-AU = Australia
country-AZ = Azerbaiyán
country-BE = Bélgica
country-BG = Bulgaria
country-BR = Brasil
country-BY = Bielorrusia
country-CA = Canadá
country-CH = Suiza
country-CN = China
country-CY = Chipre
country-CZ = Chequia
country-DE = Alemania
country-DK = Dinamarca
country-EE = Estonia
country-ES = España
country-FI = Finlandia
country-FR = Francia
country-GB = Reino Unido
country-GE = Georgia
country-GR = Grecia
country-HK = Hong Kong
country-HR = Croacia
country-HU = Hungría
country-IE = Irlanda
country-IL = Israel
country-IN = India
country-IS = Islandia
country-IT = Italia
country-JP = Japón
country-KG = Kirguistán
country-KR = Corea del Sur
country-KZ = Kazajistán
country-LI = Liechtenstein
country-LT = Lituania
country-LU = Luxemburgo
country-LV = Letonia
country-MD = Moldavia
country-MT = Malta
country-MX = México
country-NL = Países Bajos
country-NO = Noruega
country-NZ = Nueva Zelanda
country-PL = Polonia
country-PT = Portugal
country-RO = Rumanía
country-RS = Serbia
country-RU = Rusia
country-SA = Arabia Saudí
country-SE = Suecia
country-SG = Singapur
country-SI = Eslovenia
country-SK = Eslovaquia
country-TH = Tailandia
country-TJ = Tayikistán
country-TM = Turkmenistán
country-TR = Turquía
country-TW = Taiwán
country-UA = Ucrania
country-US = Estados Unidos
country-UZ = Uzbekistán
country-VN = Vietnam
country-ZZ = no indicado
