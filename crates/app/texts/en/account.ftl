# Pages about an account.
account-security = Security
account-api-keys = API keys
account-data = Your data
