# Seiten über ein Konto.
account-profile = Profil
profile-name = Name
profile-name-label = Wie wir dich nennen
profile-name-saved = Gespeichert.
profile-email-new = Andere Adresse
profile-email-help = Wir schicken einen Code dorthin. Bis du ihn hier eingibst, bleibt alles, wie es ist. Danach meldest du dich mit der neuen Adresse an, und die alte bekommt Bescheid.
profile-email-send = Code schicken
profile-email-first = Bevor du deine Adresse änderst, fragen wir noch einmal, wer du bist.
profile-email-changed = Deine Adresse ist geändert. Stripe und das Panel erfahren es jetzt.
profile-same = Das ist schon deine Adresse.
profile-code-sent = Der Code ist unterwegs.
profile-code-what = Ein Code ist unterwegs an <strong>{ $email }</strong>. Er gilt 20 Minuten.
profile-confirm = Diese Adresse nehmen
profile-forget = Die alte behalten
profile-forgotten = Alles bleibt, wie es ist.
account-security = Sicherheit
account-api-keys = API-Schlüssel
account-panel = Panel
account-panel-what = Im Panel werden die Server selbst gepflegt. Du brauchst es selten, denn Konsole, Dateien und Sicherungen findest du hier auf den Seiten deines Servers. Sein Zugang gilt auch für SFTP.
panel-password = Passwort für Panel und SFTP
panel-password-what = Es liegt nur beim Panel und ist ein anderes als das Passwort dieses Shops. Ein neues ersetzt das alte sofort.
panel-password-save = Dieses Passwort setzen
panel-password-draw = Denk dir eines aus
panel-password-set = Das Panel hat dein neues Passwort.
panel-password-drawn = Das Panel hat ein neues Passwort für dich:
panel-password-once = Es wird nur dieses eine Mal gezeigt. Leg es jetzt in deinem Passwortmanager ab.
panel-password-length = Ein Passwort für das Panel hat mindestens { $shortest } Zeichen und höchstens { $longest } Bytes. Das alte gilt weiter.
panel-password-no-login = Du hast noch keinen Zugang zum Panel. Er entsteht zusammen mit deinem ersten Server.
panel-password-unclear = Die Antwort des Panels ging verloren: Vielleicht gilt das neue Passwort schon, vielleicht noch das alte. Setz es in einer Minute noch einmal.
account-mails = Mails
mails-which = Mails, die du möchtest
mails-to = Sie gehen an { $email }.
mails-payment_received = Eine Zahlung ist eingegangen
mails-server_back = Ein gesperrter Server läuft wieder
mails-ticket_reply = Wir haben eines deiner Tickets beantwortet
mails-always = Mails über die Lieferung deines Servers, Erstattungen, offene Rechnungen, Daten vor ihrer Löschung und Anmeldungen kommen immer: Ohne sie könntest du Geld, deinen Server oder dein Konto verlieren.
mails-saved = Gespeichert.
account-data = Deine Daten
account-confirm-first = Bevor du hier etwas änderst, fragen wir noch einmal, wer du bist. <a href="/confirm?next=/account/security">Bestätige, dass du es bist</a>

# Felder von Formularen.
field-new-password = Neues Passwort
field-name = Name
field-optional = (freiwillig)

# Anmelden, Konto anlegen, neues Passwort.
login-passkey-known = Hast du schon einen Passkey? Dann brauchst du kein Passwort.
login-passkey = Mit einem Passkey anmelden
login-forgot = Passwort vergessen?
login-sign-up = Konto anlegen
signup-title = Konto anlegen
signup-code = Dorthin schicken wir einen sechsstelligen Code.
signup-accept = Mit dem Konto nimmst du die <a href="/terms">Bedingungen</a> an und hast die <a href="/privacy">Hinweise zum Datenschutz</a> gelesen.
signup-login = Ich habe ein Konto
verify-title = Sieh in deine Mails
verify-tab = Code eingeben
verify-sent = Wir haben einen sechsstelligen Code an <strong>{ $email }</strong> geschickt. Er gilt 20 Minuten.
verify-button = Bestätigen
verify-nothing = Nichts gekommen? Sieh im Spam-Ordner nach, oder <a href="/login">melde dich</a> mit deinem Passwort an: Dann kommt ein neuer Code. Hatte die Adresse schon ein Konto, haben wir statt eines Codes einen Hinweis geschickt.
reset-title = Passwort zurücksetzen
reset-sent = Wenn es für <strong>{ $email }</strong> hier ein Konto gibt, ist ein Link unterwegs. Er gilt eine Stunde.
reset-back = Zurück zur Anmeldung
reset-button = Link schicken
reset-new-title = Neues Passwort setzen
reset-done = Dein neues Passwort gilt, und alle anderen Anmeldungen sind beendet.
reset-new-button = Passwort setzen
reset-again = Einen neuen Link anfordern

