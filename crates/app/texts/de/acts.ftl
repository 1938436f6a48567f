# Was die von Hand tun, die sich um den Shop kümmern: auf den Seiten der Konsole, und gesagt von der Befehlszeile.
act-happens = Was geschieht
act-nothing = Es bleibt, wie es ist
act-foresee = Zeigen, was geschehen wird
act-reason = Warum
act-reason-help = Für alle, die später nachsehen; es steht im Protokoll. Kunden lesen es nicht.
act-back = Zurück
act-days = Tage
act-region = Wo
act-changed = Du hast geändert, worum es geht, seit du gesehen hast, was geschieht. Es wurde noch nichts getan: das geschieht jetzt.
act-everywhere = überall
act-overtaken = Jemand anderes war schneller, oder gerade hat sich etwas geändert. Es wurde nichts getan: Sieh noch einmal nach.
act-outside = Es kam nicht durch: { $problem }. Was verlangt war, ist aufgeschrieben; tu es noch einmal, das schadet nicht.
act-problem-reason = Sag in ein paar Worten, warum: Wer später nachsieht, hat nur das.
act-problem-long = Der Grund hat { $count } Zeichen; höchstens { $most }.
act-busy = Gerade arbeitet etwas an diesem Server. Es wurde nichts getan: Versuch es in einer Minute noch einmal.
act-service-over = Diesen Server gibt es nicht mehr, oder er geht schon. Es wurde nichts getan.
act-undelivered = Dieser Server ist noch nicht übergeben. Es wurde nichts getan: Wenn es ihn nicht geben soll, hält eine Rückzahlung seiner Bestellung die Lieferung an.

act-refund-title = Geld zurückgeben
act-refund-button = Zurückgeben
act-refund-unpaid = Für diese Bestellung hat niemand bezahlt: Es gibt nichts zurückzugeben.
act-refund-under-way = Das Geld dieser Bestellung ist schon auf dem Weg zurück. Es wurde nichts getan.
act-refund-done = Das Geld dieser Bestellung ging schon zurück. Es wurde nichts getan.
act-refund-nothing = Für diese Bestellung wurde nichts abgebucht. Es wurde nichts getan.
act-refund-disputed = Die Bank hat diese Zahlung selbst zurückgeholt. Es wurde nichts getan: Antworte auf den Einspruch in Stripes Dashboard.
act-refund-by-stripe = Diese Zahlung wurde in Stripes Dashboard zurückgegeben. Es wurde nichts getan: Beende den Server, wenn er nicht weiterlaufen soll.
act-refund-money = { $amount } gehen ganz zurück auf die Karte, mit der bezahlt wurde: die Zahlung vom { $date }.
act-refund-newest = Es ist die neueste von { $count } Zahlungen. Die anderen galten für Zeit, die genutzt wurde; sie bleiben.
act-subscription-ends = Erst endet das Abo, und man sieht, dass es beendet ist: Es wird nichts mehr abgebucht.
act-server-removed = Der Server „{ $server }“ und alle seine Daten werden gelöscht und lassen sich nicht zurückholen.
act-server-goes = Den Server gibt es nicht mehr, oder er geht schon.
act-delivery-stops = Die Lieferung hält beim nächsten Schritt an, und was vom Server schon steht, wird entfernt.
act-money-all = { $amount } gehen ganz zurück auf die Karte, mit der bezahlt wurde.
act-mail-refund = Der Kunde erfährt es per Mail.
act-mail-refund-ended = Der Kunde erfährt es per Mail: wenn das Geld unterwegs ist, und wenn der Server weg ist.

act-paid-otherwise-title = Auf anderem Weg zurückgezahlt
act-paid-otherwise-button = Ist zurückgezahlt
act-paid-otherwise-nothing = Für diese Bestellung sollte nichts zurückgehen. Es wurde nichts getan.
act-paid-otherwise-tried = Das Geld dieser Bestellung ist auf dem Weg zurück, und bisher kam nichts dazwischen. Es wurde nichts getan.
act-paid-otherwise-noted = Das ist schon vermerkt und endet von selbst, sobald Stripe antwortet. Es wurde nichts getan.
act-paid-otherwise-rest = { $amount } gingen schon zurück: Die Bank des Karteninhabers hat sie geholt, oder jemand gab sie in Stripes Dashboard.
act-paid-otherwise-amount = { $amount } gelten als von dir zurückgezahlt, und Stripe wird nicht mehr darum gebeten. Zahle erst, zum Beispiel per Überweisung: Niemand sonst tut es.
act-paid-otherwise-given = Zeigt sich, dass Stripe sie inzwischen doch zurückgegeben hat, dann gilt das, und der Kunde hat beides.
act-paid-otherwise-mail = Der Kunde erfährt per Mail, dass das Geld auf anderem Weg gezahlt wurde.

