# Pages about an account.
account-profile = Profile
profile-name = Name
profile-name-label = What we call you
profile-name-saved = Saved.
profile-email-new = Another address
profile-email-help = We send a code there. Until you type it here, everything stays as it is. Afterwards you sign in with the new address, and the old one is told.
profile-email-send = Send the code
profile-email-first = Before you change your address we ask again who you are.
profile-email-changed = Your address is changed. Stripe and the panel are told of it now.
profile-same = That is your address already.
profile-code-sent = The code is on its way.
profile-code-what = A code is on its way to <strong>{ $email }</strong>. It is good for 20 minutes.
profile-confirm = Use this address
profile-forget = Keep the old one
profile-forgotten = Everything stays as it is.
account-security = Security
account-api-keys = API keys
account-panel = Panel
account-panel-what = The panel is where the servers themselves are looked after. You rarely need it, for console, files and backups are here on your server’s pages. Its login is also the one for SFTP.
panel-password = Password for panel and SFTP
panel-password-what = It is kept by the panel alone and is another one than the password of this shop. A new one takes the place of the old one at once.
panel-password-save = Set this password
panel-password-draw = Make one up for me
panel-password-set = The panel has your new password.
panel-password-drawn = The panel has a new password for you:
panel-password-once = It is shown this once. Put it into your password manager now.
panel-password-length = A password for the panel has at least { $shortest } characters and at most { $longest } bytes. The old one still counts.
panel-password-no-login = You have no login at the panel yet. It is made together with your first server.
panel-password-unclear = The panel’s answer was lost: the new password may count already, or still the old one. Set it once more in a minute.
account-mails = Mails
mails-which = Mails that you want
mails-to = They go to { $email }.
mails-payment_received = A payment arrived
mails-server_back = A suspended server runs again
mails-ticket_reply = We answered one of your tickets
mails-always = Mails about your server’s delivery, refunds, bills that are not paid, data that is going to be deleted and signing in are always sent: without them you could lose money, your server or your account.
mails-saved = Saved.
account-data = Your data
account-confirm-first = Before you change something here we ask again who you are. <a href="/confirm?next=/account/security">Confirm that it is you</a>

# Fields of forms.
field-new-password = New password
field-name = Name
field-optional = (optional)

# Signing in, signing up, another password.
login-passkey-known = Have you made a passkey? Then you need no password.
login-passkey = Sign in with a passkey
login-forgot = Forgot your password?
login-sign-up = Create an account
signup-title = Create an account
signup-code = We send a six-digit code there.
signup-accept = By creating an account you accept the <a href="/terms">terms</a> and have read the <a href="/privacy">privacy notice</a>.
signup-login = I have an account
verify-title = Check your mail
verify-tab = Enter the code
verify-sent = We sent a six-digit code to <strong>{ $email }</strong>. It is good for 20 minutes.
verify-button = Confirm
verify-nothing = Nothing came? Look into the spam folder, or <a href="/login">sign in</a> with your password: that sends a new code. If the address had an account already, we sent a note instead of a code.
reset-title = Reset your password
reset-sent = If <strong>{ $email }</strong> has an account here, a link is on its way. It is good for one hour.
reset-back = Back to signing in
reset-button = Send me a link
reset-new-title = Set a new password
reset-done = Your new password is set, and all other sign-ins have ended.
reset-new-button = Set password
reset-again = Ask for another link

# The second step of signing in, and confirming.
factor-title = One more step
factor-new-title = Set up your second factor
factor-lead = Your password was right. Now show that it is you.
factor-staff = Whoever works here signs in with two proofs. The second is an app that shows codes.
factor-staff-passkey = Whoever works here signs in with two proofs. The second is an app that shows codes, or a passkey.
factor-app = An app for codes
factor-app-on = Switch it on
factor-passkey = A passkey
factor-passkey-what = Your phone, computer or security key keeps it, and shows it only to you. No code has to be typed then.
factor-passkey-make = Make a passkey
factor-passkey-use = Use my passkey
factor-code-recovery = Your passkey is not at hand? Enter one of your recovery codes.
factor-code-or = Or enter the code that your app shows, or one of your recovery codes.
factor-code = Enter the code that your app shows, or one of your recovery codes.
factor-button = Continue
factor-lost = Not you, or another account? <a href="/login">Sign in again</a>. Lost everything? <a href="/support">Write to us</a>: we have to make sure that it is you.
confirm-title = Confirm that it is you
confirm-lead = Before steps that matter we ask again who you are. It counts for 15 minutes.
confirm-or-password = Or with your password:
confirm-code = From your app, or one of your recovery codes.
confirm-recovery-code = One of your recovery codes.
confirm-button = Confirm
app-title = Set up an app for codes
app-not-now = Not now
app-step-open = Open an app for one-time codes on your phone, and let it see this picture.
app-picture = The same as the letters below, for a camera
app-step-type = No camera? Type this: <span class="code" data-app-secret>{ $secret }</span>
app-step-enter = Enter the six digits that the app shows now.
codes-title = Keep these codes
codes-earlier = Your second factor is set up. Your earlier recovery codes stay good.
codes-phone = If your phone is lost, each of these codes stands in for it once, after your password. Print them or write them down and keep them where your phone is not: <strong>they are not shown again</strong>.
codes-passkey = Your passkey is kept. If you lose it, each of these codes stands in for it once. Print them or write them down and keep them where your passkey is not: <strong>they are not shown again</strong>.
codes-button = I have kept them
passkey-unreached = Nothing was changed: the shop could not be reached. Try again in a moment.
passkey-not-shown = Nothing was changed: the passkey was not shown, or it took too long.

