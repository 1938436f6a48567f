# Die Seite der Betreiber.
console-who = Angemeldet als <strong>{ $name }</strong>, Rolle <span class="badge">{ $role }</span>.
console-may = Damit darfst du:
console-alerts = Offene Alarme: { $critical } dringend, { $warnings } zum Ansehen; davon { $new } noch niemandes
console-no-alerts = Kein offener Alarm
console-letters = Briefe
console-styleguide = Gestaltung
console-staff = Team und Einladungen
console-security = Deine eigene Anmeldung
permission-see-business = Bestellungen, Server, Kapazität und Alarme ansehen
permission-see-customers = Kunden ansehen
permission-help-customers = Kunden antworten, Notizen schreiben, Mails noch einmal schicken
permission-mend-orders = hängende Bestellungen wieder in Gang bringen
permission-run-servers = Server sperren, freigeben und beenden, Maschinen leeren
permission-move-money = Geld zurückzahlen und Abos beenden
permission-manage-sales = den Verkauf anhalten
permission-read-audit = lesen, wer was getan hat
permission-manage-staff = Leute einladen, Rollen ändern, Zugänge beenden; zweite Faktoren von Kunden entfernen
permission-manage-secrets = Schlüssel und Geheimnisse ersetzen
freeze-servers_missing = Im Panel fehlen viel zu viele Server auf einmal. Bis sie wieder da sind, werden Server weder angelegt noch entfernt.
freeze-wrong_clock = Die Uhr dieser Maschine weicht um mehr als zehn Sekunden von der von Stripe ab. Bis sie stimmt, nimmt der Shop keine Bestellungen an und ändert draußen nichts: Sieh nach der Zeitsynchronisation der Maschine.
freeze-restored = Dieser Shop wurde aus einer Sicherung wiederhergestellt. Bis `givr restore confirm` nimmt er keine Bestellungen an und ändert draußen nichts.
freeze-moved = Diese Datenbank ist vielleicht eine Kopie: Sie ist nicht dort, wo sie zuletzt war. Bis `givr restore confirm` nimmt der Shop keine Bestellungen an und ändert draußen nichts.
freeze-superseded = Nach einer Wiederherstellung hat ein anderer Prozess diese Installation übernommen. Dieser hier nimmt keine Bestellungen an und ändert draußen nichts: Starte ihn neu.

# Wer hier arbeitet.
staff-title = Team
staff-members = Wer hier arbeitet
staff-role-of = Rolle von { $name }
staff-change = Ändern
staff-change-whose = Rolle von { $name } ändern
staff-end = Zugang beenden
staff-end-whose = Zugang von { $name } beenden
staff-hint = Eine Änderung meldet die Person überall ab. Ihr Konto als Kunde bleibt.
staff-invited = Eingeladen, noch nicht da
staff-invited-until = gilt bis zum { $date }
staff-take-back = Zurücknehmen
staff-take-back-whose = Einladung an { $email } zurücknehmen
staff-invite = Jemanden einladen
staff-role = Rolle
staff-invite-button = Einladen
staff-invite-done = { $email } ist eingeladen: Der Link ist per Mail unterwegs und gilt drei Tage.
staff-problem-email = Schreib die Adresse in der Form name@example.net.
staff-problem-role = Wähle eine Rolle, die du vergeben darfst: Sie kann nicht mehr als deine.
staff-problem-mail = Die Mail konnte nicht verschickt werden, deshalb ist niemand eingeladen. Versuch es wieder, wenn Mail funktioniert.
staff-problem-works-here = Diese Person arbeitet schon hier. Ändere ihre Rolle in der Liste.
staff-problem-invited-to-more = Diese Person ist zu einer Rolle eingeladen, die du nicht vergeben darfst. Lass diese Einladung bestehen.
staff-problem-not-yours = Diese Person darfst du nicht ändern: dich selbst, oder jemanden, der mehr darf als du.
staff-problem-last-owner = Das ist der letzte Inhaber. Mach zuerst jemand anderen zum Inhaber.
invitation-title = Du bist eingeladen
invitation-what = Bei { $shop } mitzuarbeiten, als <strong>{ $role }</strong>.
invitation-password = Mindestens { $count } Zeichen; ein paar Wörter hintereinander kann man sich gut merken. Wenn es für diese Adresse hier schon ein Konto gibt, bekommt es dieses Passwort.
invitation-button = Annehmen
invitation-next = Danach richtest du einen zweiten Faktor ein.