act-cancel-title = Zum Ende der bezahlten Zeit beenden
act-cancel-button = Zum Ende beenden
act-cancel-undelivered = Dieser Server ist noch nicht übergeben. Es wurde nichts getan: Eine Rückzahlung seiner Bestellung hält die Lieferung an.
act-end-undelivered = Dieser Server ist noch nicht übergeben. Es wurde nichts getan: Eine Rückzahlung seiner Bestellung hält die Lieferung an und gibt das Geld zurück.
act-cancel-ended = Das Abo ist schon zu Ende. Es wurde nichts getan.
act-cancel-planned = Das Abo endet schon am { $date }. Es wurde nichts getan.
act-cancel-some-day = Ende der bezahlten Zeit
act-cancel-end = Das Abo endet am { $date }. Es wird nichts mehr abgebucht, und nichts geht zurück.
act-cancel-runs = Bis dahin läuft der Server. Danach ist er gesperrt, seine Daten bleiben { $days } Tage, und zwei Tage vor dem Löschen erfährt es der Kunde.
act-cancel-undo = Bis dahin kann der Kunde es zurücknehmen: „Rechnungen, Karte und Abo“ auf der Seite des Servers.

act-end-title = Jetzt beenden
act-end-button = Beenden und den Server löschen
act-end-no-money = Es geht kein Geld zurück.
act-end-paid = Er ist bis zum { $date } bezahlt; diese Zeit verfällt.
act-mail-ended = Der Kunde erfährt es per Mail, wenn er weg ist.

act-suspend-title = Sperren
act-suspend-button = Sperren
act-suspend-held = Diesen Server haben wir schon am { $date } gesperrt. Es wurde nichts getan.
act-suspend-standing = Er ist schon gesperrt: { $why } Er bleibt es, wenn das vorbei ist.
act-suspend-stops = Der Server hält an, und niemand kann ihn starten oder an seine Dateien: nicht sein Besitzer, niemand, mit dem er geteilt ist, kein Zeitplan.
act-suspend-kept = Seine Daten bleiben, und allein deshalb gibt es keinen Tag, an dem sie gehen.
act-suspend-payment = Keine Zahlung hebt das auf. Das Abo läuft weiter und bucht ab: Beende es auch, wenn es das nicht soll.
act-suspend-mail = Der Kunde erfährt per Mail, dass wir ihn gesperrt haben, ohne den Grund, den du hier schreibst.

act-unsuspend-title = Unsere Sperre aufheben
act-unsuspend-button = Aufheben
act-unsuspend-comes = Die Sperre wird schon aufgehoben: das dauert ein, zwei Minuten. Es wurde nichts getan.
act-unsuspend-not = Dieser Server ist nicht gesperrt. Es wurde nichts getan.
act-unsuspend-money = Diesen Server haben nicht wir gesperrt: { $why } Es wurde nichts getan. Er kommt zurück, wenn das vorbei ist; fehlt nur Geld, kann man bis dahin Tage schenken.
act-unsuspend-was = Er wurde von Hand gesperrt: „{ $why }“
act-unsuspend-lifts = Der Server kann in ein, zwei Minuten wieder gestartet werden.
act-unsuspend-stays = Unser Wort ist zurückgenommen, und er bleibt trotzdem gesperrt: { $why }
act-unsuspend-mail = Der Kunde erfährt es per Mail, wenn die Sperre aufgehoben ist.

