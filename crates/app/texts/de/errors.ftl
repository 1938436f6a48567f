# Was jemand liest, wenn etwas nicht ging: ein Titel, und was es heißt und was zu tun ist.
error-sign-in = Bitte melde dich an
error-sign-in-text = Deine Anmeldung ist abgelaufen, oder du hast dich noch nicht angemeldet. Es wurde nichts geändert und nichts abgebucht.
error-not-found = Diese Seite gibt es nicht
error-not-found-text = Vielleicht ist die Adresse vertippt, oder was hier stand, ist weg.
error-broken = Bei uns ist etwas schiefgegangen
error-broken-text = Dir wurde dadurch nichts abgebucht. Bitte versuch es gleich noch einmal.
error-paused = Der Shop macht Pause
error-paused-text = Dir wurde nichts abgebucht, und nichts wurde geändert. Wer diesen Shop betreibt, prüft gerade seine Aufzeichnungen und öffnet ihn danach wieder; bitte komm später zurück. Server, die du hast, sind nicht betroffen.
error-address = Diese Adresse konnte nicht gelesen werden
error-address-text = Es wurde nichts geändert. Was in der Adresse hinter dem Fragezeichen steht, gehört dort nicht hin: Folge den Links der Seiten, statt sie von Hand zu schreiben.
error-form = Dieses Formular konnte nicht gelesen werden
error-form-text = Es wurde nichts gespeichert und nichts abgebucht. Bitte geh zurück, lade die Seite neu und schick das Formular noch einmal ab.
error-too-much = Das war viel auf einmal
error-too-much-text = Es wurde nichts geändert und nichts abgebucht. { $seconds ->
    [one] Versuch es in 1 Sekunde wieder.
   *[other] Versuch es in { $seconds } Sekunden wieder.
}
error-too-long = Das hat zu lange gedauert
error-too-slow-text = Was du geschickt hast, kam nicht rechtzeitig an; es wurde nichts geändert und nichts abgebucht. Bitte versuch es noch einmal.
error-no-answer-text = Wir haben nicht länger auf eine Antwort gewartet. Dir wurde dadurch nichts abgebucht. Bitte versuch es gleich noch einmal.
error-cross-site = Nicht von hier
error-cross-site-text = Das kam nicht von einer unserer Seiten, deshalb wurde nichts getan. Bitte öffne die Seite hier und versuch es noch einmal.
error-method = So nicht
error-method-text = Diese Adresse nimmt solche Anfragen nicht an.

error-factor-missing = Ein Schritt fehlt
error-factor-missing-text = Dein Passwort war richtig. Gib deinen zweiten Faktor ein, dann geht es weiter.
error-factor-missing-onward = Code eingeben
error-factor-not-sent-text = Das Passwort stimmt. Schick den Code deiner App oder einen Ersatzcode als `second_factor` mit.
error-confirm = Bitte bestätige, dass du es bist
error-confirm-text = Es wurde nichts geändert. Bei diesem Schritt fragen wir noch einmal, wer du bist, denn dein letzter Nachweis ist eine Weile her.
error-confirm-onward = Bestätigen
error-scope = Dieser Schlüssel darf das nicht
error-scope-text = Dem API-Schlüssel fehlt das Recht { $scope }. Mach einen Schlüssel, der es hat.
error-no-scope = Schlüssel dürfen das nicht
error-no-scope-text = Dafür braucht es das Token einer Anmeldung; ein API-Schlüssel reicht nicht.

