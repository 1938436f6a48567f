# Seiten, die vor allem Text sind: Fragen, Support und die Regeln.
faq-title = Fragen und Antworten
faq-before = Vor dem Kauf
faq-how-long = Wie lange dauert es, bis ich spielen kann?
faq-how-long-answer = Von der Zahlung bis spielbereit: { $time }. Spiele mit großen Downloads wie Counter-Strike 2 oder ARK brauchen bei der ersten Installation länger. Die Seite deiner Bestellung zeigt jeden Schritt, während er geschieht.
faq-undelivered = Was ist, wenn mein Server nicht geliefert werden kann?
faq-undelivered-answer = Dann wird nichts mehr abgebucht, und der ganze Betrag geht auf die Karte zurück, mit der du bezahlt hast. Das geschieht von selbst, und du bekommst eine Mail darüber.
faq-players = Wie viele Spieler passen drauf?
faq-players-answer = Jede Größe nennt den Bereich, für den sie gedacht ist. Mods, große Welten und viele Farmen brauchen mehr; wenn du zwischen zwei Größen bist, nimm die größere.
faq-methods = Wie kann ich bezahlen?
faq-methods-answer = Du bezahlst auf einer Seite von Stripe, mit den Zahlungsarten, die sie dir dort anbietet. Deine Kartennummer sehen wir nie.
faq-held = Wie lange bleibt mein Platz frei?
faq-held-answer = { $minutes } Minuten, solange die Zahlungsseite offen ist. Wenn du sie verlässt, wird nichts abgebucht.
faq-after = Nach dem Kauf
faq-join = Wie komme ich auf meinen Server?
faq-join-answer = Kopiere die Adresse unter <a href="/servers">Server</a> und gib sie in der Serverliste des Spiels ein oder dort, wo man sich direkt verbindet.
faq-panel = Wie komme ich ins Panel?
faq-panel-answer = Öffne <a href="{ $panel }" rel="noopener external">{ $panel }</a>. Dein Zugang dort entsteht mit deiner ersten Bestellung, unter derselben E-Mail-Adresse. Setz einmal unter <a href="/account/panel">deinem Konto</a> ein eigenes Passwort. Konsole, Dateien, Sicherungen und Zeitpläne stehen auch hier auf der Seite deines Servers.
faq-unverified = Was heißt „läuft, ungeprüft“?
faq-unverified-answer = Einige Spiele lassen sich von außen nicht fragen, ob sie Spieler annehmen. Bei ihnen sehen wir zu, ob der Server eine Minute ohne Neustart läuft, und sagen, dass wir nicht fragen konnten.
faq-cancel = Kann ich stornieren, bevor der Server bereit ist?
faq-cancel-answer = Ja, auf der Seite der Bestellung. Was bis dahin entstanden ist, wird entfernt, und der ganze Betrag geht zurück.
faq-money = Geld
faq-renews = Verlängert es sich von selbst?
faq-renews-answer = Ja, zum selben Preis und für dieselbe Zeit, bis du kündigst. Nach der Kündigung läuft der Server bis zum Ende der bezahlten Zeit.
faq-refund = Kann ich mein Geld zurückbekommen?
faq-refund-answer = Innerhalb von 48 Stunden, nachdem dein Server bereit ist, kannst du alles zurückverlangen. Die Seite <a href="/refund-policy">Geld zurück</a> sagt, was das umfasst.
faq-missing = Fehlt etwas? <a href="/support">Schreib uns</a>.