# Der zweite Schritt der Anmeldung, und das Bestätigen.
factor-title = Noch ein Schritt
factor-new-title = Richte deinen zweiten Faktor ein
factor-lead = Dein Passwort war richtig. Jetzt zeig, dass du es bist.
factor-staff = Wer hier arbeitet, meldet sich mit zwei Nachweisen an. Der zweite ist eine App, die Codes zeigt.
factor-staff-passkey = Wer hier arbeitet, meldet sich mit zwei Nachweisen an. Der zweite ist eine App, die Codes zeigt, oder ein Passkey.
factor-app = Eine App für Codes
factor-app-on = Einschalten
factor-passkey = Ein Passkey
factor-passkey-what = Dein Handy, dein Computer oder ein Sicherheitsschlüssel bewahrt ihn auf und zeigt ihn nur für dich. Dann musst du keinen Code tippen.
factor-passkey-make = Passkey anlegen
factor-passkey-use = Meinen Passkey benutzen
factor-code-recovery = Hast du deinen Passkey nicht zur Hand? Gib einen deiner Ersatzcodes ein.
factor-code-or = Oder gib den Code ein, den deine App zeigt, oder einen deiner Ersatzcodes.
factor-code = Gib den Code ein, den deine App zeigt, oder einen deiner Ersatzcodes.
factor-button = Weiter
factor-lost = Nicht du, oder ein anderes Konto? <a href="/login">Melde dich neu an</a>. Alles verloren? <a href="/support">Schreib uns</a>: Wir müssen sichergehen, dass du es bist.
confirm-title = Bestätige, dass du es bist
confirm-lead = Vor wichtigen Schritten fragen wir noch einmal, wer du bist. Das gilt dann 15 Minuten.
confirm-or-password = Oder mit deinem Passwort:
confirm-code = Aus deiner App, oder einer deiner Ersatzcodes.
confirm-recovery-code = Einer deiner Ersatzcodes.
confirm-button = Bestätigen
app-title = App für Codes einrichten
app-not-now = Jetzt nicht
app-step-open = Öffne auf deinem Handy eine App für Einmalcodes, und lass sie dieses Bild sehen.
app-picture = Dasselbe wie die Buchstaben darunter, für eine Kamera
app-step-type = Keine Kamera? Tipp das hier ein: <span class="code" data-app-secret>{ $secret }</span>
app-step-enter = Gib die sechs Ziffern ein, die die App jetzt zeigt.
codes-title = Bewahr diese Codes auf
codes-earlier = Dein zweiter Faktor ist eingerichtet. Deine früheren Ersatzcodes gelten weiter.
codes-phone = Wenn dein Handy weg ist, ersetzt es jeder dieser Codes einmal, nach deinem Passwort. Druck sie aus oder schreib sie ab, und bewahr sie dort auf, wo dein Handy nicht ist: <strong>Sie werden nicht noch einmal gezeigt</strong>.
codes-passkey = Dein Passkey ist gespeichert. Wenn du ihn verlierst, ersetzt ihn jeder dieser Codes einmal. Druck sie aus oder schreib sie ab, und bewahr sie dort auf, wo dein Passkey nicht ist: <strong>Sie werden nicht noch einmal gezeigt</strong>.
codes-button = Ich habe sie aufbewahrt
passkey-unreached = Es wurde nichts geändert: Der Shop war nicht zu erreichen. Versuch es gleich noch einmal.
passkey-not-shown = Es wurde nichts geändert: Der Passkey wurde nicht gezeigt, oder es hat zu lange gedauert.

