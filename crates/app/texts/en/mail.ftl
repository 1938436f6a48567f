# Letters. A subject is one line; in a letter each text is a paragraph.
mail-hello = Hello,
mail-questions = Questions? Write to { $address }.
mail-order = The order
mail-server = Your server’s page
mail-what-to-do = What to do: { $advice }

mail-code-subject = { $code } is your code for { $shop }
mail-code-welcome = Welcome to { $shop }! Your code is:
mail-code-use = Type it on the page that you have open; it is good for 20 minutes.
mail-code-not-you = If you did not sign up, somebody mistyped their address. You need not do anything: without the code nothing is yours to pay.

mail-welcome-subject = Welcome to { $shop }
mail-welcome-ready = Your account at { $shop } is ready. Choose a game and a size: once you have paid we set your server up, and we write to you as soon as the game itself answers.
mail-welcome-button = Choose a game
mail-welcome-security = Protect your account with a passkey or a second factor

mail-reset-subject = Set a new password for { $shop }
mail-reset-asked = Somebody asked to set a new password for your account. If that was you, go on here within 60 minutes:
mail-reset-button = Set a new password
mail-reset-not-you = If it was not you, ignore this message: your password stays as it is.

mail-known-subject = You already have an account at { $shop }
mail-known-tried = Somebody tried to sign up at { $shop } with your address, which has an account already. If that was you:
mail-known-login = Sign in
mail-known-reset = Set a new password, if you do not remember yours
mail-known-not-you = If it was not you, you need not do anything.

mail-paid-subject = Payment received: { $amount }
mail-paid-thanks = Thank you! We received { $amount } for { $plan }.
mail-paid-next = We are setting up “{ $server }” now. Watch it happen, and find your server’s address, here:
mail-paid-button = Watch your server being built
mail-promise = If anything goes wrong, your money comes back by itself and we tell you.

mail-ready-subject = { $server } is ready
mail-ready-address = Your server “{ $server }” is ready. This is the address to join:
mail-ready-verified = We asked the game itself before writing this: it answers.
mail-ready-unverified = This game cannot be asked from outside. Your server has been running for a minute without a restart.
mail-ready-button = Go to your server
mail-ready-panel = Panel
mail-ready-username = Your login there
mail-ready-password = The panel sent you a mail to set your password there.

mail-trouble-subject = Trouble with “{ $server }”: your money comes back
mail-trouble-money = We have ended the subscription, so nothing more will be charged, and { $amount } goes back to the card that you paid with. Banks take five to ten business days to show it. You need not do anything.
mail-trouble-button = What happened, step by step
refund-reason-cannot_be_delivered = We could not get your server running, on any of our machines.
refund-reason-server_vanished = Your server disappeared while it was being set up.
refund-reason-paid_after_expiry = Your payment arrived after your place had been given up, and there is no room left.
refund-reason-paid_twice = The same order was paid twice.
refund-reason-charged_after_end = You were charged once more after your server had ended.
refund-reason-not_as_ordered = What was charged is not what you had ordered, so we did not start.
refund-reason-cancelled = The order was cancelled before the server was ready.
refund-reason-by_hand = We gave your money back and ended your server, as was agreed.

mail-refund-subject = Refund made: { $amount }
mail-refund-bank = Your bank has taken { $amount } back for you. We do not send it once more.
mail-refund-otherwise = We paid { $amount } back to you in another way, because Stripe could not. If you do not find it, answer this mail.
mail-refund-made = { $amount } is on its way back to the card that you paid with. Banks take five to ten business days to show it.

mail-missing-subject = We are looking for your server “{ $server }”
mail-missing-what = The panel does not show your server “{ $server }” any more. This is not your doing, and we have been alerted: a person looks into it now.
mail-missing-why = It is not made again by itself, because that could overwrite what a backup still holds. Nothing more is asked of you; answer this mail if you know something that helps.

mail-unpaid-subject = We could not charge you for “{ $server }”
mail-unpaid-what = The renewal of “{ $server }” could not be charged. Nothing was taken, and your server runs on for now.
mail-unpaid-pay = What to do: pay the open bill here, with this card or another one.
mail-unpaid-button = Pay the open bill
mail-unpaid-wait = What to do: make sure that your card works. The payment is tried again by itself in the next days.
mail-unpaid-then = If it is not paid, your server is suspended after { $date }: nobody can start it then, and its data stays. Once the bill is paid it comes back by itself.

mail-suspended-subject = { $server } is suspended
mail-suspended-what = Your server “{ $server }” is suspended: { $reason }
mail-suspended-means = What it means: nobody can start it or reach its files for now. Nothing was deleted.
mail-suspended-until = Its data is kept until { $date } at least, and we write to you once more before anything is deleted.
mail-suspended-kept = Its data is kept.
suspended-mail-not_paid = its renewal was not paid.
suspended-mail-paused = its subscription is paused.
suspended-mail-ended = its subscription has ended, and so has the time that was paid for.
suspended-mail-disputed = your bank took a payment for it back, and has not decided yet.
suspended-mail-dispute_lost = your bank took a payment for it back for good.
suspended-mail-by_hand = we suspended it ourselves. A payment does not lift that.
suspended-advice-not_paid = pay the open bill: “Bills, card and subscription” on your server’s page leads there. The server comes back by itself a few minutes later.
suspended-advice-paused = resume the subscription, or ask us to. The server comes back by itself then.
suspended-advice-ended = write to us before that date: we help you to keep it, or to take your data with you.
suspended-advice-disputed = if you did not mean to dispute it, tell your bank so, and write to us. When the bank decides that the payment stands, the server comes back by itself.
suspended-advice-dispute_lost = write to us before that date: we help you to pay in another way, or to take your data with you.
suspended-advice-by_hand = write to us, and we tell you why and what has to happen before it runs again.

