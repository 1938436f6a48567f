# Briefe. Ein Betreff ist eine Zeile; im Brief ist jeder Text ein Absatz.
mail-hello = Hallo,
mail-questions = Fragen? Schreib an { $address }.
mail-order = Die Bestellung
mail-server = Die Seite deines Servers
mail-what-to-do = Was du tun kannst: { $advice }

mail-code-subject = { $code } ist dein Code für { $shop }
mail-code-welcome = Willkommen bei { $shop }! Dein Code ist:
mail-code-use = Gib ihn auf der Seite ein, die du offen hast; er gilt 20 Minuten.
mail-code-not-you = Falls du dich nicht angemeldet hast, hat sich jemand bei seiner Adresse vertippt. Du musst nichts tun: Ohne den Code hast du nichts zu bezahlen.

mail-welcome-subject = Willkommen bei { $shop }
mail-welcome-ready = Dein Konto bei { $shop } ist eingerichtet. Wähle ein Spiel und eine Größe: Sobald du bezahlt hast, richten wir deinen Server ein, und wir schreiben dir, sobald das Spiel selbst antwortet.
mail-welcome-button = Spiel auswählen
mail-welcome-security = Konto mit Passkey oder zweitem Faktor schützen

mail-reset-subject = Neues Passwort für { $shop }
mail-reset-asked = Jemand möchte für dein Konto ein neues Passwort setzen. Wenn du das bist, geht es innerhalb von 60 Minuten hier weiter:
mail-reset-button = Neues Passwort setzen
mail-reset-not-you = Wenn nicht, lass diese Nachricht liegen: Dein Passwort bleibt, wie es ist.

mail-known-subject = Du hast schon ein Konto bei { $shop }
mail-known-tried = Jemand wollte sich bei { $shop } mit deiner Adresse registrieren, für die es schon ein Konto gibt. Wenn du das warst:
mail-known-login = Anmelden
mail-known-reset = Neues Passwort setzen, falls du deines vergessen hast
mail-known-not-you = Wenn nicht, musst du nichts tun.

mail-paid-subject = Zahlung eingegangen: { $amount }
mail-paid-thanks = Danke! Wir haben { $amount } für { $plan } erhalten.
mail-paid-next = Wir richten „{ $server }“ gerade ein. Hier kannst du zusehen und findest die Adresse deines Servers:
mail-paid-button = Beim Aufbau zusehen
mail-promise = Falls etwas schiefgeht, kommt dein Geld von selbst zurück, und wir sagen dir Bescheid.

mail-ready-subject = { $server } ist bereit
mail-ready-address = Dein Server „{ $server }“ ist bereit. Unter dieser Adresse trittst du bei:
mail-ready-verified = Bevor wir das geschrieben haben, haben wir das Spiel selbst gefragt: Es antwortet.
mail-ready-unverified = Dieses Spiel lässt sich von außen nicht fragen. Dein Server läuft seit einer Minute ohne Neustart.
mail-ready-button = Zu deinem Server
mail-ready-panel = Panel
mail-ready-username = Dein Name dort
mail-ready-password = Das Panel hat dir eine Mail geschickt, mit der du dort dein Passwort setzt.

mail-trouble-subject = Problem mit „{ $server }“: Dein Geld kommt zurück
mail-trouble-money = Wir haben das Abo beendet, es wird also nichts mehr abgebucht, und { $amount } gehen auf die Karte zurück, mit der du bezahlt hast. Banken brauchen fünf bis zehn Werktage, bis man es sieht. Du musst nichts tun.
mail-trouble-button = Was geschehen ist, Schritt für Schritt
refund-reason-cannot_be_delivered = Wir konnten deinen Server auf keiner unserer Maschinen zum Laufen bringen.
refund-reason-server_vanished = Dein Server ist verschwunden, während er eingerichtet wurde.
refund-reason-paid_after_expiry = Deine Zahlung kam, nachdem dein Platz schon freigegeben war, und jetzt ist keiner mehr frei.
refund-reason-paid_twice = Dieselbe Bestellung wurde zweimal bezahlt.
refund-reason-charged_after_end = Dir wurde noch einmal etwas abgebucht, nachdem dein Server geendet hatte.
refund-reason-not_as_ordered = Abgebucht wurde etwas anderes als bestellt, deshalb haben wir nicht angefangen.
refund-reason-cancelled = Die Bestellung wurde storniert, bevor der Server bereit war.
refund-reason-by_hand = Wir haben dir dein Geld zurückgegeben und deinen Server beendet, wie besprochen.