# Was jemand wissen muss.
alerts-title = Alarme
alerts-which = Welche Alarme
alerts-show-open = Offen
alerts-show-new = Noch niemandes
alerts-show-all = Alle
alerts-none = Hier gibt es nichts zu befürchten.
alerts-channels = Wer davon erfährt
alerts-told = Jeder Alarm geht an alle diese; was niemand übernimmt, wird noch einmal gesagt.
alerts-no-channel = Niemand: Kein Weg ist eingestellt. Alarme warten nur auf dieser Seite. Setze alerts.mail in den Einstellungen.
alerts-try = Allen eine Probe schicken
alerts-tried = Die Probe
alerts-tried-good = angenommen
alerts-tried-bad = nicht angenommen
alert-times = { $count ->
    [one] einmal gesehen
   *[other] { $count }-mal gesehen
}
alert-severity-critical = Dringend
alert-severity-warning = Warnung
alert-state-new = Noch niemandes
alert-state-mine = Übernommen
alert-state-over = Vorbei
alert-what = Was geschehen ist
alert-about = Worum es geht
alert-since = Seit
alert-seen = Zuletzt gesehen
alert-mine = Übernommen von
alert-over = Vorbei seit
alert-runbook = Was zu tun ist
alert-told = Wer davon weiß
alert-told-nobody = Noch niemand.
alert-told-opened = Dass es begann
alert-told-again = Dass es niemand übernommen hat
alert-told-cleared = Dass es vorbei ist
alert-told-withdrawn = nicht mehr nötig
alert-told-waits = wartet bis { $date }
alert-ack = Übernehmen
alert-ack-means = Die anderen sehen, dass du dich kümmerst, und niemand wird noch einmal gerufen.
alert-ack-button = Ich kümmere mich
alert-resolve = Es ist vorbei
alert-resolve-means = Für das, was nicht von selbst endet. Eine Ursache, die immer wieder geprüft wird, bringt ihn zurück; dein Grund steht im Protokoll.
alert-reason = Was getan wurde
alert-resolve-button = Für beendet erklären

# Wohin man in der Konsole geht, und wie man etwas findet.
nav-overview = Überblick
find-label = Suchen: E-Mail, Kennung von Stripe oder Panel, IP:Port
find-short = Suchen (Strg K)
find-button = Suchen
find-title = Suchen
find-how = Eine E-Mail-Adresse, eine Kennung von uns (ord_, svc_, acc_, alr_, tkt_) oder von Stripe (cs_, sub_, pi_, re_, evt_), Nummer oder Name eines Servers im Panel, oder eine Adresse mit Port.
find-nothing = Nichts heißt „{ $text }“.
find-order = Bestellung
find-alert = Alarm
find-event = Ereignis
find-customer = Kunde
find-ticket = Ticket

# Bestellungen, wie sie sieht, wer sich um den Shop kümmert.
orders-title = Bestellungen
orders-which = Bestellungen nach Stand
orders-empty = Keine solche Bestellung.
orders-state-all = Alle
orders-state-reserved = Begonnen
orders-state-checkout-open = Auf der Zahlungsseite
orders-state-settling = Geld unterwegs
orders-state-paid = Bezahlt, in Arbeit
orders-state-fulfilled = Übergeben
orders-state-refund-due = Geld geht zurück
orders-state-refunded = Zurückgezahlt
orders-state-expired = Nicht bezahlt
order-facts = Fakten
customer-act-done = Erledigt: { $act }.
order-act-done = Erledigt: { $act }. Was daraus folgt, geschieht jetzt und steht hier, sobald es geschehen ist.
order-nothing = Keine.
order-retry = Jetzt weitermachen
order-retry-means = Versucht sofort, was sonst später versucht würde, auch wo es auf einen Menschen wartet.

