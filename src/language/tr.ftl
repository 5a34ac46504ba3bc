# Türkçe. Her etiket için bir ileti; bir politika [labels.tr] altında hepsini değiştirebilir.

## Bildirim
banner-accept = Tümünü kabul et
banner-refuse = Tümünü reddet
banner-choose = Amaçları seç
banner-save = Seçimimi kaydet
banner-always = her zaman açık
banner-close = Kabul etmeden devam et
banner-again = Seçiminizden sonra değişti: { $purposes }. Diğer seçimleriniz geçerli.
signal-honoured = Tarayıcınızın gönderdiği ret talebi uygulandı
embed-note = Bu içerik yüklenmedi: onayınız gerekiyor ({ $purposes }).
embed-once = Bir kez yükle
embed-always = Her zaman izin ver
embed-open = Yeni sekmede aç

## Belgelerin bağlantıları ve başlıkları
link-consent = Rıza
link-policy = Politika
link-recommendations = Öneriler
link-cookies = Çerezler
document-consent = Rıza metni
document-policy = Kişisel verilerin işlenmesi politikası
document-recommendations = Öneri teknolojileri
document-cookies = Çerezler ve hizmetler
document-version = Sürüm
document-current = yürürlükteki metin

## Gizlilik merkezi
centre-title = Gizlilik merkezi
centre-intro = Bu sitede nelere izin verdiğiniz. Seçiminizi istediğiniz zaman değiştirebilirsiniz; reddetmeniz okumanızı etkilemez.
centre-undecided = Henüz seçim yapmadınız: rızanızı gerektiren her şey kapalı.
centre-since = Seçiminizin zamanı: { $moment }.
centre-withdraw = Tümünü geri çek
centre-withdraw-note = Her şeyi hemen kapatır ve bu hizmetlerin çerezlerini siler.
centre-documents = Belgeler
centre-back = Siteye dön
centre-saved = Seçiminiz kaydedildi.
centre-choice = İzin verdikleriniz
centre-history = Seçimlerinizin geçmişi
centre-history-none = Kayıtlı bir seçiminiz yok.
centre-kept = Bu sunucuda saklandı; kayıt günlüğe girdiğinde makbuz kanıtını içerecek.
centre-receipt = Makbuz
centre-receipts = Tüm makbuzlar (JSON)
centre-gpc = Tarayıcınız Global Privacy Control gönderiyor; bu site ona uyuyor.
centre-gpc-none = Tarayıcınız Global Privacy Control göndermiyor.
centre-requests = Verileriniz
centre-requests-note = Talep hemen kaydedilir ve yasal süre içinde yanıtlanır.
request-access = Hangi verilerin tutulduğunu sor
request-stop = İşlemenin durdurulmasını iste
request-erasure = Verilerimin silinmesini iste
request-correction = Verilerimin düzeltilmesini iste
request-withdrawal = Rızayı geri çek ve verileri yok ettir
request-send = Talebi gönder
request-contact = Size nasıl ulaşabiliriz
request-message = Talebin konusu
request-optional = isteğe bağlı
request-kept = Buraya yazdıklarınız taleple birlikte saklanır: { $term }.
request-number = Talep no. { $number }
request-recorded = Talebiniz kaydedildi. Numarasını saklayın.
request-asked = Konu
request-came = Alındı
request-until = Son yanıt günü
request-until-unknown = yasal süre içinde
request-state = Durum
request-reply = Yanıt
state-received = alındı
state-identified = kişinin kimliği belirlendi
state-extended = süre uzatıldı
state-answered = yanıtlandı
state-refused = gerekçesiyle reddedildi
state-done = yerine getirildi
centre-versions = Sürümler
event-accept = hepsine izin verildi
event-partial = bir kısmına izin verildi
event-refuse = hepsi reddedildi
event-withdraw = hepsi geri çekildi
event-renew = seçim doğrulandı
event-expire = seçimin süresi doldu
event-request-step = bir taleple ilgili yenilik
event-acknowledge = bildirimden sonra devam edildi
event-export = verileriniz verildi
event-gpc = tarayıcının gönderdiği itiraz
event-link = hesabınızla ilişkilendirildi
value-account = hesabınız (kod)
value-client = program ve ağ
value-contact = size nasıl ulaşılır
value-idempotency_key = formun numarası
value-message = ne yazdınız
value-page = sayfa
value-previous = önceki olayınız
value-subject = bu sitedeki numaranız