mail-refund-subject = Geld zurück: { $amount }
mail-refund-bank = Deine Bank hat { $amount } für dich zurückgeholt. Wir schicken sie nicht noch einmal.
mail-refund-otherwise = Wir haben dir { $amount } auf anderem Weg zurückgezahlt, weil es über Stripe nicht ging. Wenn du sie nicht findest, antworte auf diese Mail.
mail-refund-made = { $amount } sind auf dem Weg zurück auf die Karte, mit der du bezahlt hast. Banken brauchen fünf bis zehn Werktage, bis man es sieht.

mail-missing-subject = Wir suchen deinen Server „{ $server }“
mail-missing-what = Das Panel zeigt deinen Server „{ $server }“ nicht mehr. Das liegt nicht an dir, und wir wissen davon: Ein Mensch kümmert sich gerade darum.
mail-missing-why = Er wird nicht von selbst neu angelegt, denn das könnte überschreiben, was in einer Sicherung noch da ist. Du musst nichts tun; antworte auf diese Mail, wenn du etwas weißt, das hilft.

mail-unpaid-subject = Wir konnten „{ $server }“ nicht abbuchen
mail-unpaid-what = Die Verlängerung von „{ $server }“ konnte nicht abgebucht werden. Es wurde nichts genommen, und dein Server läuft vorerst weiter.
mail-unpaid-pay = Was du tun kannst: Bezahle die offene Rechnung hier, mit dieser oder einer anderen Karte.
mail-unpaid-button = Offene Rechnung bezahlen
mail-unpaid-wait = Was du tun kannst: Sieh nach, ob deine Karte funktioniert. In den nächsten Tagen wird es von selbst noch einmal versucht.
mail-unpaid-then = Wird nicht bezahlt, ist dein Server nach dem { $date } gesperrt: Dann kann ihn niemand starten, seine Daten bleiben aber. Sobald bezahlt ist, kommt er von selbst zurück.

mail-suspended-subject = { $server } ist gesperrt
mail-suspended-what = Dein Server „{ $server }“ ist gesperrt: { $reason }
mail-suspended-means = Was das heißt: Niemand kann ihn im Moment starten oder an seine Dateien. Gelöscht ist nichts.
mail-suspended-until = Seine Daten bleiben mindestens bis zum { $date }, und wir schreiben dir noch einmal, bevor etwas gelöscht wird.
mail-suspended-kept = Seine Daten bleiben.
suspended-mail-not_paid = Die Verlängerung wurde nicht bezahlt.
suspended-mail-paused = Das Abo ruht.
suspended-mail-ended = Das Abo ist zu Ende, und damit auch die bezahlte Zeit.
suspended-mail-disputed = Deine Bank hat eine Zahlung dafür zurückgeholt und noch nicht entschieden.
suspended-mail-dispute_lost = Deine Bank hat eine Zahlung dafür endgültig zurückgeholt.
suspended-mail-by_hand = Wir haben ihn selbst gesperrt. Eine Zahlung hebt das nicht auf.
suspended-advice-not_paid = Bezahle die offene Rechnung: „Rechnungen, Karte und Abo“ auf der Seite deines Servers führt hin. Ein paar Minuten später kommt der Server von selbst zurück.
suspended-advice-paused = Nimm das Abo wieder auf, oder bitte uns darum. Dann kommt der Server von selbst zurück.
suspended-advice-ended = Schreib uns vor diesem Tag: Wir helfen dir, ihn zu behalten oder deine Daten mitzunehmen.
suspended-advice-disputed = Falls du die Zahlung gar nicht zurückholen wolltest, sag das deiner Bank, und schreib uns. Entscheidet die Bank, dass die Zahlung gilt, kommt der Server von selbst zurück.
suspended-advice-dispute_lost = Schreib uns vor diesem Tag: Wir helfen dir, auf einem anderen Weg zu bezahlen oder deine Daten mitzunehmen.
suspended-advice-by_hand = Schreib uns: Wir sagen dir, warum, und was geschehen muss, damit er wieder läuft.