support-lead = Hier antworten Menschen, in der Regel innerhalb von 24 Stunden an Werktagen.
support-write = Schreib uns
support-promise = Die erste Antwort kommt innerhalb von 24 Stunden; Samstage und Sonntage zählen nicht mit.
support-mail = Oder per Mail:
support-name-it = Bitte nenne deine Bestellung oder deinen Server; auf der Seite steht eine Nummer, die mit <code>ord_</code> oder <code>svc_</code> beginnt. Schick nie ein Passwort.
support-waiting = Ich habe bezahlt und warte auf meinen Server
support-waiting-text = Von der Zahlung bis spielbereit: { $time }. Die <a href="/orders">Seite deiner Bestellung</a> zeigt live, welcher Schritt gerade läuft. Wenn einer hängt, erfahren wir es, bevor du schreiben musst, und wenn der Server nicht geliefert werden kann, geht dein Geld ganz zurück.
support-panel = So kommst du ins Panel
support-panel-open = Öffne <a href="{ $panel }" rel="noopener external">{ $panel }</a>.
support-panel-password = Setz <a href="/account/panel">hier</a> ein Passwort dafür, oder wähle dort <a href="{ $panel }/auth/password" rel="noopener external">„Passwort vergessen“</a> und gib die E-Mail-Adresse ein, die du hier benutzt. Dein Name dort steht auf der Seite deines Servers.
support-panel-mail = Melde dich dort mit diesem Namen an. Konsole, Dateien, Sicherungen und Zeitpläne sind alle dort.
support-join = Spieler kommen nicht drauf
support-join-address = Vergleiche die Adresse mit der unter <a href="/servers">Server</a>, samt Port.
support-join-state = Sieh dir dort den Zustand an: Ein gestoppter Server muss gestartet werden, mit dem Knopf auf seiner Seite.
support-join-mods = Wenn du Mods oder Einstellungen geändert hast, lies die Konsole: Die letzten Zeilen nennen meist die Ursache.
support-everywhere = Überall ist etwas kaputt
support-everywhere-text = Die <a href="/status">Statusseite</a> sagt, ob der Shop und die Maschinen antworten.

refunds-undelivered = Wenn wir nicht liefern können
refunds-undelivered-text = Wenn dein Server nicht bereit werden kann, endet zuerst das Abo, damit nichts mehr abgebucht wird, und dann geht der ganze Betrag zurück. Du musst nicht fragen. Die Seite der Bestellung zeigt beide Schritte.
refunds-guarantee = Die 48-Stunden-Garantie
refunds-guarantee-text = Innerhalb von 48 Stunden kannst du dein ganzes Geld zurückverlangen. Die Zeit beginnt, wenn dein Server zum ersten Mal spielbereit war; solange er das nie war, läuft sie nicht. Schreib an <a href="mailto:{ $address }">{ $address }</a> und nenne die Bestellung; ein Mensch sieht sie sich an und antwortet innerhalb von 24 Stunden; Samstage und Sonntage zählen nicht mit.
refunds-not-covered = Was sie nicht umfasst
refunds-not-late = Anfragen nach den 48 Stunden,
refunds-not-mods = Schwierigkeiten durch fremde Mods oder Plug-ins, durch eigene Änderungen an Dateien und Einstellungen oder durch Fehler des Spiels selbst,
refunds-not-maintenance = angekündigte Wartung,
refunds-not-suspended = Server, die gesperrt wurden, weil gegen die <a href="/terms">Bedingungen</a> verstoßen wurde,
refunds-not-mind = bloß anders überlegt, wenn der Server getan hat, was versprochen war.
refunds-how = Wie das Geld zurückkommt
refunds-how-text = Über Stripe auf die Karte, mit der bezahlt wurde. Banken brauchen 5 bis 10 Werktage, bis man es sieht.
refunds-cancelling = Kündigen
refunds-cancelling-text = Du kannst jederzeit kündigen. Der Server läuft bis zum Ende der bezahlten Zeit; was davon übrig ist, wird nicht ausgezahlt. Seine Daten bleiben nach dem Ende { $days } Tage, und wir nennen dir den Tag noch einmal, bevor etwas gelöscht wird.