act-extend-title = Tage schenken
act-extend-button = Schenken
act-extend-days = Schenk zwischen 1 und { $most } Tage, als ganze Zahl.
act-extend-already = Er läuft schon bis zum { $date }, was auch immer bezahlt wird. Es wurde nichts getan. Die Tage zählen vom { $from } an: Nimm eine größere Zahl, um mehr zu schenken.
act-extend-helps-not = Tage helfen hier nicht: { $why } Es wurde nichts getan.
act-extend-until = Der Server läuft mindestens bis zum { $date }, was auch immer bis dahin bezahlt wird.
act-extend-lifts = Die Sperre wird aufgehoben, und der Server läuft mindestens bis zum { $date }. Ist bis dahin nichts bezahlt, wird er neu gesperrt, mit einer ganzen neuen Frist, bis seine Daten gehen.
act-extend-from = Die Tage zählen vom { $from } an: dem Ende dessen, was bezahlt ist oder geduldet wird, oder von jetzt, wenn das vorbei ist.
act-extend-money = Es wird nichts abgebucht, und nichts geht zurück. Das Abo bleibt, wie es ist, und bucht ab, wenn es fällig ist.

act-adopt-title = Mit einem Server des Panels verbinden
act-adopt-button = Verbinden
act-adopt-server = Nummer des Servers im Panel
act-adopt-server-help = Nur für einen Server ohne externe Kennung. Bleibt es leer, ist es der mit der Kennung dieses Dienstes.
act-adopt-number = Schreib die Nummer, die das Panel für den Server zeigt: eine ganze Zahl.
act-adopt-none = Das Panel hat keinen Server mit der externen Kennung dieses Dienstes, { $mark }. Es wurde nichts getan: Nenne die Nummer dessen, der für ihn steht, oder stelle ihn erst wieder her.
act-adopt-no-number = Das Panel hat keinen Server mit der Nummer { $number }. Es wurde nichts getan.
act-adopt-anothers = Dieser Server gehört zu einem anderen Dienst: { $service }. Es wurde nichts getan.
act-adopt-strange = Server { $number } hat eine externe Kennung, die keine von uns ist: Er gehört einem anderen Shop oder zu jemandes eigenen Werkzeugen. Es wurde nichts getan. Ist er trotzdem der dieses Dienstes, nimm ihm diese Kennung im Panel.
act-adopt-two = Zwei Server stehen im Panel für diesen Dienst: { $number } und { $other }. Es wurde nichts getan. Finde heraus, auf welchem die Daten des Kunden sind, und lösche dort den anderen, oder nimm ihm die externe Kennung.
act-adopt-admin = Das Konto mit der Marke dieses Kunden verwaltet das Panel, und so einem wird kein Dienst gegeben. Es wurde nichts getan. Nimm diesem Konto die Marke oder die Rechte.
act-adopt-login = Das Konto des Kunden, wie das Panel es jetzt hat, kennen wir nicht. Es wurde nichts getan: Sieh zuerst das Panel-Konto nach.
act-adopt-owner = Der Server gehört im Panel dem Konto { $owner }, und das des Kunden ist { $login }. Es wurde nichts getan: Ändere dort den Besitzer, wenn es der Server des Kunden ist.
act-adopt-no-place = Das Panel hat die Ports des Servers nicht gezeigt, oder wir kennen seinen Node noch nicht. Es wurde nichts getan: Versuch es in einer Minute wieder.
act-adopt-same = Unser Eintrag zeigt schon auf diesen Server, Nummer { $number }. Es wurde nichts getan.
act-adopt-what = Server { $number } steht von jetzt an für diesen Dienst: „{ $server }“ auf { $node }, Besitzer { $owner }.
act-adopt-was = Bisher zeigt unser Eintrag auf Nummer { $number } ({ $id }), die das Panel nicht mehr hat.
act-adopt-was-same = Es ist der Server, den wir kennen; das Panel hat ihn unter einer anderen Nummer oder an einem anderen Ort.
act-adopt-was-none = Bisher zeigt unser Eintrag auf keinen Server.
act-adopt-data = Kopiert wird nichts: Was auf diesem Server ist, hat der Kunde. Wir können ihn wieder sperren, freigeben und entfernen.
act-adopt-memory = Er hat { $has } MiB Speicher, und verkauft wurden { $sold }. Von selbst ändert das nichts: Stell es im Panel richtig.
act-adopt-disk = Er hat { $has } MiB Platz, und verkauft wurden { $sold }. Von selbst ändert das nichts: Stell es im Panel richtig.
act-adopt-cpu = Er hat { $has } % CPU, und verkauft wurden { $sold }. Von selbst ändert das nichts: Stell es im Panel richtig.
act-adopt-egg = Auf ihm läuft Egg { $has }, und verkauft wurde Egg { $sold }. Von selbst ändert das nichts: Stell es im Panel richtig.
act-adopt-moves = Sein Platz ist auf { $from } reserviert. Der wird frei, und was verkauft wurde, zählt auf { $to }.
act-adopt-full = Auf { $node } ist dann mehr vergeben, als dort verkauft werden darf.
act-adopt-ports = { $count ->
    [one] Ein Port, der für ihn reserviert ist, gehört nicht dem Server. Reserviert werden die, die er hat.
   *[other] { $count } Ports, die für ihn reserviert sind, gehören nicht dem Server. Reserviert werden die, die er hat.
}
act-adopt-fewer = Er hat { $has } von { $sold } Ports, die verkauft wurden. Gib ihm die übrigen im Panel.
act-adopt-address = Spieler erreichen ihn von jetzt an unter { $address }. Die Seiten des Kunden sagen das, eine Mail nicht.
act-adopt-suspends = Dieser Dienst ist gesperrt, und der Server nicht: Er wird dort auch gesperrt. { $why }
act-adopt-suspended = Der Server ist im Panel gesperrt, und nicht von uns. Von selbst hebt das niemand auf.
act-adopt-marks = Der Server hat keine externe Kennung. Gleich danach bekommt er { $mark }.

