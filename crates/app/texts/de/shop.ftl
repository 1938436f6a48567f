# Der Shop: was es gibt, und der Weg zum Bezahlen.
home-tab = Spieleserver, die bereit sind, wenn du es bist
home-title = Bau deinen Server. Öffne die Tore.
home-lead = Miete einen Spieleserver für dich und deine Freunde. Wir bauen ihn, starten ihn und nennen ihn erst bereit, wenn wir das Spiel haben laufen sehen.
home-choose = Spiel wählen
home-from = ab <strong class="price">{ $price }</strong> im Monat
home-how = Von der Zahlung bis zum Spielen
home-step-choose = Wählen
home-step-choose-text = Ein Spiel, eine Größe, eine Region. Der Preis, den du siehst, ist der Preis, den du zahlst; am Ende kommt nichts dazu.
home-step-pay = Bezahlen
home-step-pay-text = Auf der Seite von Stripe. Solange du bezahlst, halten wir deinen Platz frei, damit ihn dir niemand wegnimmt.
home-step-rise = Zusehen
home-step-rise-text = Jeder Schritt steht mit seiner Zeit da. Von der Zahlung bis spielbereit: { $time }.
home-step-play = Spielen
home-step-play-text = Adresse kopieren, Freunde einladen, und im Panel ändern, was du willst.
home-games = Such dir eine Welt aus
home-promise = Was wir versprechen
home-promise-playable = <strong>Ein spielbarer Server oder dein Geld zurück.</strong> Wenn wir nicht liefern können, endet das Abo, und der ganze Betrag geht zurück, ohne dass du fragen musst.
home-promise-guarantee = <strong>48-Stunden-Garantie.</strong> In den ersten 48 Stunden, nachdem dein Server bereit ist, kannst du dein ganzes Geld zurückverlangen. <a href="/refund-policy">So geht das</a>
home-promise-room = <strong>Kein Verkauf ohne Platz.</strong> Speicher, Platte und Ports sind für dich reserviert, bevor du bezahlst. Was ausverkauft ist, steht als ausverkauft da.
home-promise-players = <strong>Ehrliche Spielerzahlen.</strong> Wir nennen, wie viele Spieler eine Größe wirklich trägt, und verkaufen keine, auf der ein Spiel nicht läuft.
home-promise-regions = <strong>Regionen:</strong> { $regions }. <a href="/regions">Sieh nach, was frei ist</a>

games-title = Wähle deine Welt
games-lead = Jedes Spiel läuft auf einem eigenen Server mit eigener Adresse. Wähle eines und sieh dir Größen und Preise an.
games-about = Wähle ein Spiel und eine Größe: Preise, Spielerzahlen und was dabei ist, für jedes Spiel bei uns.
games-search = Suchen
games-search-label = Spiele suchen
games-search-all = { $count } Spiele durchsuchen
games-none = Zu „{ $query }“ haben wir kein Spiel. <a href="/games">Alle Spiele zeigen</a>, oder <a href="/support">schreib uns</a>, wenn dir eines fehlt.
games-all = Alle Spiele
games-found = Spiele zu „{ $query }“
games-show-all = Alle Spiele zeigen

game-title = { $game }-Server
game-about = Über diesen Server
game-included = Dabei
game-delivery = Von der Zahlung bis spielbereit: { $time }
game-prices = Alle Preise
game-questions = Fragen
included-address = { $count ->
    [one] Eine eigene Adresse mit 1 Port
   *[other] Eine eigene Adresse mit { $count } Ports
}
included-panel = Voller Zugang zum Panel: Konsole, Dateien, Starten und Stoppen, Zeitpläne
included-backups = { $count ->
    [one] Platz für 1 Sicherung
   *[other] Platz für { $count } Sicherungen
}
included-databases = { $count ->
    [one] 1 Datenbank
   *[other] { $count } Datenbanken
}
included-watched = Gestartet und eine Minute lang beobachtet, bevor wir ihn bereit nennen; dieses Spiel lässt sich nicht von außen fragen, und das sagen wir auch
included-asked = Bereit heißt er erst, wenn das Spiel selbst von außen geantwortet hat, zweimal

