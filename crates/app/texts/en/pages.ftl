# Pages that are mostly text: questions, support and the rules.
faq-title = Questions and answers
faq-before = Before you buy
faq-how-long = How long until I can play?
faq-how-long-answer = From payment to playable: { $time }. Games with large downloads, such as Counter-Strike 2 or ARK, take longer on their first installation. Your order page shows every step as it happens.
faq-undelivered = What if my server cannot be delivered?
faq-undelivered-answer = Then nothing more is charged and the whole amount goes back to the card you paid with. This happens by itself, and you get a mail about it.
faq-players = How many players fit?
faq-players-answer = Each size names the range it is meant for. Mods, large worlds and busy farms need more; if you are between two sizes, take the larger one.
faq-methods = Which payment methods are there?
faq-methods-answer = You pay on a page of Stripe with the methods that it offers you there. We never see your card’s number.
faq-held = How long is my place held?
faq-held-answer = { $minutes } minutes, as long as the payment page is open. Nothing is charged if you leave it.
faq-after = After you bought
faq-join = How do I join my server?
faq-join-answer = Copy the address from <a href="/servers">My servers</a> and enter it in the game’s list of servers or its “direct connect” field.
faq-panel = How do I reach the panel?
faq-panel-answer = Open <a href="{ $panel }" rel="noopener external">{ $panel }</a>. Your login there is made with your first order, under the same e-mail address. Set a password of your own once, under <a href="/account/panel">your account</a>. Console, files, backups and schedules are on your server’s page here as well.
faq-unverified = What does “running, unverified” mean?
faq-unverified-answer = A few games cannot be asked from outside whether they accept players. For those we watch that the server runs for a minute without a restart, and say that we could not ask.
faq-cancel = Can I cancel before the server is ready?
faq-cancel-answer = Yes, on the order’s page. What was made so far is removed, and the whole amount goes back.
faq-money = Money
faq-renews = Does it renew by itself?
faq-renews-answer = Yes, at the same price and for the same term, until you cancel. After cancelling, the server runs until the end of what is paid.
faq-refund = Can I get a refund?
faq-refund-answer = You can ask for a full one within 48 hours of your server being ready. The <a href="/refund-policy">refund page</a> says what that covers.
faq-missing = Is something missing? <a href="/support">Write to us</a>.

support-lead = People answer here, as a rule within 24 hours on working days.
support-write = Write to us
support-promise = A first answer comes within 24 hours; Saturdays and Sundays do not count.
support-mail = Or by mail:
support-name-it = Please name your order or server; its page shows an id that begins with <code>ord_</code> or <code>svc_</code>. Never send a password.
support-waiting = I paid and wait for my server
support-waiting-text = From payment to playable: { $time }. Your <a href="/orders">order’s page</a> shows which step is under way, live. If a step gets stuck we are alerted before you have to write, and if the server cannot be delivered your money goes back in full.
support-panel = How to reach the panel
support-panel-open = Open <a href="{ $panel }" rel="noopener external">{ $panel }</a>.
support-panel-password = Set a password for it <a href="/account/panel">here</a>, or choose <a href="{ $panel }/auth/password" rel="noopener external">“forgot password”</a> there and enter the e-mail address that you use here. Your login’s name is on your server’s page.
support-panel-mail = Sign in there with that name. Console, files, backups and schedules are all there.
support-join = Players cannot join
support-join-address = Compare the address with the one under <a href="/servers">My servers</a>, port included.
support-join-state = Look at the state there: a server that is stopped has to be started, with the button on its page.
support-join-mods = After changing mods or settings, read the console: the last lines name the cause most of the time.
support-everywhere = Something is wrong everywhere
support-everywhere-text = The <a href="/status">status page</a> says whether the shop and the machines answer.

refunds-undelivered = When we cannot deliver
refunds-undelivered-text = If your server cannot be made ready, the subscription ends first, so that nothing more is charged, and then the whole amount goes back. You do not have to ask. The order’s page shows both steps.
refunds-guarantee = The 48-hour guarantee
refunds-guarantee-text = You can ask for a full refund within 48 hours. The time begins when your server was first ready to play; while it was never ready, it does not run. Write to <a href="mailto:{ $address }">{ $address }</a> and name the order; a person looks at it and answers within 24 hours; Saturdays and Sundays do not count.
refunds-not-covered = What it does not cover
refunds-not-late = requests after the 48 hours,
refunds-not-mods = trouble that comes from mods or plug-ins of others, from own changes of files and settings, or from faults of the game itself,
refunds-not-maintenance = announced maintenance,
refunds-not-suspended = servers that were suspended because the <a href="/terms">terms</a> were broken,
refunds-not-mind = a change of mind alone, once the server did what was promised.
refunds-how = How the money comes back
refunds-how-text = To the card that paid, through Stripe. Banks take 5 to 10 business days to show it.
refunds-cancelling = Cancelling
refunds-cancelling-text = You can cancel at any time. The server runs until the end of the term that is paid; what is left of a term is not paid out. Its data is kept for { $days } days after the end, and we tell you the date again before it is deleted.

