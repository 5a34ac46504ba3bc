# Português. Uma mensagem por rótulo; uma política pode substituir qualquer uma em [labels.pt].

## Aviso
banner-accept = Aceitar tudo
banner-refuse = Rejeitar tudo
banner-choose = Escolher finalidades
banner-save = Salvar minha escolha
banner-always = sempre ativo
banner-close = Continuar sem aceitar
banner-again = Mudou desde a sua escolha: { $purposes }. As demais escolhas continuam valendo.
signal-honoured = Oposição enviada pelo navegador respeitada
embed-note = Este conteúdo não foi carregado: é necessário o seu consentimento ({ $purposes }).
embed-once = Carregar uma vez
embed-always = Permitir sempre
embed-open = Abrir em uma nova aba

## Links e títulos dos documentos
link-consent = Consentimento
link-policy = Política
link-recommendations = Recomendações
link-cookies = Cookies
document-consent = Consentimento
document-policy = Política de tratamento de dados pessoais
document-recommendations = Tecnologias de recomendação
document-cookies = Cookies e serviços
document-version = Versão
document-current = o texto em vigor

## Central de privacidade
centre-title = Central de privacidade
centre-intro = O que o senhor ou a senhora permite neste site. A escolha pode ser alterada a qualquer momento; recusar não traz consequências para a leitura.
centre-undecided = Nenhuma escolha foi feita ainda: tudo o que exige consentimento está desativado.
centre-since = A escolha foi feita em { $moment }.
centre-withdraw = Revogar tudo
centre-withdraw-note = Desativa tudo imediatamente e remove os cookies desses serviços.
centre-documents = Documentos
centre-back = Voltar ao site
centre-saved = A escolha foi salva.
centre-choice = O que você permite
centre-history = Histórico das suas escolhas
centre-history-none = Nenhuma escolha sua está registrada.
centre-kept = Guardado neste servidor; o recibo terá a prova quando a entrada estiver no registo.
centre-receipt = Recibo
centre-receipts = Todos os recibos em JSON
centre-gpc = Seu navegador envia Global Privacy Control; este site o respeita.
centre-gpc-none = Seu navegador não envia Global Privacy Control.
centre-requests = Seus dados
centre-requests-note = O pedido é registrado na hora e respondido no prazo legal.
request-access = Perguntar quais dados são guardados
request-stop = Pedir o fim do tratamento
request-erasure = Pedir a eliminação dos meus dados
request-correction = Pedir a correção dos meus dados
request-withdrawal = Revogar o consentimento e destruir os dados
request-send = Enviar o pedido
request-contact = Como falar com você
request-message = De que se trata
request-optional = opcional
request-kept = O que você escreve aqui é guardado com o pedido: { $term }.
request-number = Pedido n.º { $number }
request-recorded = O seu pedido está registrado. Guarde o número.
request-asked = Objeto
request-came = Recebido
request-until = Resposta até
request-until-unknown = no prazo legal
request-state = Estado
request-reply = Resposta
state-received = recebido
state-identified = pessoa identificada
state-extended = prazo prorrogado
state-answered = respondido
state-refused = recusado com motivos
state-done = cumprido
centre-versions = Versões
event-accept = tudo permitido
event-partial = permitido em parte
event-refuse = tudo recusado
event-withdraw = tudo revogado
event-renew = escolha confirmada
event-expire = prazo da escolha terminou
event-request-step = novidade de um pedido
event-acknowledge = continuou após um aviso
event-export = os seus dados foram entregues
event-gpc = oposição enviada pelo navegador
event-link = associado à sua conta
value-account = a sua conta (código)
value-client = programa e rede
value-contact = como contactá-lo
value-idempotency_key = número do formulário
value-message = o que escreveu
value-page = página
value-previous = o seu evento anterior
value-subject = o seu número neste site