terms-version = Fassung 1. Diese Bedingungen gelten zwischen dir und { $shop }.
terms-rent = Was du mietest
terms-rent-text = Einen Spieleserver in der Größe, Region und Zeit, die du gewählt hast, mit dem Speicher, dem CPU-Anteil, der Platte und den Ports, die seine Seite nennt. Der Server und seine Dateien gehören in dieser Zeit dir.
terms-paying = Bezahlen
terms-paying-text = Du zahlst eine Laufzeit im Voraus. Sie verlängert sich zu dem Preis, den du bezahlt hast, bis du kündigst. Der Preis einer laufenden Zeit ändert sich nicht. Wenn eine Verlängerung nicht abgebucht werden kann, sagen wir es dir und lassen den Server noch { $grace } Tage laufen, bevor er gesperrt wird. Ein gesperrter Server lässt sich nicht starten; seine Daten bleiben mindestens { $kept } Tage, und wir nennen dir den Tag noch einmal mindestens 48 Stunden, bevor etwas gelöscht wird. Sobald du bezahlst, kommt er zurück. Holt deine Bank eine Zahlung zurück, wird der Server sofort gesperrt.
terms-delivery = Lieferung und Geld zurück
terms-delivery-text = Entweder der Server wird spielbereit, oder du bekommst dein Geld zurück. Die Seite <a href="/refund-policy">Geld zurück</a> gehört zu diesen Bedingungen.
terms-availability = Verfügbarkeit
terms-availability-text = Wir streben 99,5 % jedes Monats an. Darunter kannst du innerhalb von 30 Tagen eine Gutschrift auf den Monatspreis verlangen: 10 %, unter 99 % sind es 25 %, unter 95 % sind es 50 %. Angekündigte Wartung zählt nicht.
terms-must-not = Was du nicht darfst
terms-must-not-attack = andere Systeme angreifen, Spam verschicken, Kryptogeld schürfen oder etwas anderes laufen lassen als das Spiel und sein Zubehör,
terms-must-not-offer = anbieten, was gegen Gesetze oder die Regeln des Spieleherstellers verstößt,
terms-must-not-share = deinen Zugang weitergeben oder versuchen, an das zu kommen, was anderen gehört.
terms-must-not-follows = Wer das tut, wird gesperrt; was dann gilt, sagt die Seite über das Geld zurück.
terms-others = Spiele anderer
terms-others-text = Zu jedem Spiel gehören Bedingungen seines Herstellers. Wo sie deine Zustimmung brauchen, fragen wir vor der Zahlung danach. Namen und Marken von Spielen gehören ihren Inhabern; { $shop } ist nicht mit ihnen verbunden.
terms-data = Deine Daten
terms-data-text = Was wir speichern und warum, steht auf der Seite <a href="/privacy">Datenschutz</a>. Behalte Kopien von dem, was dir wichtig ist; Sicherungen im Panel helfen, sind aber keine Versicherung.
terms-contact = Kontakt

privacy-version = Fassung 1.
privacy-stored = Was wir speichern
privacy-table = Was gespeichert wird
privacy-what = Was
privacy-why = Wozu
privacy-account = E-Mail-Adresse, Name, Prüfwert deines Passworts
privacy-account-why = Dein Konto. Das Passwort selbst wird nicht gespeichert.
privacy-sign-ins = Anmeldungen: Zeit, die Internetadresse, von der sie kamen, und wie dein Browser sich nennt
privacy-sign-ins-why = Damit man Anmeldungen sehen und beenden kann.
privacy-orders = Bestellungen, Zahlungen und Rückzahlungen, mit dem, dem du zugestimmt hast
privacy-orders-why = Der Vertrag und die Buchhaltung.
privacy-servers = Zustand deiner Server: ob sie laufen, Spieler, Speicher, CPU
privacy-servers-why = Um ihn dir zu zeigen und Schwierigkeiten zu bemerken.
privacy-tickets = Was du uns in Tickets fragst und was wir antworten
privacy-tickets-why = Um dir zu helfen und nachzusehen, wenn du wieder fragst. Zwei Jahre nach dem Schließen werden sie entfernt.
privacy-inputs = Was ein Spiel von dir braucht, etwa ein Login-Token
privacy-inputs-why = Es wird auf deinem Server eingetragen.
privacy-others = Wer sonst etwas sieht
privacy-others-text = Stripe nimmt deine Zahlung an und sieht deine Karte, wir nicht. Das Panel hat deine E-Mail-Adresse und deinen Namen, für deinen Zugang dort. Mails laufen über unseren Mailserver. Sonst bekommt niemand etwas, und verkauft wird nichts.
privacy-cookies = Cookies
privacy-cookies-text = Eines hält dich angemeldet, eines sagt, dass dein Browser für dein Konto kein Fremder ist, eines merkt sich die Sprache, die du gewählt hast. Diese Seiten laden nichts von anderen und zählen niemanden.
privacy-how-long = Wie lange
privacy-how-long-text = Dateien eines Servers bleiben nach seinem Ende { $days } Tage, außer du bittest um Löschung. Anmeldungen werden 30 Tage nach ihrem Ende entfernt, Codes nach 7 Tagen, nie bestätigte Konten nach 7 Tagen. Rechnungen und Zahlungen bleiben, solange das Gesetz es will.
privacy-rights = Deine Rechte
privacy-rights-text = Du kannst fragen, was über dich gespeichert ist, es berichtigen, kopieren oder löschen lassen. <a href="/account/data">Deine Daten</a> hat eine Kopie zum Herunterladen und das Formular für die Löschung. Für alles andere schreib an <a href="mailto:{ $address }">{ $address }</a>.