act-sync-panel-title = Panel-Konto nachsehen
act-sync-panel-button = Übernehmen, was das Panel sagt
act-sync-nothing = Das Panel hat kein Konto mit der Marke dieses Kunden und keines mit seiner Adresse. Es wurde nichts getan: Die nächste Lieferung legt eines an.
act-sync-in-the-way = Das Panel hat kein Konto mit der Marke dieses Kunden, und { $username }, Nummer { $number }, hat seine Adresse: Solange das so ist, wird nichts geliefert. Es wurde nichts getan. Gehört das Konto dem Kunden, verbinde es auf der Kommandozeile (givr customer sync-panel mit --panel-user { $number }); wenn nicht, ändere auf dem Panel seine Adresse.
act-sync-in-the-way-of-others = Das Panel hat kein Konto mit der Marke dieses Kunden, und { $username }, Nummer { $number }, hat seine Adresse: Es verwaltet das Panel oder trägt eine fremde Marke. Solange es die Adresse hat, wird nichts geliefert. Es wurde nichts getan. Ändere auf dem Panel seine Adresse.
act-sync-admin = Das Konto mit der Marke dieses Kunden verwaltet das Panel: Ihm wird nichts verkauft. Es wurde nichts getan. Nimm diesem Konto die Marke oder die Rechte.
act-sync-same = Dieses Konto kennen wir schon: { $username }, Nummer { $number }. Es wurde nichts getan.
act-sync-what = Das Konto des Kunden am Panel ist { $username }, Nummer { $number }.
act-sync-next = Lieferungen, die darauf gewartet haben, gehen beim nächsten Versuch weiter.
act-sync-named = Das Konto { $username }, Nummer { $number }, wird mit dem Kunden verbunden. Es hat seine Adresse, gehört niemand anderem und verwaltet nichts.

act-remove-factors-title = Zweite Faktoren entfernen
act-remove-factors-button = Entfernen
act-remove-factors-staff = Dieses Konto arbeitet im Shop: Seinen zweiten Faktor nimmt ihm niemand ab. Es wurde nichts getan. Wer den Shop besitzt, beendet erst den Zugang, entfernt ihn dann und lädt neu ein.
act-remove-factors-none = Dieses Konto hat keinen zweiten Faktor. Es wurde nichts getan.
act-remove-factors-whose = Das Konto gehört { $name }, { $email }. Vergewissere dich, dass es diese Person ist, die fragt.
act-remove-factors-what = { $app ->
    [0] { $passkeys ->
        [one] Der einzige Passkey und die Ersatzcodes werden entfernt
       *[other] Alle { $passkeys } Passkeys und die Ersatzcodes werden entfernt
    }
   *[other] { $passkeys ->
        [0] Die App für Codes und die Ersatzcodes werden entfernt
        [one] Die App für Codes, der Passkey und die Ersatzcodes werden entfernt
       *[other] Die App für Codes, { $passkeys } Passkeys und die Ersatzcodes werden entfernt
    }
}: Danach genügt zur Anmeldung das Passwort.
act-remove-factors-sessions = Alle Anmeldungen und API-Schlüssel dieses Kontos enden sofort. Server, Bestellungen und Geld bleiben, wie sie sind.
act-remove-factors-letter = Wem das Konto gehört, erfährt es per Mail, mit dem Weg zu einem neuen Passwort, falls jemand anderes darum gebeten hat.