size = Größe
disk = { $size } GB Platte
players = Spieler
players-range = { $range } Spieler
from-a-month = ab { $price } im Monat
not-available = gerade nicht zu haben
places-none = ausverkauft
places-last = noch { $count }
places-some = frei
places-paused = im Moment nicht zu kaufen
term-monthly = 1 Monat
term-quarterly = 3 Monate
term-semiannual = 6 Monate
term-yearly = 12 Monate
term-saving = { $percent } % sparen
per-monthly = im Monat
per-quarterly = für 3 Monate
per-semiannual = für 6 Monate
per-yearly = für 12 Monate
renews-monthly = Verlängert sich jeden Monat für { $total }, bis du kündigst.
renews-quarterly = Verlängert sich alle 3 Monate für { $total }, bis du kündigst.
renews-semiannual = Verlängert sich alle 6 Monate für { $total }, bis du kündigst.
renews-yearly = Verlängert sich alle 12 Monate für { $total }, bis du kündigst.
delivery-usual = meist 3 bis 5 Minuten
delivery-measured = typisch { $time } (Median der letzten { $count } hier ausgelieferten Server)

configurator-memory = 1. Speicher
configurator-term = 2. Wie lange du im Voraus zahlst
configurator-region = 3. Region
configurator-server = 4. Dein Server
configurator-add-ons = 5. Extras <span class="small soft">(freiwillig)</span>
configurator-recommended = Empfohlen
configurator-again = Sieh dir das bitte noch einmal an
configurator-name = Name des Servers
configurator-name-help = Spieler sehen ihn in Serverlisten. 3 bis { $most } Zeichen.
configurator-own-name = Mein { $game }-Server
configurator-read-terms = Diese Bedingungen lesen
configurator-pay = Weiter zur Zahlung
configurator-pay-text = Du bezahlst auf der Seite von Stripe. So lange halten wir deinen Platz frei. 48 Stunden lang, nachdem dein Server bereit ist, kannst du dein ganzes Geld zurückverlangen: <a href="/refund-policy">was das umfasst</a>. Mit der Zahlung nimmst du die <a href="/terms">Bedingungen</a> an.
configurator-closed = Gerade nicht zu haben
configurator-closed-text = Von diesem Spiel können wir im Moment nichts verkaufen. Schau bald wieder vorbei, oder <a href="/support">schreib uns</a>.
configurator-not-sold = Nicht im Verkauf: { $why }
configurator-size-gone = Diese Größe ist gerade nicht zu haben. Es wurde nichts abgebucht. Bitte wähle eine andere.
configurator-game-gone = Dieses Spiel ist gerade nicht zu haben. Es wurde nichts abgebucht.
configurator-choose-region = Wähle eine Region. Es wurde nichts abgebucht.
sold-out-here = { $plan } ist in { $region } ausverkauft. Es wurde nichts abgebucht. Frei ist es in: { $places }.
sold-out-everywhere = { $plan } ist in { $region } ausverkauft. Es wurde nichts abgebucht. Auch in keiner anderen Region ist Platz für diese Größe; eine kleinere passt vielleicht.
not-selling-here = Im Moment verkaufen wir in { $region } nichts. Dir wurde nichts abgebucht. Zu kaufen gibt es hier: { $places }.
not-selling-everywhere = Im Moment verkaufen wir in { $region } nichts, und auch sonst nirgends. Dir wurde nichts abgebucht. Du kannst darauf warten: Wir schreiben dir, sobald es weitergeht.
not-selling-title = Im Moment verkaufen wir keine neuen Server
not-selling-text = Server, die laufen, laufen weiter, und wer eine Bezahlseite offen hat, kann noch bezahlen. Such dir aus, was du willst, und warte darauf: Wir schreiben dir, sobald es weitergeht.
bill = Deine Bestellung
bill-today = Heute fällig
bill-nothing-added = Auf der Zahlungsseite kommt nichts dazu.
bill-update = Summe neu rechnen
bill-server = Server
bill-region = Region
bill-term = Im Voraus
bill-change = Bestellung ändern