## Bir seçim kaydedilemediğinde
error-title = Seçim kaydedilmedi
error-again = Hiçbir şey değişmedi. Geri dönün, sayfayı yenileyin ve yeniden seçin.
error-cross-origin = İstek başka bir siteden geliyor.
error-malformed = İstek okunamıyor.
error-media-type = İstek, bu sitenin okumadığı bir biçimde.
error-method = Bu adres bu şekilde kullanılmaz.
error-not-found = Böyle bir sayfa yok.
error-policy-changed = Sayfa gösterildikten sonra metinler değişti.
error-token = Form çok eski ya da bu site tarafından oluşturulmamış.
error-too-large = İstek çok uzun.
error-too-many = Bir dakika içinde çok fazla seçim yapıldı. Lütfen biraz bekleyin.
error-unavailable = Seçim şu anda kaydedilemiyor. Lütfen birazdan yeniden deneyin.

## Vekil sunucu kendisi yanıt verdiğinde
fault-bad-request = İstek anlaşılamıyor
fault-bad-request-advice = Geri dönün ve yeniden deneyin.
fault-loop = Site yanlış ayarlanmış
fault-loop-advice = Bir istek geldiği yere geri döndü. Lütfen siteye bildirin.
fault-no-such-site = Burada böyle bir site yok
fault-no-such-site-advice = Adresi denetleyin.
fault-request-slow = İsteğin gelmesi çok uzun sürdü
fault-request-slow-advice = Bağlantıyı denetleyin ve yeniden deneyin.
fault-request-too-large = Gönderdiğiniz çok büyük
fault-request-too-large-advice = Bir seferde daha azını gönderin.
fault-upstream-broken = Site gösterilebilir bir yanıt vermedi
fault-upstream-slow = Site zamanında yanıt vermedi
fault-upstream-unreachable = Siteye şu anda ulaşılamıyor
fault-upstream-unreachable-advice = Yeniden başlatılıyor olabilir. Bir dakika sonra yeniden deneyin.
fault-again = Bir dakika sonra yeniden deneyin.

## Belgelerin tabloları
caption-purposes = İşleme amaçları
caption-services = Hizmetler
caption-cookies = Çerezler
caption-operations = Kişisel veriler üzerindeki işlemler
caption-terms = Süreler
caption-rights = Haklar ve kullanılmaları
table-purpose = Amaç
table-description = Ne için
table-people = Kimin verileri
table-data = Veriler
table-operations = İşlemler
table-basis = Hukuki dayanak
table-retention = Süre
table-end = Süre bitince
table-service = Hizmet
table-operator = İşletmeci
table-country = Ülke
table-contract = Sözleşme
table-safeguard = Yurt dışına aktarımın dayanağı
table-cookie = Çerez
table-lifetime = Ömür
table-party = Yerleştiren
table-role = Rol
table-place = Saklandığı yer
table-operation = İşlem
table-right = Hak
table-channel = Nasıl kullanılır
table-duty = Ne yapılır
table-term = Süre
table-none = yok
party-first = bu site
party-third = başka bir site
people-visitors = siteyi ziyaret edenler
role-controller = bağımsız veri sorumlusu
role-joint = ortak veri sorumlusu
role-processor = veri işleyen
role-self = sitenin kendisi
place-cookie = çerez
place-local = yerel depolama
place-session = oturum depolaması

## Dayanaklar, yöntemler ve türler
basis-consent = rızanız
basis-contract = sizinle yapılan sözleşme
basis-legal-obligation = hukuki yükümlülük
basis-legitimate-interest = meşru menfaat
basis-public-task = kamu yararına bir görev
basis-vital-interest = hayati menfaatlerin korunması
method-automated = otomatik
method-non-automated = otomatik olmayan
method-mixed = karma: otomatik yollarla ve otomatik olmayan yollarla
kind-advertising = reklam
kind-metrics = ölçüm
kind-necessary = gerekli
kind-preferences = tercihler
kind-recommendations = öneriler
kind-social = sosyal ağlar
kind-video = video
end-block = bloke etme
end-delete = silme
end-depersonalise = kimliksizleştirme
end-destroy = yok etme

## 152-FZ sayılı Kanun madde 3 bent 3 sırasıyla işlemler ve bent 11 uyarınca sınır ötesi aktarım
operation-collect = toplama
operation-record = kaydetme
operation-systematise = sistemleştirme
operation-accumulate = biriktirme
operation-store = saklama
operation-clarify = düzeltme
operation-clarify-update = güncelleme
operation-clarify-change = değiştirme
operation-retrieve = geri getirme
operation-use = kullanma
operation-transfer = aktarma
operation-transfer-disseminate = yayma
operation-transfer-provide = sunma
operation-transfer-access = erişim verme
operation-depersonalise = kimliksizleştirme
operation-block = bloke etme
operation-delete = silme
operation-destroy = yok etme
operation-crossborder = sınır ötesi aktarım