terms-version = Version 1. These terms are between you and { $shop }.
terms-rent = What you rent
terms-rent-text = A game server of the size, region and term that you chose, with the memory, CPU share, disk and ports that its page names. The server and its files are yours to use for that time.
terms-paying = Paying
terms-paying-text = You pay ahead for one term. It renews at the price that you paid until you cancel. The price of a running term does not change. If a renewal cannot be charged we tell you and keep the server running for { $grace } days before it is suspended. A suspended server cannot be started; its data is kept for at least { $kept } days, and we tell you the date again at least 48 hours before anything is deleted. Once you pay it comes back. A payment that your bank takes back suspends the server at once.
terms-delivery = Delivery and refunds
terms-delivery-text = Either the server becomes playable or you get your money back. The <a href="/refund-policy">refund page</a> is part of these terms.
terms-availability = Availability
terms-availability-text = We aim for 99.5 % of each month. Below that you can ask, within 30 days, for a credit on the monthly fee: 10 %, below 99 % it is 25 %, below 95 % it is 50 %. Announced maintenance does not count.
terms-must-not = What you must not do
terms-must-not-attack = attack other systems, send spam, mine currencies or run anything but the game and its tools,
terms-must-not-offer = offer what is against the law or the rules of the game’s maker,
terms-must-not-share = share your login, or try to reach what belongs to other customers.
terms-must-not-follows = Whoever does is suspended; the refund page says what follows.
terms-others = Games of others
terms-others-text = Each game has terms of its maker. Where these need your consent, we ask for it before you pay. Names and marks of games belong to their owners; { $shop } is not connected with them.
terms-data = Your data
terms-data-text = What we store and why is on the <a href="/privacy">privacy page</a>. Keep copies of what matters to you; backups in the panel are a help, not an insurance.
terms-contact = Contact

privacy-version = Version 1.
privacy-stored = What we store
privacy-table = What is stored
privacy-what = What
privacy-why = Why
privacy-account = E-mail address, name, hash of your password
privacy-account-why = Your account. The password itself is not stored.
privacy-sign-ins = Sign-ins: time, the internet address they came from, and what your browser calls itself
privacy-sign-ins-why = So that sessions can be shown and ended.
privacy-orders = Orders, payments and refunds, with what you agreed to
privacy-orders-why = The contract, and book-keeping.
privacy-servers = State of your servers: running or not, players, memory, CPU
privacy-servers-why = To show it to you, and to notice trouble.
privacy-tickets = What you ask us in tickets, and what we answer
privacy-tickets-why = To help you, and to look it up when you ask again. Two years after they were closed they are removed.
privacy-inputs = What a game needs from you, such as a login token
privacy-inputs-why = It is set on your server.
privacy-others = Who else sees something
privacy-others-text = Stripe takes your payment and sees your card; we do not. The panel has your e-mail address and name, for your login there. Mail travels through our mail server. Nobody else gets anything, and nothing is sold.
privacy-cookies = Cookies
privacy-cookies-text = One keeps you signed in, one says that your browser is not a stranger to your account, one remembers the language that you chose. These pages load nothing from other sites and count nobody.
privacy-how-long = How long
privacy-how-long-text = Files of a server are kept for { $days } days after its end, unless you ask for erasure. Sign-ins are removed 30 days after they end, codes after 7 days, accounts that were never confirmed after 7 days. Invoices and payments stay as long as the law wants them.
privacy-rights = Your rights
privacy-rights-text = You can ask what is stored about you, have it corrected, get a copy, or have it erased. <a href="/account/data">Your data</a> has a copy to download and the form for erasure. For everything else write to <a href="mailto:{ $address }">{ $address }</a>.

about-title = About { $shop }
about-lead = We rent out game servers, and keep one promise: every payment ends in a playable server, or in your money back.
about-why = Why we do it like this
about-why-text = Too often one pays for a server and gets a mail that says “ready”, while nothing answers. We wanted a shop that asks the game itself before it says so, that tells the truth while something is broken, and that gives money back without being asked.
about-how = How we work
about-how-room = We sell only what there is room for: memory, disk and ports are held for you before you pay.
about-how-asked = We ask the game from outside, twice, before we call a server ready. A few games cannot be asked: those we watch for a minute, and say so.
about-how-told = You see each step with its time, and so do we. If one gets stuck, a person is told before you have to write.
about-how-back = What we cannot deliver is paid back by itself. <a href="/refund-policy">How refunds work</a>
about-name = About the castle
about-name-text = A server is a small realm of its own: walls, gates, and whoever you let in. We keep the walls standing; the realm is yours.

sla-title = Availability
sla-lead = We aim for 99.5 % of each month. Below that you can ask for a credit on the monthly fee.
sla-credits = Credits by availability
sla-month = Availability in a month
sla-down = That is a standstill of
sla-credit = Credit
sla-first = below 99.5 %
sla-first-down = more than 3 hours 36 minutes
sla-second = below 99 %
sla-second-down = more than 7 hours 12 minutes
sla-third = below 95 %
sla-third-down = more than 36 hours
sla-what = What counts
sla-what-text = A server counts as available while its machine and its network answer. What the game itself or its mods do, and a server that you stopped, does not count against us.
sla-how = How to ask for it
sla-how-text = Write to <a href="mailto:{ $address }">{ $address }</a> within 30 days, and name the server and the time. A credit lowers a later bill and is never more than one month’s fee.
sla-not = What does not count
sla-not-text = Maintenance that we announced at least 48 hours before, attacks on your own server, and what lies outside of our network.