# Knoten.
nodes-title = Knoten
nodes-lead = Was von jedem Knoten verkauft ist; was ohne uns dort steht, zählt als verkauft.
nodes-read = Das Panel wurde zuletzt { $when } gelesen.
nodes-none = Das Panel hat noch keinen Knoten gezeigt.
nodes-memory = Arbeitsspeicher
nodes-disk = Platte
nodes-ports = Ports
nodes-sold = { $sold } von { $all } GiB verkauft
nodes-free-ports = { $free } von { $all } frei
nodes-forecast = { $days ->
    [0] Sein Arbeitsspeicher ist heute ausverkauft, wenn es weitergeht wie in den letzten zwei Wochen.
    [one] Sein Arbeitsspeicher ist in einem Tag ausverkauft, wenn es weitergeht wie in den letzten zwei Wochen.
   *[other] Sein Arbeitsspeicher ist in { $days } Tagen ausverkauft, wenn es weitergeht wie in den letzten zwei Wochen.
 }
nodes-open = Nimmt Server auf
nodes-shut = Nimmt keine Server auf

# Ereignisse von Stripe.
events-title = Ereignisse
events-lead = Was Stripe uns gesagt hat: was noch anzuwenden ist, und was sich jemand ansehen muss. Ein Ereignis mit bekannter Kennung findet das Feld oben.
events-which = Welche Ereignisse
events-show-waiting = Wartend
events-show-kept = Für einen Menschen aufgehoben
events-none = Hier ist nichts.
event-object = Worum es geht
event-source = Gekommen durch
event-created = Von Stripe gemacht
event-received = Empfangen
event-tries = Versuche
event-outcome = Ergebnis
event-waits = wartet
event-problem = Letztes Problem
event-body = Was es sagt
event-body-gone = Sein Text ist nicht mehr da: Die Frist ist um.
event-body-hidden = Darin stehen Namen von Kunden; deine Rolle sieht sie nicht.
event-replay = Noch einmal anwenden
event-replay-means = Was es sagt, wird bei Stripe neu gelesen; was schon bekannt ist, ändert nichts.

# Wer was getan hat.
audit-title = Protokoll
audit-subject = Nur, was mit dieser Kennung geschah
audit-narrow = Zeigen
audit-none = Nichts ist geschehen.

# Wie es dem Shop geht.
overview-now = Jetzt
overview-panel = Das Panel wurde gelesen
overview-never = noch nie
overview-nothing-waits = nichts überfällig
overview-queue-operations = Arbeiten an Servern, fällig
overview-queue-events = Ereignisse von Stripe, fällig
overview-queue-refunds = Rückzahlungen, fällig
overview-queue-outbox = Post, fällig
overview-waiting = Bezahlt und noch nicht spielbar
overview-figures = Zahlen
overview-span = In
overview-span-1 = der letzten Stunde
overview-span-24 = dem letzten Tag
overview-span-168 = der letzten Woche
overview-paid = Bezahlt
overview-delivered = Übergeben
overview-share = Erfolg
overview-p50 = Die Hälfte in
overview-p95 = 95 % in
overview-failed = Gescheitert
overview-refunded = Rückzahlungen
overview-ended = Beendet
overview-income = Ein Monat bringt { $money }, aus { $count ->
    [one] einem Server
   *[other] { $count } Servern
}.
overview-games = Von der Zahlung bis spielbar, letzte Woche
overview-game = Spiel

# Ob alles da ist, was der Laden braucht, und richtig eingestellt.
doctor-title = Untersuchung
doctor-lead = Ob alles da ist, was der Laden braucht, richtig eingestellt ist und zusammenpasst: Datenbank, Stripe, Panel, Mail, Adresse.
doctor-never = Es wurde noch nichts untersucht.
doctor-verdict = { $count ->
    [0] Nichts war falsch
    [one] Eines war falsch
   *[other] { $count } Dinge waren falsch
 }, als { $when } untersucht wurde.
doctor-examine = Jetzt untersuchen
doctor-takes = Fragt Stripe, das Panel und den Mailserver; dauert einige Sekunden und ändert nichts.
doctor-good = Gut
doctor-note = Wissenswert
doctor-wrong = Falsch
doctor-command = Auf der Maschine sagt givr doctor dasselbe, auch wenn der Laden steht; givr doctor --fix behebt, was sich gefahrlos beheben lässt.