about-title = Über { $shop }
about-lead = Wir vermieten Spieleserver und halten ein Versprechen: Jede Zahlung endet in einem spielbaren Server, oder du bekommst dein Geld zurück.
about-why = Warum wir es so machen
about-why-text = Zu oft bezahlt man für einen Server und bekommt eine Mail mit „bereit“, während nichts antwortet. Wir wollten einen Shop, der das Spiel selbst fragt, bevor er das sagt, der ehrlich bleibt, wenn etwas kaputt ist, und der Geld zurückgibt, ohne dass man fragen muss.
about-how = Wie wir arbeiten
about-how-room = Wir verkaufen nur, wofür Platz ist: Speicher, Platte und Ports sind für dich reserviert, bevor du bezahlst.
about-how-asked = Wir fragen das Spiel von außen, zweimal, bevor wir einen Server bereit nennen. Einige Spiele lassen sich nicht fragen: Denen sehen wir eine Minute zu, und sagen es.
about-how-told = Du siehst jeden Schritt mit seiner Zeit, und wir auch. Wenn einer hängt, erfährt es ein Mensch, bevor du schreiben musst.
about-how-back = Was wir nicht liefern können, wird von selbst zurückgezahlt. <a href="/refund-policy">So kommt das Geld zurück</a>
about-name = Über die Burg
about-name-text = Ein Server ist ein kleines Reich für sich: Mauern, Tore, und wen du einlässt. Wir halten die Mauern; das Reich gehört dir.

sla-title = Verfügbarkeit
sla-lead = Wir streben 99,5 % jedes Monats an. Darunter kannst du eine Gutschrift auf den Monatspreis verlangen.
sla-credits = Gutschriften nach Verfügbarkeit
sla-month = Verfügbarkeit im Monat
sla-down = Das ist ein Stillstand von
sla-credit = Gutschrift
sla-first = unter 99,5 %
sla-first-down = mehr als 3 Stunden 36 Minuten
sla-second = unter 99 %
sla-second-down = mehr als 7 Stunden 12 Minuten
sla-third = unter 95 %
sla-third-down = mehr als 36 Stunden
sla-what = Was zählt
sla-what-text = Ein Server gilt als verfügbar, solange seine Maschine und ihr Netz antworten. Was das Spiel selbst oder seine Mods tun, und ein Server, den du gestoppt hast, zählt nicht gegen uns.
sla-how = Wie du sie verlangst
sla-how-text = Schreib innerhalb von 30 Tagen an <a href="mailto:{ $address }">{ $address }</a> und nenne den Server und die Zeit. Eine Gutschrift senkt eine spätere Rechnung und ist nie mehr als ein Monatspreis.
sla-not = Was nicht zählt
sla-not-text = Wartung, die wir mindestens 48 Stunden vorher angekündigt haben, Angriffe auf deinen eigenen Server, und was außerhalb unseres Netzes liegt.