mail-soon-subject = Die Daten von „{ $server }“ werden am { $date } gelöscht
mail-soon-when = Am { $date } werden der Server und alle seine Daten gelöscht und lassen sich nicht zurückholen. Vorher geschieht das nicht.
mail-soon-keep = Was du tun kannst, um ihn zu behalten: { $advice }
mail-soon-nothing = Wenn du ihn nicht mehr brauchst, musst du nichts tun: Danach wird nichts mehr dafür abgebucht.

mail-deleted-subject = { $server } wurde gelöscht
mail-deleted-what = Dein Server „{ $server }“ und seine Daten wurden gelöscht, wie angekündigt. Das Abo ist beendet: Es wird nichts mehr dafür abgebucht. Sollte doch noch etwas abgebucht werden, geht es an dich zurück.
mail-deleted-new = Ein neuer Server braucht ein paar Minuten

mail-ended-subject = { $server } ist beendet
mail-ended-what = Dein Server „{ $server }“ und seine Daten wurden entfernt, wie gewünscht. Das Abo ist beendet: Es wird nichts mehr dafür abgebucht. Sollte doch noch etwas abgebucht werden, geht es an dich zurück.

mail-back-subject = { $server } ist wieder da
mail-back-what = Dein Server „{ $server }“ ist nicht mehr gesperrt, und alle seine Daten sind da. Du kannst ihn wieder starten.

mail-notice-when = Wann
mail-notice-browser = Browser
mail-notice-address = Adresse
mail-notice-you = Warst du das? Dann musst du nichts tun.
mail-notice-not-you = Warst du es nicht? Setz sofort ein neues Passwort, das meldet alle ab. Sieh dir dann deine Anmeldungen und zweiten Faktoren an.
mail-notice-by = Durch
mail-notice-the-shop = jemanden, der den Shop führt
mail-notice-expected = Hast du darum gebeten oder damit gerechnet? Dann musst du nichts tun.
mail-notice-not-expected = Wenn nicht: Schreib uns sofort und setz ein neues Passwort, das meldet alle ab. Sieh dir dann deine Anmeldungen und zweiten Faktoren an.
mail-notice-button = Neues Passwort setzen
mail-notice-security = Anmeldungen und zweite Faktoren
notice-account-sign-in-subject = Neue Anmeldung an deinem Konto
notice-account-sign-in = Jemand hat sich an deinem Konto angemeldet, mit einem Browser, den wir dort noch nicht kannten.
notice-account-password-subject = Dein Passwort wurde geändert
notice-account-password = Das Passwort deines Kontos wurde geändert, und alle anderen Anmeldungen wurden beendet.
notice-account-reset-subject = Dein Passwort wurde neu gesetzt
notice-account-reset = Das Passwort deines Kontos wurde mit einem Link aus deiner Mail neu gesetzt. Alle Anmeldungen und API-Schlüssel wurden beendet. Sieh dir deine Passkeys an: Entferne, was nicht von dir ist.
notice-account-factor-guessed-subject = Jemand kennt dein Passwort
notice-account-factor-guessed = Jemand hat sich mit deinem Passwort angemeldet, dann deinen zweiten Faktor zu raten versucht und muss jetzt warten. Wenn du das nicht warst, setz ein neues Passwort.
notice-account-export-subject = Deine Daten wurden kopiert
notice-account-export = Eine Kopie von allem, was wir über dich speichern, wurde heruntergeladen.
notice-account-erasure-asked-subject = Deine Daten sollen gelöscht werden
notice-account-erasure-asked = Jemand, der angemeldet war, hat uns gebeten, dein Konto zu löschen. Schreib uns sofort, wenn du das nicht warst.
notice-account-app-added-subject = Codes einer App wurden eingeschaltet
notice-account-app-added = Von jetzt an fragt die Anmeldung nach einem Code deiner App.
notice-account-app-removed-subject = Codes einer App wurden ausgeschaltet
notice-account-app-removed = Die Anmeldung fragt nicht mehr nach einem Code deiner App.
notice-account-passkey-added-subject = Zu deinem Konto kam ein Passkey hinzu
notice-account-passkey-added = Ein Passkey kam hinzu: Mit ihm allein kann man sich anmelden.
notice-account-passkey-removed-subject = Ein Passkey deines Kontos wurde entfernt
notice-account-passkey-removed = Ein Passkey wurde entfernt: Mit ihm kann man sich nicht mehr anmelden.
notice-account-recovery-code-subject = Ein Ersatzcode wurde benutzt
notice-account-recovery-code = Einer deiner Ersatzcodes wurde statt des zweiten Faktors benutzt. Er gilt nicht mehr.
notice-account-recovery-codes-subject = Neue Ersatzcodes wurden erstellt
notice-account-recovery-codes = Neue Ersatzcodes wurden erstellt. Die früheren gelten nicht mehr.
notice-account-api-key-subject = Ein API-Schlüssel wurde erstellt
notice-account-api-key = Ein Schlüssel wurde erstellt, mit dem Programme für dein Konto handeln können.
notice-account-factors-removed-subject = Deine zweiten Faktoren wurden entfernt
notice-account-factors-removed = Der Shop hat alle zweiten Faktoren deines Kontos entfernt und alle Anmeldungen und API-Schlüssel beendet. Zur Anmeldung genügt jetzt das Passwort: Richte einen neuen zweiten Faktor ein.
notice-account-role-subject = Deine Rolle wurde geändert
notice-account-role = Was du im Shop darfst, wurde geändert, und deine Anmeldungen wurden beendet.