act-drain-title = Leerlaufen lassen
act-drain-button = Nichts Neues mehr hierher
act-drain-already = Auf diese Maschine kommt seit dem { $date } nichts Neues. Es wurde nichts getan.
act-drain-what = Auf { $node } kommt nichts Neues mehr: { $left } GiB Arbeitsspeicher sind nicht mehr zu kaufen.
act-drain-stay = { $count ->
    [0] Nichts hat dort seinen Platz.
    [one] Ein Server oder eine Bestellung hat dort ihren Platz. Das bleibt, und was bezahlt ist, wird dort geliefert.
   *[other] { $count } Server und Bestellungen haben dort ihren Platz. Sie bleiben, und was bezahlt ist, wird dort geliefert.
}
act-undrain-title = Wieder nutzen
act-undrain-button = Wieder Server hierher
act-undrain-not = Diese Maschine läuft nicht leer. Es wurde nichts getan.
act-undrain-what = Auf { $node } kommen wieder Server, wenn das Panel sagt, dass sie welche nimmt.

act-pause-title = Verkauf anhalten
act-pause-button = Dort nichts verkaufen
act-pause-already = Dort ({ $place }) wird seit dem { $date } nichts verkauft. Es wurde nichts getan.
act-pause-what = Von jetzt an wird nichts verkauft ({ $place }). Der Shop sagt das und bietet seine Warteliste an.
act-pause-open = { $count ->
    [0] Keine Bezahlseite ist offen.
    [one] Eine Bezahlseite ist offen. Sie gilt weiter, und was dort bezahlt wird, wird geliefert.
   *[other] { $count } Bezahlseiten sind offen. Sie gelten weiter, und was dort bezahlt wird, wird geliefert.
}
act-pause-rest = Server, die laufen, und Verlängerungen bleiben, wie sie sind.
act-resume-title = Verkauf fortsetzen
act-resume-button = Dort wieder verkaufen
act-resume-not = Dort ({ $place }) ist nichts angehalten. Es wurde nichts getan.
act-resume-what = Von jetzt an wird wieder verkauft ({ $place }). Wer wartet, erfährt es, soweit Platz ist.
act-resume-others = Weiter angehalten: { $places }.

act-begin-title = Sagen, dass etwas nicht geht
act-begin-button = Das sagen
act-begin-title-field = Überschrift, für alle zu lesen
act-begin-text-field = Was nicht geht, und was man wissen sollte
act-begin-title-problem = Schreib eine Überschrift von höchstens { $most } Zeichen.
act-begin-text-problem = Schreib einen Text von höchstens { $most } Zeichen.
act-begin-already = Eine solche Störung gibt es schon: „{ $title }“, seit dem { $date }. Es wurde nichts getan. Beende sie, bevor eine andere beginnt.
act-begin-status = Die Statusseite sagt es mit deinen Worten und der Zeit.
act-begin-customers = { $count ->
    [0] Kein Kunde hat dort einen Server ({ $place }).
    [one] Ein Kunde liest es auf der Seite seiner Server ({ $place }).
   *[other] { $count } Kunden lesen es auf der Seite ihrer Server ({ $place }).
}
act-begin-spared = Solange sie dauert, wird kein Server gesperrt, weil niemand bezahlt, keine Löschung angekündigt und nichts gelöscht, weil niemand bezahlt.
act-begin-goes-on = Alles andere geht weiter: Verkauf, Lieferungen, Zahlungen, Rückzahlungen. Halte auch den Verkauf an, wenn er das nicht soll.

act-finish-title = Sagen, dass es wieder geht
act-finish-button = Störung beenden
act-finish-over = Diese Störung endete am { $date }. Es wurde nichts getan.
act-finish-what = „{ $title }“, seit dem { $date }, endet jetzt. Die Statusseite behält sie.
act-finish-judged = Jeder Server wird neu beurteilt: Was inzwischen nicht bezahlt wurde, wird von jetzt an wie üblich gesperrt.

