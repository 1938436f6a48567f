# Seiten über ein Konto.
account-security = Sicherheit
account-api-keys = API-Schlüssel
account-data = Deine Daten
