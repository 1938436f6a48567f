# Tickets: was Kunden fragen und Mitarbeiter antworten.
tickets-title = Tickets
tickets-new = Neues Ticket
tickets-none = Du hast noch nichts gefragt.
tickets-ask-server = Frag uns zu diesem Server
ticket-written = zuletzt geschrieben { $ago }
ticket-category = Worum es geht
ticket-category-general = Allgemeines
ticket-category-billing = Abrechnung
ticket-category-technical = Technik
ticket-priority = Wie dringend es ist
ticket-priority-low = Niedrig
ticket-priority-normal = Normal
ticket-priority-high = Hoch
ticket-state-open = Wir antworten
ticket-state-pending = Beantwortet
ticket-state-closed = Geschlossen
ticket-about = Um welchen Server oder welche Bestellung
ticket-about-nothing = Um nichts Bestimmtes
ticket-about-order = Bestellung vom { $date }: { $server } · { $plan }
ticket-about-help = Nummer, Spiel, Region und Zustand hängen wir so an, wie sie jetzt sind. Du musst sie nicht abtippen.
ticket-about-heading = Darum geht es
ticket-about-name = Server
ticket-about-state = Zustand
ticket-about-then = Stand vom { $date }.
ticket-subject = Betreff
ticket-text = Deine Frage
ticket-text-help = Was hast du getan, was hast du erwartet, und was ist geschehen? Schick nie ein Passwort.
ticket-send = Abschicken
ticket-reply = Deine Antwort
ticket-close = Ohne Antwort schließen
ticket-reopens = Dieses Ticket ist geschlossen. Deine Antwort öffnet es wieder.
ticket-closed-for-good = Dieses Ticket wurde vor mehr als 30 Tagen geschlossen. Bitte öffne ein neues, gern mit der Nummer von diesem.
ticket-typed = Was du geschrieben hast
ticket-promised = Eine erste Antwort bekommst du bis { $date }. Samstage und Sonntage zählen nicht mit.
ticket-by-you = Du
ticket-by-us = { $shop }
ticket-problem-category = Wähle, worum es geht.
ticket-problem-priority = Wähle, wie dringend es ist.
ticket-problem-about = Wähle einen deiner Server, eine deiner Bestellungen oder nichts.
ticket-problem-subject = Sag in wenigen Worten, worum es geht.
ticket-problem-subject-long = Der Betreff hat { $count } Zeichen; höchstens { $most } sind möglich.
ticket-problem-text = Schreib, was du wissen möchtest.
ticket-problem-text-long = Der Text hat { $count } Zeichen; höchstens { $most } sind möglich.
ticket-problem-many = Du hast in kurzer Zeit viele Tickets geöffnet. Das nächste geht am { $time }; schreib bis dahin bitte in eines, das du schon hast. Was du geschrieben hast, steht noch hier.
ticket-problem-many-messages = Du hast in kurzer Zeit sehr viel geschrieben. Die nächste Nachricht geht am { $time }. Was du geschrieben hast, steht noch hier.

# Die Warteschlange der Mitarbeiter.
queue-title = Tickets
queue-waiting = { $count ->
    [0] Kein Ticket wartet auf Antwort
    [1] Ein Ticket wartet auf Antwort
   *[other] { $count } Tickets warten auf Antwort
}
queue-by-state = Zustand
queue-all = Alle
queue-everything = Alles
queue-empty = So ein Ticket gibt es nicht.
queue-next = Nächste Seite
queue-late = Eine erste Antwort war bis { $date } versprochen.
queue-promised = Eine erste Antwort ist bis { $date } versprochen.
queue-customer = Kunde
queue-reply = Deine Antwort
queue-reply-help = Sie geht als Mail an den Kunden und steht auf seiner Seite, im Namen des Shops.
queue-set = Zustand und Dringlichkeit
queue-problem-set = Wähle einen Zustand und eine Dringlichkeit.
ticket-queue-open = Wartet auf uns
ticket-queue-pending = Wartet auf den Kunden
ticket-queue-closed = Geschlossen