## Quando uma escolha não pode ser salva
error-title = A escolha não foi salva
error-again = Nada foi alterado. Volte, recarregue a página e escolha novamente.
error-cross-origin = A solicitação vem de outro site.
error-malformed = A solicitação não pode ser lida.
error-media-type = A solicitação está em um formato que este site não lê.
error-method = Este endereço não é usado desta forma.
error-not-found = Esta página não existe.
error-policy-changed = Os textos mudaram desde que a página foi exibida.
error-token = O formulário é antigo demais ou não foi criado por este site.
error-too-large = A solicitação é longa demais.
error-too-many = Escolhas demais em um minuto. Aguarde um pouco, por favor.
error-unavailable = No momento a escolha não pode ser salva. Tente novamente em breve, por favor.

## Quando o próprio proxy responde
fault-bad-request = Não é possível entender a solicitação
fault-bad-request-advice = Volte e tente novamente.
fault-loop = O site está mal configurado
fault-loop-advice = Uma solicitação voltou para o lugar de onde veio. Avise o site, por favor.
fault-no-such-site = Não existe este site aqui
fault-no-such-site-advice = Verifique o endereço.
fault-request-slow = A solicitação demorou demais para chegar
fault-request-slow-advice = Verifique a conexão e tente novamente.
fault-request-too-large = O que foi enviado é grande demais
fault-request-too-large-advice = Envie menos de uma vez.
fault-upstream-broken = O site não deu uma resposta utilizável
fault-upstream-slow = O site não respondeu a tempo
fault-upstream-unreachable = O site não está acessível neste momento
fault-upstream-unreachable-advice = Talvez esteja reiniciando. Tente novamente em um minuto.
fault-again = Tente novamente em um minuto.

## Tabelas dos documentos
caption-purposes = Finalidades do tratamento
caption-services = Serviços
caption-cookies = Cookies
caption-operations = Operações com dados pessoais
caption-terms = Prazos
caption-rights = Direitos e como exercê-los
table-purpose = Finalidade
table-description = Para quê
table-people = De quem são os dados
table-data = Dados
table-operations = Operações
table-basis = Base legal
table-retention = Prazo
table-end = Ao fim do prazo
table-service = Serviço
table-operator = Responsável
table-country = País
table-contract = Contrato
table-safeguard = Base da transferência ao exterior
table-cookie = Cookie
table-lifetime = Duração
table-party = Definido por
table-role = Papel
table-place = Guardado como
table-operation = Operação
table-right = Direito
table-channel = Como exercer
table-duty = O que é feito
table-term = Prazo
table-none = nenhum
party-first = este site
party-third = outro site
people-visitors = visitantes do site
role-controller = controlador independente
role-joint = controlador conjunto
role-processor = operador por instrução
role-self = o próprio site
place-cookie = cookie
place-local = armazenamento local
place-session = armazenamento de sessão

## Bases, modos e tipos
basis-consent = o seu consentimento
basis-contract = um contrato com o titular
basis-legal-obligation = uma obrigação legal
basis-legitimate-interest = legítimo interesse
basis-public-task = uma tarefa de interesse público
basis-vital-interest = a proteção de interesses vitais
method-automated = automatizado
method-non-automated = não automatizado
method-mixed = misto: com e sem meios automatizados
kind-advertising = publicidade
kind-metrics = medição
kind-necessary = necessários
kind-preferences = preferências
kind-recommendations = recomendações
kind-social = redes sociais
kind-video = vídeo
end-block = bloqueio
end-delete = eliminação
end-depersonalise = despersonalização
end-destroy = destruição

## Operações do artigo 3, item 3, da Lei 152-FZ, na sua ordem, e transferência transfronteiriça do item 11
operation-collect = coleta
operation-record = registro
operation-systematise = sistematização
operation-accumulate = acumulação
operation-store = armazenamento
operation-clarify = retificação
operation-clarify-update = atualização
operation-clarify-change = alteração
operation-retrieve = extração
operation-use = utilização
operation-transfer = transmissão
operation-transfer-disseminate = difusão
operation-transfer-provide = fornecimento
operation-transfer-access = acesso
operation-depersonalise = despersonalização
operation-block = bloqueio
operation-delete = eliminação
operation-destroy = destruição
operation-crossborder = transferência transfronteiriça