pay-sign-in-tab = Anmelden und bezahlen
pay-sign-in = Fast geschafft
pay-sign-in-lead = Leg ein Konto an oder melde dich an, dann bezahlst du. Was du gewählt hast, bleibt.
pay-new = Neu hier
pay-new-email-help = Dorthin schicken wir einen sechsstelligen Code, damit du immer zu deinem Server zurückfindest.
pay-create = Konto anlegen und weiter
pay-known = Ich habe ein Konto
pay-enter = Anmelden und weiter
pay-forgot = Passwort vergessen?
pay-code-tab = Code eingeben
pay-code = Sieh in deine Mails
pay-code-sent = Wir haben einen sechsstelligen Code an <strong>{ $address }</strong> geschickt. Er gilt 20 Minuten.
pay-code-nothing = Nichts da? Sieh im Spam-Ordner nach. Falls du schon ein Konto hast, haben wir dir statt eines Codes einen Hinweis geschickt: Melde dich unten an.
pay-back = Zurück zur Anmeldung
pay-factor = Noch ein Schritt
pay-factor-text = Dein Passwort war richtig. Gib den Code ein, den deine App zeigt, oder einen deiner Ersatzcodes.
pay-factor-passkey = Du benutzt einen Passkey? <a href="/login/factor?next=/games">Melde dich zuerst damit an</a>, dann wähle deinen Server noch einmal.
pay-staff = Bitte melde dich zuerst an
pay-staff-text = Es wurde nichts abgebucht. Wer hier arbeitet, meldet sich zuerst auf der Anmeldeseite an, mit dem zweiten Faktor.
field-email = E-Mail-Adresse
field-password = Passwort
field-password-help = Mindestens 10 Zeichen.
field-name-optional = Name <span class="soft">(freiwillig)</span>
field-code = Code

checkout-field = Bitte prüfe deine Auswahl
checkout-field-text = { $problem } Es wurde nichts abgebucht.
checkout-not-for-sale = Dieser Tarif ist gerade nicht im Verkauf
checkout-not-for-sale-text = Es wurde nichts abgebucht. Bitte wähle eine andere Größe oder ein anderes Spiel.
checkout-sold-out = Hier ausverkauft
checkout-too-many = Einige deiner Bestellungen sind noch nicht bezahlt
checkout-too-many-text = Du hast { $count } Bestellungen, die auf Zahlung warten. Für diese wurde nichts abgebucht. Bezahle oder storniere zuerst eine davon unter „Bestellungen“.
checkout-paid = Das ist schon bezahlt
checkout-paid-text = Bestellung { $order } kam aus demselben Formular und ist bezahlt. Es wurde nicht noch einmal abgebucht.
checkout-unverified = Bitte bestätige zuerst deine E-Mail-Adresse
checkout-unverified-text = Es wurde nichts abgebucht. Registriere dich mit dieser Adresse noch einmal: Wir schicken dir einen Code, und dann kannst du bezahlen.
checkout-unavailable = Die Zahlungsseite ließ sich nicht öffnen
checkout-unavailable-text = Es wurde nichts abgebucht. Dein Platz bleibt reserviert: Versuch es in einer Minute noch einmal, oder mach unter „Bestellungen“ weiter.
checkout-elsewhere = Die Zahlungsseite ist nicht, wo sie sein sollte
checkout-elsewhere-text = Dorthin schicken wir dich nicht, und es wurde nichts abgebucht. Wer diesen Shop betreibt, weiß Bescheid; deine Bestellung wartet unter „Bestellungen“.
checkout-earlier = Deine frühere Zahlungsseite ist noch offen
checkout-earlier-text = Es wurde nichts abgebucht. Versuch es in einer Minute noch einmal, oder bezahle oder storniere die frühere unter „Bestellungen“.

pricing-lead = Ein Preis je Größe. Wer 3, 6 oder 12 Monate im Voraus zahlt, spart 5, 10 oder 20 %. Keine Einrichtungsgebühr.
pricing-about = Alle Preise aller Spieleserver für 1, 3, 6 und 12 Monate. Keine Einrichtungsgebühr, am Ende kommt nichts dazu.
pricing-nothing = Im Moment können wir nichts verkaufen. Schau bald wieder vorbei; die <a href="/status">Statusseite</a> sagt mehr.
add-ons = Extras
add-ons-one = Extra
add-ons-changes = Was es ändert
add-ons-term = Extras zahlst du für dieselbe Zeit wie den Server, mit demselben Nachlass.

regions-lead = Wähle die Region, die den meisten deiner Spieler am nächsten ist. Du siehst, was in diesem Moment frei ist; dein Platz ist reserviert, sobald du zur Zahlung gehst.
regions-about = Wo unsere Spieleserver stehen, und was dort gerade frei ist.
regions-table = Freie Plätze nach Größe und Region
regions-exact = Manche Spiele brauchen mehr Platte als andere derselben Größe; genau ist die Seite des Spiels.