# Die Seite über Sicherheit.
security-factors = Zweiter Faktor
security-factors-some = Zum Anmelden braucht es mehr als dein Passwort.
security-factors-none = Wer dein Passwort kennt, kommt hinein. Mit einem zweiten Faktor braucht es auch dein Handy oder deinen Passkey.
security-app = App für Codes
security-app-on = Eingeschaltet
security-app-off = Nicht eingerichtet
security-app-remove = Ausschalten
security-app-set-up = Einrichten
security-app-removed = Die Anmeldung fragt nicht mehr nach Codes.
security-passkey = Passkey: { $name }
security-passkey-unused = seit { $since }
security-passkey-used = seit { $since }, zuletzt benutzt { $used }
security-passkey-remove = Entfernen
security-passkey-remove-which = Passkey { $name } entfernen
security-passkey-removed = Der Passkey ist entfernt.
security-passkey-name = Name eines neuen Passkeys
security-passkey-example = Mein Handy
security-passkey-add = Passkey hinzufügen
security-codes = Ersatzcodes
security-codes-none = Keiner ist übrig; jeder ersetzt dein Handy einmal
security-codes-left = Noch { $count }; jeder ersetzt dein Handy einmal
security-codes-new = Neue Codes erstellen
security-password-length = Mindestens { $count } Zeichen. Hier bleibst du angemeldet, überall sonst wirst du abgemeldet. API-Schlüssel gelten weiter.
security-password-change = Passwort ändern
security-password-changed = Dein Passwort ist geändert, und überall sonst bist du abgemeldet.
security-email = Du meldest dich als <strong>{ $email }</strong> an.
security-sign-ins = Wo du angemeldet bist
security-this = dieser Browser
security-sign-in = { $address }, seit { $since }, gesehen { $seen }
security-api = API: { $browser }
security-end = Abmelden
security-end-which = { $browser } abmelden
security-end-others = Überall sonst abmelden
device-browser-system = { $browser } auf { $system }
device-unknown = ein Programm oder ein unbekannter Browser

# Schlüssel für Programme.
keys-made = Dein neuer Schlüssel
keys-made-text = Kopier ihn jetzt: <strong>Er wird nicht noch einmal gezeigt</strong>. Schick ihn als <span class="code">Authorization: Bearer …</span>
keys-what = Mit einem Schlüssel kann ein Programm von dir unsere <a href="/api/v1/openapi.json">API</a> nach dem fragen, was du ihm erlaubst, und nach nichts anderem.
keys-none = Du hast keine Schlüssel.
keys-ended = abgelaufen
keys-unused = erstellt am { $made }, endet am { $ends }, nie benutzt
keys-used = erstellt am { $made }, endet am { $ends }, zuletzt benutzt { $used }
keys-revoke = Widerrufen
keys-revoke-which = Schlüssel { $name } widerrufen
keys-new = Ein neuer Schlüssel
keys-name-example = Status-Bot
keys-scopes = Was er darf
keys-days = Gilt für
keys-make = Schlüssel erstellen
keys-confirm = Bevor ein Schlüssel erstellt wird, fragen wir noch einmal, wer du bist.
keys-problem-name = Gib dem Schlüssel einen Namen mit 1 bis 60 Zeichen, damit du später weißt, wofür er ist.
keys-problem-scopes = Wähle mindestens eine Sache, die der Schlüssel darf.
keys-problem-days = Wähle, wann der Schlüssel endet.
keys-problem-many = Du hast { $count } Schlüssel. Widerrufe zuerst einen, den du nicht mehr benutzt.
scope-servers-read = deine Server und ihren Zustand lesen
scope-orders-read = deine Bestellungen lesen
scope-orders-write = Zahlungsseiten öffnen und Bestellungen stornieren