## Haklar
right-access = verilerinizin işlenip işlenmediğini ve nasıl işlendiğini öğrenmek, verilerinizi almak
right-rectification = yanlış veya eksik verilerin düzeltilmesini istemek
right-blocking = verilerin bloke edilmesini istemek
right-erasure = verilerin yok edilmesini istemek
right-withdraw = rızayı geri çekmek
right-stop = işlemenin durdurulmasını istemek
right-object = işlemeye itiraz etmek
right-portability = verilerinizi yaygın bir biçimde almak
right-complaint = denetim makamına veya mahkemeye şikâyette bulunmak
duty-access = bilgi talebine yanıt
duty-correction = yanlış verilerin düzeltilmesi
duty-stop = talep üzerine işlemenin durdurulması
duty-withdrawal = rıza geri çekildikten sonra verilerin yok edilmesi
duty-block = veriler zamanında yok edilemezse en uzun bloke süresi
duty-choice = seçiminiz hatırlanır
duty-records = seçim kayıtları rıza sona erdikten sonra saklanır
duty-requests = talepler ve yanıtlar saklanır
duty-destruction = yok etme kanıtları saklanır
channel-centre = gizlilik merkezi
channel-email = e-posta
channel-post = mektup
term-extendable = { $term }; gerekçesi bildirilerek en çok { $extension } uzatılabilir
term-receipt = alındığı tarihten itibaren { $term }
term-none = hemen

## Süreler
duration-minutes = { $count } dakika
duration-hours = { $count } saat
duration-days = { $count } gün
duration-working-days = { $count } iş günü
duration-weeks = { $count } hafta
duration-months = { $count } ay
duration-years = { $count } yıl
lifetime-persistent = silinene kadar
lifetime-session = tarayıcı kapatılana kadar
lifetime-unknown = hizmet belirtmiyor

## Tarihler
date = { $day } { $month ->
        [1] Ocak
        [2] Şubat
        [3] Mart
        [4] Nisan
        [5] Mayıs
        [6] Haziran
        [7] Temmuz
        [8] Ağustos
        [9] Eylül
        [10] Ekim
        [11] Kasım
       *[12] Aralık
    } { $year }
moment = { $date }, { $time } UTC

## ISO 3166-1 ülkeleri, CLDR adlarıyla; ZZ bilinmiyor
country-AE = Birleşik Arap Emirlikleri
country-AM = Ermenistan
country-AR = Arjantin
country-AT = Avusturya
country-AU = Avustralya
country-AZ = Azerbaycan
country-BE = Belçika
country-BG = Bulgaristan
country-BR = Brezilya
country-BY = Belarus
country-CA = Kanada
country-CH = İsviçre
country-CN = Çin
country-CY = Kıbrıs
country-CZ = Çekya
country-DE = Almanya
country-DK = Danimarka
country-EE = Estonya
country-ES = İspanya
country-FI = Finlandiya
country-FR = Fransa
country-GB = Birleşik Krallık
country-GE = Gürcistan
country-GR = Yunanistan
country-HK = Hong Kong
country-HR = Hırvatistan
country-HU = Macaristan
country-IE = İrlanda
country-IL = İsrail
country-IN = Hindistan
country-IS = İzlanda
country-IT = İtalya
country-JP = Japonya
country-KG = Kırgızistan
country-KR = Güney Kore
country-KZ = Kazakistan
country-LI = Liechtenstein
country-LT = Litvanya
country-LU = Lüksemburg
country-LV = Letonya
country-MD = Moldova
country-MT = Malta
country-MX = Meksika
country-NL = Hollanda
country-NO = Norveç
country-NZ = Yeni Zelanda
country-PL = Polonya
country-PT = Portekiz
country-RO = Romanya
country-RS = Sırbistan
country-RU = Rusya
country-SA = Suudi Arabistan
country-SE = İsveç
country-SG = Singapur
country-SI = Slovenya
country-SK = Slovakya
country-TH = Tayland
country-TJ = Tacikistan
country-TM = Türkmenistan
country-TR = Türkiye
country-TW = Tayvan
country-UA = Ukrayna
country-US = ABD
country-UZ = Özbekistan
country-VN = Vietnam
country-ZZ = belirtilmemiş