## Direitos
right-access = saber se e como os seus dados são tratados e recebê-los
right-rectification = exigir a correção de dados inexatos ou incompletos
right-blocking = exigir o bloqueio de dados
right-erasure = exigir a destruição de dados
right-withdraw = revogar o consentimento
right-stop = exigir a interrupção do tratamento
right-object = opor-se ao tratamento
right-portability = receber os seus dados em um formato comum
right-complaint = reclamar à autoridade de controle ou a um tribunal
duty-access = resposta a um pedido de informações
duty-correction = correção de dados inexatos
duty-stop = fim do tratamento a pedido
duty-withdrawal = destruição dos dados após a revogação do consentimento
duty-block = bloqueio máximo quando os dados não podem ser destruídos a tempo
duty-choice = a escolha é lembrada
duty-records = os registros das escolhas são mantidos após o fim do consentimento
duty-requests = os pedidos e as respostas são mantidos
duty-destruction = as provas de destruição são mantidas
channel-centre = central de privacidade
channel-email = e-mail
channel-post = carta
term-extendable = { $term }; prorrogável, com justificativa, por no máximo { $extension }
term-receipt = { $term } a partir do recebimento
term-none = imediatamente

## Durações
duration-minutes = { $count ->
        [one] { $count } minuto
       *[other] { $count } minutos
    }
duration-hours = { $count ->
        [one] { $count } hora
       *[other] { $count } horas
    }
duration-days = { $count ->
        [one] { $count } dia
       *[other] { $count } dias
    }
duration-working-days = { $count ->
        [one] { $count } dia útil
       *[other] { $count } dias úteis
    }
duration-weeks = { $count ->
        [one] { $count } semana
       *[other] { $count } semanas
    }
duration-months = { $count ->
        [one] { $count } mês
       *[other] { $count } meses
    }
duration-years = { $count ->
        [one] { $count } ano
       *[other] { $count } anos
    }
lifetime-persistent = até ser eliminado
lifetime-session = até o navegador ser fechado
lifetime-unknown = não informada pelo serviço

## Datas
date = { $day } de { $month ->
        [1] janeiro
        [2] fevereiro
        [3] março
        [4] abril
        [5] maio
        [6] junho
        [7] julho
        [8] agosto
        [9] setembro
        [10] outubro
        [11] novembro
       *[12] dezembro
    } de { $year }
moment = { $date }, { $time } UTC

## Países segundo ISO 3166-1, com os nomes do CLDR; ZZ é desconhecido
country-AE = Emirados Árabes Unidos
country-AM = Armênia
country-AR = Argentina
country-AT = Áustria
country-AU = Austrália
country-AZ = Azerbaijão
country-BE = Bélgica
country-BG = Bulgária
country-BR = Brasil
country-BY = Bielorrússia
country-CA = Canadá
country-CH = Suíça
country-CN = China
country-CY = Chipre
country-CZ = Tchéquia
country-DE = Alemanha
country-DK = Dinamarca
country-EE = Estônia
country-ES = Espanha
country-FI = Finlândia
country-FR = França
country-GB = Reino Unido
country-GE = Geórgia
country-GR = Grécia
country-HK = Hong Kong
country-HR = Croácia
country-HU = Hungria
country-IE = Irlanda
country-IL = Israel
country-IN = Índia
country-IS = Islândia
country-IT = Itália
country-JP = Japão
country-KG = Quirguistão
country-KR = Coreia do Sul
country-KZ = Cazaquistão
country-LI = Liechtenstein
country-LT = Lituânia
country-LU = Luxemburgo
country-LV = Letônia
country-MD = Moldávia
country-MT = Malta
country-MX = México
country-NL = Países Baixos
country-NO = Noruega
country-NZ = Nova Zelândia
country-PL = Polônia
country-PT = Portugal
country-RO = Romênia
country-RS = Sérvia
country-RU = Rússia
country-SA = Arábia Saudita
country-SE = Suécia
country-SG = Singapura
country-SI = Eslovênia
country-SK = Eslováquia
country-TH = Tailândia
country-TJ = Tadjiquistão
country-TM = Turcomenistão
country-TR = Turquia
country-TW = Taiwan
country-UA = Ucrânia
country-US = Estados Unidos
country-UZ = Uzbequistão
country-VN = Vietnã
country-ZZ = não informado