error-field = Bitte sieh das Formular durch
error-wrong-password = Das hat nicht gepasst
error-wrong-password-text = Die Adresse oder das Passwort ist falsch. Du kannst per Mail ein neues Passwort setzen; falls du den Code, den wir dir geschickt haben, nie eingegeben hast, leg das Konto noch einmal an.
error-wrong-code = Dieser Code stimmt nicht
error-wrong-code-text = Codes gelten 20 Minuten und für fünf Versuche. Leg das Konto noch einmal an, dann bekommst du einen neuen.
error-dead-link = Dieser Link gilt nicht mehr
error-dead-link-text = Links gelten eine Stunde und nur einmal. Lass dir einen neuen schicken.
error-wrong-factor-text = Jeder Code gilt einmal und etwa eine Minute lang. Warte auf den nächsten, oder nimm einen Ersatzcode.
error-first-code-text = Gib die sechs Ziffern ein, die die App jetzt zeigt. Werden sie nicht angenommen, lass dein Handy seine Uhr selbst stellen.
error-last-factor = Das ist dein letzter zweiter Faktor
error-last-factor-text = Es wurde nichts geändert. Wer hier arbeitet, hat immer einen zweiten Faktor: Füg zuerst einen anderen hinzu.
error-wait = Das wurde zu oft versucht
error-wait-seconds = { $count ->
    [one] Der nächste Versuch ist in einer Sekunde möglich.
   *[other] Der nächste Versuch ist in { $count } Sekunden möglich.
}
error-wait-minutes = { $count ->
    [one] Der nächste Versuch ist in einer Minute möglich.
   *[other] Der nächste Versuch ist in { $count } Minuten möglich.
}
error-wait-password = In der Zwischenzeit hilft ein Passkey, oder ein neues Passwort per Mail.
error-wait-factor = In der Zwischenzeit hilft ein Passkey.
error-wait-code = Lass dir einen neuen Code schicken, wenn dieser nicht passt.
error-wait-panel-password = Es gilt das Passwort, das zuletzt für das Panel gesetzt wurde.
error-wait-mail = Mails, die schon verschickt sind, gelten bis dahin weiter.

error-email = Schreib deine E-Mail-Adresse in der Form name@example.net.
error-name = Dein Name hat { $count } Zeichen; mehr als 60 gehen nicht.
error-password-short = Das Passwort braucht mindestens { $count } Zeichen; ein paar Wörter hintereinander kann man sich gut merken.
error-password-long = Das Passwort darf höchstens { $count } Zeichen haben.
error-password-common = Dieses Passwort gehört zu den ersten, die Angreifer ausprobieren. Nimm ein anderes, zum Beispiel ein paar Wörter, die nicht zusammengehören.

error-passkeys-off = Unter dieser Adresse gehen Passkeys nicht
error-passkeys-off-text = Sie brauchen eine https-Adresse mit einem Namen, oder localhost. Nimm hier dein Passwort.
error-passkey-refused = Der Passkey wurde nicht angenommen
error-passkey-refused-text = Es wurde nichts geändert. Versuch es noch einmal, oder melde dich anders an.
error-passkeys-many = Mehr Passkeys kannst du nicht haben
error-passkeys-many-text = Es wurde nichts geändert. Entferne zuerst einen, den du nicht mehr benutzt.
error-passkey-known = Diesen Passkey kennen wir schon
error-passkey-known-text = Es wurde nichts geändert.

error-invitation = Diese Einladung gilt nicht mehr
error-invitation-text = Einladungen gelten drei Tage und nur einmal. Bitte um eine neue.
error-invited-erasure = Dieses Konto wird gerade gelöscht
error-invited-erasure-text = Dieses Konto wird gerade gelöscht. Bitte um eine Einladung an eine andere Adresse.

# Für Programme.
error-body = Der Inhalt der Anfrage ist nicht lesbar
error-body-long = Der Inhalt der Anfrage ist zu lang
error-body-long-text = Der Inhalt darf höchstens 64 KiB haben. Es wurde nichts getan.
error-body-field = Ein Feld fehlt oder ist nicht, wie es sein soll
error-body-zero-text = In einem Text steht das Zeichen U+0000; das darf es nicht.
error-not-json = Der Inhalt der Anfrage ist kein JSON
error-not-declared = Der Inhalt muss als application/json ausgewiesen sein
error-not-declared-text = Schick den Inhalt als application/json, oder gar keinen.
error-no-parameters = Hier gibt es keine Parameter
error-no-parameters-text = Lass `email`, `user` und alle anderen Parameter weg: Die Antwort handelt vom Konto, dem das Token gehört.
error-idempotency = Dieser Idempotency-Key geht nicht
error-idempotency-text = Ein Idempotency-Key hat 1 bis { $longest } druckbare Zeichen. Es wurde nichts getan.
error-under-way = Noch nicht fertig
error-under-way-text = Die erste Anfrage mit diesem Key läuft noch. Wiederhole sie in ein paar Sekunden, dann bekommst du ihre Antwort.
error-key-reused = Der Key steht für eine andere Anfrage
error-key-reused-text = Dieser Key stand für eine Anfrage mit anderer Adresse oder anderem Inhalt. Es wurde nichts getan; nimm einen neuen Key.
error-viewing = Nicht, solange du den Shop wie ein Kunde siehst
error-viewing-text = Du siehst den Shop so wie einer seiner Kunden. Dies wird währenddessen nicht gezeigt, und ändern lässt sich nichts. Beende die Ansicht mit der Schaltfläche oben, um weiterzumachen.