mail-soon-subject = The data of “{ $server }” will be deleted on { $date }
mail-soon-when = On { $date } the server and all its data will be deleted, and cannot be brought back. It does not happen before.
mail-soon-keep = What to do if you want to keep it: { $advice }
mail-soon-nothing = If you do not need it any more, you need not do anything: nothing more is charged for it after that.

mail-deleted-subject = { $server } was deleted
mail-deleted-what = Your server “{ $server }” and its data were deleted, as we had announced. Its subscription has ended: nothing more is charged for it. Should something be charged all the same, it goes back to you.
mail-deleted-new = A new server takes some minutes

mail-ended-subject = { $server } has ended
mail-ended-what = Your server “{ $server }” and its data were removed, as was asked for. Its subscription has ended: nothing more is charged for it. Should something be charged all the same, it goes back to you.

mail-back-subject = { $server } is back
mail-back-what = Your server “{ $server }” is not suspended any more, and all its data is there. You can start it again.

mail-notice-when = When
mail-notice-browser = Browser
mail-notice-address = Address
mail-notice-you = Was it you? Then there is nothing to do.
mail-notice-not-you = Was it not? Set a new password now, which signs everybody out. Then look at your sign-ins and second factors.
mail-notice-by = By
mail-notice-the-shop = somebody who runs the shop
mail-notice-expected = Did you ask for it, or expect it? Then there is nothing to do.
mail-notice-not-expected = Did you not? Write to us at once, and set a new password, which signs everybody out. Then look at your sign-ins and second factors.
mail-notice-button = Set a new password
mail-notice-security = Sign-ins and second factors
notice-account-sign-in-subject = New sign-in to your account
notice-account-sign-in = Somebody signed in to your account with a browser that we had not seen there before.
notice-account-password-subject = Your password was changed
notice-account-password = The password of your account was changed, and all other sign-ins were ended.
notice-account-reset-subject = Your password was set anew
notice-account-reset = The password of your account was set anew with a link from your mail. All sign-ins and API keys were ended. Look at your passkeys: remove what is not yours.
notice-account-factor-guessed-subject = Somebody knows your password
notice-account-factor-guessed = Somebody signed in with your password and then guessed at your second factor, and has to wait now. If it was not you, set a new password.
notice-account-export-subject = A copy of your data was made
notice-account-export = A copy of everything that we store about you was downloaded.
notice-account-erasure-asked-subject = Your data is to be erased
notice-account-erasure-asked = Somebody who was signed in asked us to erase your account. Write to us at once if it was not you.
notice-account-app-added-subject = Codes of an app were switched on
notice-account-app-added = From now on, signing in asks for a code of your app.
notice-account-app-removed-subject = Codes of an app were switched off
notice-account-app-removed = Signing in does not ask for a code of your app any more.
notice-account-passkey-added-subject = A passkey was added to your account
notice-account-passkey-added = A passkey was added: with it alone one can sign in.
notice-account-passkey-removed-subject = A passkey was removed from your account
notice-account-passkey-removed = A passkey was removed: one cannot sign in with it any more.
notice-account-recovery-code-subject = A recovery code was used
notice-account-recovery-code = One of your recovery codes was used instead of your second factor. It is of no use any more.
notice-account-recovery-codes-subject = New recovery codes were made
notice-account-recovery-codes = New recovery codes were made. The earlier ones are of no use any more.
notice-account-api-key-subject = An API key was made
notice-account-api-key = A key was made with which programs can act for your account.
notice-account-factors-removed-subject = Your second factors were removed
notice-account-factors-removed = The shop removed all second factors of your account and ended all sign-ins and API keys. The password alone signs in now: set up a new second factor.
notice-account-role-subject = Your role was changed
notice-account-role = What you may do at the shop was changed, and your sign-ins were ended.

mail-invited-subject = { $shop }: you are invited as { $role }
mail-invited-what = { $inviter } invites you to work at { $shop } as { $role }. The invitation is good for three days.
mail-invited-button = Accept the invitation
mail-invited-how = You choose a password of at least 15 characters and set up a second factor: an app that shows codes, or a passkey.
mail-invited-not-you = Were you not expecting this? Then do nothing: without the link nothing happens.
role-customer = Customer
role-owner = Owner
role-admin = Admin
role-billing = Billing
role-support = Support
role-read_only = Read only

mail-room-subject = { $plan } is free again in { $region }
mail-room-what = You wanted to hear once there is room for { $plan } in { $region }. Now there is.
mail-room-button = Choose it now
mail-room-first = Nothing is held for you yet: whoever pays first has the place. We told no more people than there are places.
notice-account-panel-password-subject = Your password for the panel was changed
notice-account-panel-password = The password of your login at the panel, which is the one for SFTP too, was set anew on your account’s pages.

mail-ticket-subject = Answer: { $subject }
mail-ticket-what = We answered your ticket:
mail-ticket-button = Open the ticket
mail-ticket-how = Please reply on the ticket’s page: there everything stays together.
mail-change-what = Somebody who is signed in at { $shop } wants to use this address. This is the code that proves that it is theirs:
mail-change-not-you = If it was not you, somebody mistyped their address. You need not do anything.
mail-moved-subject = Your account at { $shop } has another address
mail-moved-what = The address of your account at { $shop } was changed: from now on one signs in with the new one, and our mails go there. This is the last one to this address.
mail-moved-not-you = Was it not? Write to us at once, from this mailbox.

mail-operator-button = Open it in the console