mail-invited-subject = { $shop }: Einladung als { $role }
mail-invited-what = { $inviter } lädt dich ein, bei { $shop } als { $role } mitzuarbeiten. Die Einladung gilt drei Tage.
mail-invited-button = Einladung annehmen
mail-invited-how = Du wählst ein Passwort mit mindestens 15 Zeichen und richtest einen zweiten Faktor ein: eine App, die Codes zeigt, oder einen Passkey.
mail-invited-not-you = Du hast das nicht erwartet? Dann tu nichts: Ohne den Link geschieht nichts.
role-customer = Kunde
role-owner = Inhaber
role-admin = Admin
role-billing = Abrechnung
role-support = Support
role-read_only = Nur Lesen

mail-room-subject = { $plan } ist in { $region } wieder frei
mail-room-what = Du wolltest wissen, wann in { $region } wieder Platz für { $plan } ist. Jetzt ist es so weit.
mail-room-button = Jetzt wählen
mail-room-first = Reserviert ist noch nichts für dich: Wer zuerst bezahlt, hat den Platz. Wir haben nicht mehr Leuten geschrieben, als Plätze frei sind.
notice-account-panel-password-subject = Dein Passwort für das Panel wurde geändert
notice-account-panel-password = Das Passwort deines Zugangs zum Panel, das auch für SFTP gilt, wurde auf den Seiten deines Kontos neu gesetzt.

mail-ticket-subject = Antwort: { $subject }
mail-ticket-what = Wir haben dein Ticket beantwortet:
mail-ticket-button = Ticket öffnen
mail-ticket-how = Antworte bitte auf der Seite des Tickets: Dort bleibt alles beisammen.
mail-change-what = Jemand, der bei { $shop } angemeldet ist, möchte diese Adresse benutzen. Dieser Code beweist, dass sie ihm gehört:
mail-change-not-you = Falls du das nicht warst, hat sich jemand bei seiner Adresse vertippt. Du musst nichts tun.
mail-moved-subject = Dein Konto bei { $shop } hat eine andere Adresse
mail-moved-what = Die Adresse deines Kontos bei { $shop } wurde geändert: Ab jetzt meldet man sich mit der neuen an, und unsere Mails gehen dorthin. Dies ist die letzte an diese Adresse.
mail-moved-not-you = Warst du es nicht? Schreib uns sofort, aus diesem Postfach.

mail-operator-button = In der Konsole öffnen