# Eine Kopie der eigenen Daten, und ihre Löschung.
data-what = Was wir über dich speichern und warum, steht in den <a href="/privacy">Hinweisen zum Datenschutz</a>. Du kannst eine Kopie von allem haben, und du kannst es löschen lassen.
data-copy = Eine Kopie
data-copy-what = Eine Zip-Datei mit deinem Konto, Bestellungen, Servern, Zahlungen, Rückzahlungen, Nachrichten, Tickets und Anmeldungen, und einem Text, der sagt, was jede Datei ist. Passwörter, Codes und die Dateien deiner Server sind nicht darin.
data-copy-button = Kopie herunterladen
data-copy-confirm = Vor dem Herunterladen fragen wir noch einmal, wer du bist.
data-erasure = Löschung
data-removes = Gelöscht wird:
data-keeps = Bleiben muss, ohne deinen Namen:
data-stays = Was bleibt
data-stays-what = Was
data-stays-why = Warum
data-asked = Du hast am { $date } darum gebeten. Es geschieht, sobald alles beendet ist.
data-first = Vorher:
data-email = Deine E-Mail-Adresse, zur Bestätigung
data-no-way-back = Es gibt kein Zurück, und danach kannst du mit deiner Adresse ein neues Konto anlegen.
data-end-servers = Beende jetzt meine Server und offenen Bestellungen. Dateien der Server sind sofort weg; was von einer begonnenen Laufzeit übrig ist, wird nicht ausgezahlt.
data-erase-button = Meine Daten löschen
data-erase-confirm = Vor einer Löschung fragen wir noch einmal, wer du bist.
data-problem-email = Gib die E-Mail-Adresse dieses Kontos ein.
data-problem-standing = Du hast noch Server oder offene Bestellungen. Setz den Haken, dass sie enden, oder beende sie vorher.
data-problem-staff = Dieses Konto betreibt den Shop. Frag den Inhaber.
erasure-obstacle-order = eine offene Bestellung wird storniert; was dafür bezahlt wurde, geht zurück
erasure-obstacle-server = ein Server wird mit seinen Dateien entfernt, und sein Abo endet
erasure-obstacle-payment = eine Zahlung, die von deiner Bank unterwegs ist, kommt an
erasure-obstacle-refund = eine Rückzahlung wird gemacht
erasure-obstacle-messages = Nachrichten an dich werden verschickt
erasure-removes-account = Adresse, Name und Passwort des Kontos
erasure-removes-sign-ins = Anmeldungen, Codes und Links
erasure-removes-servers = Namen von Servern und was für ihre Spiele eingegeben wurde
erasure-removes-messages = Texte von Nachrichten, und was die Ereignisse von Stripe über die Person sagen
erasure-removes-tickets = Tickets mit allem, was darin geschrieben wurde
erasure-removes-login = der Zugang zum Spiele-Panel
erasure-removes-stripe = der Kunde bei Stripe, mit gespeicherten Karten
erasure-keeps-orders = Bestellungen, Zahlungen und Rückzahlungen mit Beträgen, Tagen und den Nummern von Stripe
erasure-keeps-orders-why = Buchführung und Steuerrecht
erasure-keeps-consents = was wann vereinbart wurde
erasure-keeps-consents-why = der Vertrag, falls später jemand fragt
erasure-keeps-audit = Zeilen des Protokolls, die das Konto mit seiner Nummer nennen
erasure-keeps-audit-why = damit niemand umschreiben kann, was getan wurde
erasure-keeps-stripe = Zahlungen und Rechnungen bei Stripe
erasure-keeps-stripe-why = eigene Pflichten von Stripe; Anfragen dazu beantwortet Stripe selbst
erased-title = Deine Daten werden gelöscht
erased-signed-out = Du bist überall abgemeldet.
erased-signed-out-soon = Du bist überall abgemeldet. Der Rest dauert ein paar Minuten.
erased-then = Dann werden deine Daten gelöscht, von selbst.
copy-address = Adresse kopieren
copy-key = Schlüssel kopieren
copy-done = Kopiert
copy-by-hand = Drück Strg+C