status-about = Ob der Shop gerade verkaufen und liefern kann.
status-well = Alles in Ordnung
status-unwell = Etwas ist nicht, wie es sein sollte
status-as-of = Stand { $date }.
status-own = Ist dein eigener Server in Schwierigkeiten? Seine Seite unter <a href="/servers">Server</a> sagt, was zuletzt von ihm zu sehen war.
status-share = { $whole },{ $part } % in { $days ->
    [one] einem Tag
   *[other] { $days } Tagen
}
status-share-unknown = Noch hat niemand nachgesehen
status-bars-label = Die letzten { $days } Tage: { $good } ohne Störung, { $bad } mit Störung, { $unknown }, an denen niemand nachsah.
status-days-ago = Vor 90 Tagen
status-today = Heute
status-trouble = Tage mit Störungen
status-trouble-day = { $day }: { $time }
status-past = Vergangene Störungen
status-past-none = Keine in den letzten 90 Tagen.
status-incident-since = Seit { $from }
status-incident-span = { $from } bis { $to }
status-programs = Dasselbe für Programme: <a href="/status.json">status.json</a> und <a href="/api/public/provisioning-stats">provisioning-stats</a>.
status-payments = Zahlungen
status-payments-well = in Ordnung
status-payments-well-text = Stripe antwortet.
status-payments-bad = gestört
status-payments-bad-text = Stripe antwortet nicht, wie es sollte. Geleistete Zahlungen gehen nicht verloren; neue sind vielleicht nicht möglich.
status-region-well = läuft
status-region-well-text = Maschinen hier nehmen neue Server an.
status-region-bad = gestört
status-region-bad-text = Im Moment nimmt hier keine Maschine neue Server an. Server, die du hast, können betroffen sein, müssen aber nicht.
status-delivery-well = pünktlich
status-delivery-bad = gestört
status-delivery-bad-text = Mehrere Server konnten nicht geliefert werden, oder Auslieferungen stehen still. Was du bezahlst, wird geliefert, oder dein Geld kommt von selbst zurück. Gewöhnlich: { $time }.
status-delivery = Auslieferung
status-delivery-text = Von der Zahlung bis spielbereit: { $time }.
status-shop-paused = Pause
status-shop-paused-text = Im Moment nehmen wir keine Bestellungen an, und niemandem wird eine abgebucht. Server, die du hast, sind nicht betroffen.
status-shop-closed = geschlossen
status-shop-closed-text = Im Moment können wir nichts verkaufen. Server, die du hast, sind nicht betroffen.
status-shop-open = offen
status-shop-open-text = { $count ->
    [one] 1 Tarif ist zu haben.
   *[other] { $count } Tarife sind zu haben.
}
status-panel = Panel und Maschinen
status-panel-answers = antwortet
status-panel-answers-text = Zuletzt vollständig gelesen: { $ago }.
status-panel-silent = schweigt
status-panel-silent-text = Zuletzt vollständig gelesen: { $ago }. Neue Server können länger dauern; deine Zahlung ist so lange sicher.
status-panel-unread = noch nicht gelesen
status-panel-unread-text = Die Maschinen wurden noch nicht gelesen, seit der Shop eingerichtet ist.

choose-term = Wähle, für wie lange du bezahlst.
choose-region = Wähle eine Region.
choose-incomplete = Das Formular ist unvollständig. Öffne die Seite des Tarifs noch einmal.
choose-consent = Bevor wir dieses Spiel betreiben können, brauchen wir deine Zustimmung: { $consent }
choose-add-on = Eines der Extras ist nicht im Verkauf.
choose-name-short = Gib dem Server einen Namen mit 3 bis { $most } Zeichen.
choose-name-long = Der Name des Servers hat { $count } Zeichen; höchstens { $most } sind möglich.
choose-name-odd = Im Namen des Servers darf kein < > " ' ` \ {"{"} {"}"} $ ; und kein Komma stehen.

waiting-title = Warteliste
waiting-lead = Wir schreiben dir, sobald Platz für das ist, was du willst: der Reihe nach, und nicht mehr Leuten, als Plätze frei sind.
waiting-empty = Du wartest auf nichts. Wo eine Größe ausverkauft ist, hat die Seite des Spiels einen Knopf dafür: <a href="/games">alle Spiele</a>.
waiting-since = Du wartest seit { $date }.
waiting-told = Es war Platz, und wir haben dir geschrieben: { $date }.
waiting-buy = Wählen
waiting-leave = Von der Liste nehmen
waiting-join = Sag mir, wenn Platz ist
waiting-join-text = Ausverkauft, wo du es willst? Wir schreiben dir, sobald ein Platz frei ist.
waiting-nothing = Darauf kann man nicht warten
waiting-nothing-text = Wähle auf der Seite des Spiels eine Größe und eine Region, und drück dort den Knopf.
