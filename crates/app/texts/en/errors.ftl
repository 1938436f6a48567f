# What somebody reads when something did not work: a title, and what it means and what to do.
error-sign-in = Please sign in
error-sign-in-text = Your session has ended, or you have not signed in yet. Nothing was changed, and nothing was charged.
error-not-found = This page does not exist
error-not-found-text = The address may be mistyped, or what stood here is gone.
error-broken = Something went wrong on our side
error-broken-text = You were not charged by this. Please try again in a moment.
error-paused = The shop is paused
error-paused-text = You were not charged, and nothing was changed. Whoever runs this shop is checking its records and will open it again; please come back later. Servers that you have are not affected.
error-address = This address could not be read
error-address-text = Nothing was changed. What stands behind the question mark in the address does not belong there: follow the links of the pages instead of writing it by hand.
error-form = This form could not be read
error-form-text = Nothing was stored and nothing was charged. Please go back, load the page again and send the form once more.
error-too-much = That was a lot at once
error-too-much-text = Nothing was changed, and nothing was charged. { $seconds ->
    [one] Try again in 1 second.
   *[other] Try again in { $seconds } seconds.
}
error-too-long = That took too long
error-too-slow-text = What you sent did not arrive in time, so nothing was changed and nothing was charged. Please try again.
error-no-answer-text = We gave up on an answer. You were not charged by this. Please try again in a moment.
error-cross-site = Not from here
error-cross-site-text = This did not come from a page of ours, so nothing was done. Please open the page here and try again.
error-method = Not this way
error-method-text = This address does not take that kind of request.

error-factor-missing = One step is missing
error-factor-missing-text = Your password was right. Enter your second factor to go on.
error-factor-missing-onward = Enter the code
error-factor-not-sent-text = The password is right. Send the code of your app, or a recovery code, as `second_factor`.
error-confirm = Please confirm that it is you
error-confirm-text = Nothing was changed. For this step we ask again who you are, because your last proof is a while ago.
error-confirm-onward = Confirm
error-scope = This key may not do that
error-scope-text = The API key lacks the scope { $scope }. Make a key that has it.
error-no-scope = Keys may not do that
error-no-scope-text = This needs an access token of a sign-in; no API key will do.

error-field = Please check the form
error-wrong-password = That did not match
error-wrong-password-text = The address or the password is wrong. You can set a new password by mail; if you never entered the code that we sent you, sign up again.
error-wrong-code = That code is not right
error-wrong-code-text = Codes are good for 20 minutes and five tries. Sign up again to get a new one.
error-dead-link = This link is no longer good
error-dead-link-text = Links are good for one hour and for one use. Ask for a new one.
error-wrong-factor-text = Each code counts once and for about a minute. Wait for the next one, or use a recovery code.
error-first-code-text = Enter the six digits that the app shows now. If they are not taken, let your phone set its clock by itself.
error-last-factor = That is your last second factor
error-last-factor-text = Nothing was changed. Staff always have a second factor: add another one first.
error-wait = That was tried too often
error-wait-seconds = { $count ->
    [one] The next try is possible in a second.
   *[other] The next try is possible in { $count } seconds.
}
error-wait-minutes = { $count ->
    [one] The next try is possible in a minute.
   *[other] The next try is possible in { $count } minutes.
}
error-wait-password = A passkey, or a new password by mail, work meanwhile.
error-wait-factor = A passkey works meanwhile.
error-wait-code = Ask for a new code if this one does not fit.
error-wait-panel-password = The last password that was set for the panel counts.
error-wait-mail = Mails that were sent stay good until then.

error-email = Write your e-mail address in the form name@example.net.
error-name = Your name has { $count } characters; 60 are the most.
error-password-short = The password needs at least { $count } characters; a few words in a row are easy to remember.
error-password-long = The password may have at most { $count } characters.
error-password-common = This password is among the first that attackers try. Choose another one, such as a few words that do not belong together.

error-passkeys-off = Passkeys do not work at this address
error-passkeys-off-text = They need an https address with a name, or localhost. Use your password here.
error-passkey-refused = The passkey was not accepted
error-passkey-refused-text = Nothing was changed. Try again, or use another way to sign in.
error-passkeys-many = You have as many passkeys as you may have
error-passkeys-many-text = Nothing was changed. Remove one that you do not use any more first.
error-passkey-known = This passkey is known already
error-passkey-known-text = Nothing was changed.

error-invitation = This invitation is no longer good
error-invitation-text = Invitations are good for three days and for one use. Ask for a new one.
error-invited-erasure = This account is being erased
error-invited-erasure-text = This account is being erased. Ask for an invitation to another address.

# For programs.
error-body = The body cannot be read
error-body-long = The body is too long
error-body-long-text = Bodies may have 64 KiB at most. Nothing was done.
error-body-field = A field is missing or not as it should be
error-body-zero-text = The character U+0000 stands in a text; it may not.
error-not-json = The body is not JSON
error-not-declared = The body has to be declared as application/json
error-not-declared-text = Send a body as application/json, or none at all.
error-no-parameters = This takes no parameters
error-no-parameters-text = Leave out `email`, `user` and every other parameter: the answer is about the token's own account.
error-idempotency = The Idempotency-Key cannot be used
error-idempotency-text = Idempotency-Key takes 1 to { $longest } printable characters. Nothing was done.
error-under-way = Not finished yet
error-under-way-text = The first request with this key is under way. Repeat it in a few seconds to get its answer.
error-key-reused = The key names another request
error-key-reused-text = This key named a request with another address or body. Nothing was done; use a new key.
error-viewing = Not while you see the shop as a customer
error-viewing-text = You see the shop as one of its customers does. This is not shown meanwhile, and nothing can be changed. End the view with the button above to go on.