act-resend-title = Eine Mail noch einmal schicken
act-resend-button = Noch einmal schicken
act-resend-waits = Sie wartet schon darauf, noch einmal geschickt zu werden. Es wurde nichts getan.
act-resend-lately = Sie wurde am { $date } noch einmal geschickt. Es wurde nichts getan: Warte zehn Minuten.
act-resend-kind = In einer solchen Mail stehen ein Code, ein Link oder Worte ihres Augenblicks, oder worum es ging, weiß man nicht mehr. Es wurde nichts getan: Auf unseren Seiten kann man um eine neue bitten.
act-resend-stale = Was darin steht, stimmt nicht mehr: { $why }. Es wurde nichts getan.
act-resend-unwanted = Der Kunde will solche Mails nicht. Es wurde nichts getan.
act-resend-what = `{ $kind }` wird noch einmal geschrieben, mit dem, was man jetzt weiß.
act-resend-now = Sie geht an die Adresse, die das Konto jetzt hat.
act-resend-wakes = Sie wartet seit dem { $date } und wird sofort versucht.
act-resend-problem = Der letzte Versuch: { $problem }

# Der Shop als Ganzes.
shop-title = Betrieb
shop-sale = Verkauf
shop-sells = Verkauft wird, wo Platz ist.
shop-paused-since = nichts verkauft seit dem { $date }
shop-resume = Wieder verkaufen
shop-incidents = Störungen
shop-no-incidents = Keine in den letzten 90 Tagen.
shop-incident-lasts = dauert an
shop-incident-end = Es geht wieder
shop-lasts = seit dem { $from }
shop-lasted = { $from } bis { $to }
order-acts = Was man tun kann
order-letters = Mails
order-letter-sent = geschickt am { $date }
order-letter-withdrawn = zurückgezogen am { $date }: { $why }
order-letter-waits = wartet seit dem { $date }
order-letter-again = Noch einmal
nodes-drained = Läuft leer
nodes-drained-since = Nichts Neues seit dem { $date }:
incident-since = Seit dem { $date }
incident-where = { $region }, seit dem { $date }

act-bar-page-title = Öffentliche Seite abschalten
act-bar-page-button = Abschalten
act-bar-page-none = Dieser Server hat keine öffentliche Seite. Es wurde nichts getan.
act-bar-page-down = Sie wurde am { $date } schon abgeschaltet. Es wurde nichts getan.
act-bar-page-hides = Niemand sieht /s/{ $slug } mehr: weder die Seite noch ihr Bild in anderen Seiten noch ihr JSON.
act-bar-page-customer = Wem der Server gehört, liest den Grund unten auf der Seite des Servers und kann die Seite weder ändern noch eine andere für diesen Server zeigen.
act-bar-page-server = Der Server selbst läuft weiter wie bisher.
act-unbar-page-title = Öffentliche Seite wieder zeigen
act-unbar-page-button = Zeigen
act-unbar-page-up = Diese Seite wurde nicht abgeschaltet. Es wurde nichts getan.
act-unbar-page-shows = Alle sehen /s/{ $slug } wieder, wie sie war.
act-unbar-page-customer = Wem der Server gehört, kann sie wieder ändern und verbergen.

# Eine Handlung für viele Server.
many-title = { $act }: mehrere Server
many-which = Für welche Server
many-which-help = Alle, die übergeben und nicht weg sind. Einzelne kreuzt du in der Liste der Server an.
many-region = Region: { $name }
many-node = Knoten: { $name }
many-chosen = { $count ->
    [one] Ein Server ist angekreuzt.
   *[other] { $count } Server sind angekreuzt.
}
many-others = Andere auswählen
many-empty = Es gibt keinen Server, der übergeben und nicht weg ist. Es wurde nichts getan.
many-too-many = Das sind mehr als { $most } Server, so viele wie diese Seite höchstens nimmt: Mehr liest niemand durch. Nimm einen Knoten, oder `givr service` auf dem Rechner, das es für alle tut.
many-change = { $count ->
    [one] Was mit einem Server geschieht
   *[other] Was mit { $count } Servern geschieht
}
many-stay = { $count ->
    [one] Einer bleibt, wie er ist
   *[other] { $count } bleiben, wie sie sind
}
many-done = { $count ->
    [one] Mit einem Server getan
   *[other] Mit { $count } Servern getan
}
many-done-text = Was auf dem Panel und per Mail folgt, dauert ein, zwei Minuten.
many-not = { $count ->
    [one] Mit einem nicht getan
   *[other] Mit { $count } nicht getan
}
many-failed = Es ging schief: { $problem }. Tu es noch einmal; mit denen, die fertig sind, geschieht nichts doppelt.
many-back = Zu den Servern