# Listen der Konsole.
list-pick = { $name } ankreuzen
list-acts = Mit den angekreuzten
list-acts-all = Mit allen einer Region oder eines Knotens:
list-export = Alles als Tabelle mitnehmen (CSV)
services-title = Server
services-which = Welche Server
services-show-live = Laufende
services-show-suspended = Gesperrte
services-show-overdue = Überfällige
services-show-missing = Fehlende
services-show-gone = Beendete
services-show-all = Alle
services-empty = Davon gibt es keine.
customers-title = Kunden
customers-lead = Das Feld oben findet die Bestellungen eines Postfachs.
customers-empty = Es hat sich noch niemand angemeldet.
customers-unproven = Adresse nicht bestätigt
customer-title = Kunde
customer-since = Seit
customer-proven = Adresse bestätigt
customer-language = Sprache
customer-stripe = Bei Stripe
customer-factors = Zweiter Faktor
customer-factors-none = keiner
customer-factors-are = { $app ->
    [0] { $passkeys ->
        [one] ein Passkey
       *[other] { $passkeys } Passkeys
    }
   *[other] { $passkeys ->
        [0] eine App für Codes
        [one] eine App für Codes, ein Passkey
       *[other] eine App für Codes, { $passkeys } Passkeys
    }
}
customer-panel = Am Panel
customer-notes = Notizen
customer-no-notes = Niemand hat etwas aufgeschrieben.
customer-note = Etwas aufschreiben
customer-note-means = Das Personal sieht es, der Kunde nicht; es wird mit dem Kunden gelöscht.
customer-note-add = Aufschreiben
customer-note-long = Eine Notiz hat höchstens { $most } Zeichen.
customer-services = Server
customer-orders = Bestellungen
customer-tickets = Anfragen
customer-mails = Mail
outbox-title = Mail
outbox-lead = Was der Laden schreibt. Was in einer Nachricht steht, wird nicht gezeigt: darin sind Codes und Links.
outbox-which = Welche Nachrichten
outbox-show-waiting = Wartende
outbox-show-all = Alle
outbox-empty = Nichts wartet.
outbox-sent = Gesendet
outbox-withdrawn = Zurückgezogen
outbox-stuck = Hängt
outbox-waits = Wartet
outbox-tries = { $count ->
    [one] einmal versucht
   *[other] { $count }-mal versucht
 }
catalogue-title = Katalog
catalogue-lead = { $sold } von { $all } Plänen sind zu kaufen; { $wrong ->
    [0] keiner fehlt, der zu kaufen sein sollte.
    [one] einer ist nicht zu kaufen, der es sein sollte.
   *[other] { $wrong } sind nicht zu kaufen, die es sein sollten.
 }
catalogue-which = Welche Pläne
catalogue-show-wrong = Zu beheben
catalogue-show-off = Absichtlich nicht zu kaufen
catalogue-show-all = Alle
catalogue-empty = Davon gibt es keine.
catalogue-sold = Zu kaufen
catalogue-wrong = Kann nicht verkauft werden
catalogue-off = Nicht zu kaufen
settings-title = Einstellungen
settings-lead = Wie sie gelten, aus der Datei und aus Variablen. Von Geheimnissen steht hier ein Fingerabdruck: derselbe auf zwei Maschinen heißt dasselbe Geheimnis.

# Eigene Käufe des Ladens.
overview-smoke = Eigener Kauf von { $plan }
overview-smoke-never = noch nicht
overview-smoke-good = spielbar, { $when }
overview-smoke-bad = gescheitert bei { $step }, { $when }
view-title = Den Shop wie dieser Kunde sehen
view-begin = Ansehen
view-shown = { $minutes } Minuten lang siehst du die Server, Bestellungen und Tickets dieses Kunden so wie er.
view-closed = Ändern lässt sich währenddessen nichts, und was etwas öffnet, wird nicht gezeigt: keine Dateien, Konsolen, Datenbanken, Anmeldungen oder Bezahlseiten. Die Konsole ist zu, bis du die Ansicht beendest.
view-told = Anfang und Ende stehen im Audit-Log, mit deinem Grund. Der Kunde sieht auf seiner Sicherheitsseite, wann es war.
view-banner = Du siehst den Shop wie <strong>{ $name }</strong>, längstens bis { $until }. Ändern lässt sich nichts.
view-end = Ansicht beenden
view-no-panel = Wie der Kunde das Panel erreicht, zeigt eine Ansicht nicht.