# The security page.
security-factors = Second factor
security-factors-some = Signing in takes more than your password.
security-factors-none = Whoever knows your password gets in. With a second factor they also need your phone or passkey.
security-app = App for codes
security-app-on = Switched on
security-app-off = Not set up
security-app-remove = Switch off
security-app-set-up = Set up
security-app-removed = Signing in does not ask for codes any more.
security-passkey = Passkey: { $name }
security-passkey-unused = since { $since }
security-passkey-used = since { $since }, last used { $used }
security-passkey-remove = Remove
security-passkey-remove-which = Remove passkey { $name }
security-passkey-removed = The passkey is removed.
security-passkey-name = Name of a new passkey
security-passkey-example = My phone
security-passkey-add = Add a passkey
security-codes = Recovery codes
security-codes-none = None is left; each stands in for your phone once
security-codes-left = { $count } left; each stands in for your phone once
security-codes-new = Make new codes
security-password-length = At least { $count } characters. You stay signed in here; everywhere else you are signed out. API keys stay good.
security-password-change = Change password
security-password-changed = Your password is changed, and you are signed out everywhere else.
security-email = You sign in as <strong>{ $email }</strong>.
security-sign-ins = Where you are signed in
security-this = this browser
security-sign-in = { $address }, since { $since }, seen { $seen }
security-api = API: { $browser }
security-end = Sign out
security-end-which = Sign out { $browser }
security-end-others = Sign out everywhere else
device-browser-system = { $browser } on { $system }
device-unknown = a program or an unknown browser

# Keys for programs.
keys-made = Your new key
keys-made-text = Copy it now: <strong>it is not shown again</strong>. Send it as <span class="code">Authorization: Bearer …</span>
keys-what = With a key a program of yours can ask our <a href="/api/v1/openapi.json">API</a> for what you allow it, and for nothing else.
keys-none = You have no keys.
keys-ended = ended
keys-unused = made { $made }, ends { $ends }, never used
keys-used = made { $made }, ends { $ends }, last used { $used }
keys-revoke = Revoke
keys-revoke-which = Revoke the key { $name }
keys-new = A new key
keys-name-example = Status bot
keys-scopes = What it may do
keys-days = Ends after
keys-make = Make the key
keys-confirm = Before a key is made we ask again who you are.
keys-problem-name = Give the key a name of 1 to 60 characters, so that you know later what it is for.
keys-problem-scopes = Choose at least one thing that the key may do.
keys-problem-days = Choose when the key ends.
keys-problem-many = You have { $count } keys. Revoke one that you do not use any more first.
scope-servers-read = read your servers and their state
scope-orders-read = read your orders
scope-orders-write = open checkouts and cancel orders

# A copy of one's data, and its erasure.
data-what = What we store about you and why stands in the <a href="/privacy">privacy notice</a>. You can have a copy of all of it, and you can have it erased.
data-copy = A copy
data-copy-what = A zip file with your account, orders, servers, payments, refunds, messages, tickets and sign-ins, and a text that says what each file is. Passwords, codes and the files of your servers are not in it.
data-copy-button = Download a copy
data-copy-confirm = Before the download we ask again who you are.
data-erasure = Erasure
data-removes = This removes:
data-keeps = This has to stay, without your name:
data-stays = What stays
data-stays-what = What
data-stays-why = Why
data-asked = You asked for it on { $date }. It is carried out as soon as everything has ended.
data-first = First:
data-email = Your e-mail address, to confirm
data-no-way-back = There is no way back, and your address can open a new account afterwards.
data-end-servers = End my servers and open orders now. Files of servers are gone at once; what is left of a term that I used is not paid out.
data-erase-button = Erase my data
data-erase-confirm = Before an erasure we ask again who you are.
data-problem-email = Type the e-mail address of this account.
data-problem-standing = You still have servers or open orders. Tick that they end, or end them first.
data-problem-staff = This account runs the shop. Ask the owner.
erasure-obstacle-order = an open order is cancelled; what was paid for it goes back
erasure-obstacle-server = a server is removed with its files, and its subscription ends
erasure-obstacle-payment = a payment that is on its way from your bank arrives
erasure-obstacle-refund = a refund is made
erasure-obstacle-messages = messages to you are sent
erasure-removes-account = address, name and password of the account
erasure-removes-sign-ins = sign-ins, codes and links
erasure-removes-servers = names of servers and what was typed in for their games
erasure-removes-messages = texts of messages, and what Stripe's events say about the person
erasure-removes-tickets = tickets with everything that was written in them
erasure-removes-login = the login at the game panel
erasure-removes-stripe = the customer at Stripe, with saved cards
erasure-keeps-orders = orders, payments and refunds with amounts, dates and Stripe's numbers
erasure-keeps-orders-why = book-keeping and tax law
erasure-keeps-consents = what was agreed to and when
erasure-keeps-consents-why = the contract, should somebody ask later
erasure-keeps-audit = lines of the audit log, which name the account by its number
erasure-keeps-audit-why = so that nobody can rewrite what was done
erasure-keeps-stripe = payments and invoices at Stripe
erasure-keeps-stripe-why = Stripe's own duties; Stripe answers requests about them itself
erased-title = Your data is being erased
erased-signed-out = You are signed out everywhere.
erased-signed-out-soon = You are signed out everywhere. The rest takes a few minutes.
erased-then = Then your data goes, by itself.
copy-address = Copy address
copy-key = Copy key
copy-done = Copied
copy-by-hand = Press Ctrl+C
