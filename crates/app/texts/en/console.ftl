# The operator's side.
console-who = Signed in as <strong>{ $name }</strong>, role <span class="badge">{ $role }</span>.
console-may = With it you may:
console-alerts = Open alerts: { $critical } critical, { $warnings } to look at; { $new } of them nobody’s yet
console-no-alerts = No open alert
console-letters = Letters
console-styleguide = Style guide
console-staff = Staff and invitations
console-security = Your own sign-in
permission-see-business = look at orders, servers, capacity and alerts
permission-see-customers = look at customers
permission-help-customers = answer customers, write notes, send mails again
permission-mend-orders = set stuck orders going again
permission-run-servers = suspend, resume and end servers, drain nodes
permission-move-money = give money back and end subscriptions
permission-manage-sales = pause sales
permission-read-audit = read who did what
permission-manage-staff = invite staff, change roles, end access; remove a customer’s second factors
permission-manage-secrets = replace keys and secrets
freeze-servers_missing = Far too many servers are missing on the panel at once. Servers are neither made nor removed until they are there again.
freeze-wrong_clock = This machine's clock differs from Stripe's by more than ten seconds. The shop takes no orders and changes nothing outside until it is right: look at the machine's time synchronisation.
freeze-restored = This shop was restored from a backup. It takes no orders and changes nothing outside until `givr restore confirm`.
freeze-moved = This database may be a copy: it is not where it was left. The shop takes no orders and changes nothing outside until `givr restore confirm`.
freeze-superseded = Another process has taken this installation over after a restore. This one takes no orders and changes nothing outside: restart it.

# Who works here.
staff-title = Staff
staff-members = Who works here
staff-role-of = Role of { $name }
staff-change = Change
staff-change-whose = Change the role of { $name }
staff-end = End access
staff-end-whose = End the access of { $name }
staff-hint = A change signs the person out everywhere. Their account as a customer stays.
staff-invited = Invited, not here yet
staff-invited-until = good until { $date }
staff-take-back = Take back
staff-take-back-whose = Take back the invitation of { $email }
staff-invite = Invite somebody
staff-role = Role
staff-invite-button = Invite
staff-invite-done = { $email } is invited: the link was mailed, and is good for three days.
staff-problem-email = Write the address in the form name@example.net.
staff-problem-role = Choose a role that you may give: it cannot do more than yours.
staff-problem-mail = The mail could not be sent, so nobody is invited. Try again when mail works.
staff-problem-works-here = This person works here already. Change their role in the list.
staff-problem-invited-to-more = This person is invited to a role that you may not give. Leave that invitation be.
staff-problem-not-yours = You may not change this person: yourself, or somebody who may do more than you.
staff-problem-last-owner = This is the last owner. Make somebody else owner first.
invitation-title = You are invited
invitation-what = To work at { $shop } as <strong>{ $role }</strong>.
invitation-password = At least { $count } characters; a few words in a row are easy to remember. If this address has an account here, its password becomes this one.
invitation-button = Accept
invitation-next = Next you set up a second factor.

# What a person has to know.
alerts-title = Alerts
alerts-which = Which alerts
alerts-show-open = Open
alerts-show-new = Nobody’s yet
alerts-show-all = All
alerts-none = Nothing to worry about here.
alerts-channels = Who is told
alerts-told = Each alert goes to all of these; what nobody acknowledges is told again.
alerts-no-channel = Nobody: no channel is set. Alerts wait on this page alone. Set alerts.mail in the settings.
alerts-try = Send a test to all of them
alerts-tried = The test
alerts-tried-good = took it
alerts-tried-bad = did not take it
alert-times = { $count ->
    [one] seen once
   *[other] seen { $count } times
}
alert-severity-critical = Critical
alert-severity-warning = Warning
alert-state-new = Nobody’s yet
alert-state-mine = Looked after
alert-state-over = Over
alert-what = What happened
alert-about = About
alert-since = Since
alert-seen = Last seen
alert-mine = Looked after by
alert-over = Over since
alert-runbook = What to do
alert-told = Who was told
alert-told-nobody = Nobody yet.
alert-told-opened = That it began
alert-told-again = That nobody looks after it
alert-told-cleared = That it is over
alert-told-withdrawn = not needed any more
alert-told-waits = waits until { $date }
alert-ack = Look after it
alert-ack-means = The others see that you are on it, and nobody is told again.
alert-ack-button = I look after it
alert-resolve = It is over
alert-resolve-means = For what does not end by itself. A cause that is looked at again and again brings it back; the audit log keeps your reason.
alert-reason = What was done about it
alert-resolve-button = Say that it is over

# Where one goes in the console, and how one finds things.
nav-overview = Overview
find-label = Find: e-mail, Stripe’s or the panel’s id, IP:port
find-short = Find (Ctrl K)
find-button = Find
find-title = Find
find-how = An e-mail address, an id of ours (ord_, svc_, acc_, alr_, tkt_), of Stripe’s (cs_, sub_, pi_, re_, evt_), a server’s number or name at the panel, or an address with its port.
find-nothing = Nothing is called “{ $text }”.
find-order = Order
find-alert = Alert
find-event = Event
find-customer = Customer
find-ticket = Ticket

# Orders as those see them who look after the shop.
orders-title = Orders
orders-which = Orders by state
orders-empty = No such order.
orders-state-all = All
orders-state-reserved = Begun
orders-state-checkout-open = At the payment page
orders-state-settling = Money on its way
orders-state-paid = Paid, being made
orders-state-fulfilled = Handed over
orders-state-refund-due = Money goes back
orders-state-refunded = Given back
orders-state-expired = Not paid
order-facts = Facts
customer-act-done = Done: { $act }.
order-act-done = Done: { $act }. What follows from it is carried out now, and stands here when it has happened.
order-nothing = None.
order-retry = Let it go on now
order-retry-means = Tries at once what would be tried later, also where it waits for a person.

# Nodes.
nodes-title = Nodes
nodes-lead = What is sold of each node; what stands there without us counts as sold.
nodes-read = The panel was last read { $when }.
nodes-none = The panel has not shown a node yet.
nodes-memory = Memory
nodes-disk = Disk
nodes-ports = Ports
nodes-sold = { $sold } of { $all } GiB sold
nodes-free-ports = { $free } of { $all } free
nodes-forecast = { $days ->
    [0] Its memory is sold out today, at the pace of the last two weeks.
    [one] Its memory is sold out in one day, at the pace of the last two weeks.
   *[other] Its memory is sold out in { $days } days, at the pace of the last two weeks.
 }
nodes-open = Takes servers
nodes-shut = Takes no servers

# Stripe's events.
events-title = Events
events-lead = What Stripe told us: what waits to be applied, and what a person has to look at. An event by its id is found with the field above.
events-which = Which events
events-show-waiting = Waiting
events-show-kept = Kept for a person
events-none = Nothing here.
event-object = About
event-source = Came by
event-created = Made by Stripe
event-received = Received
event-tries = Tries
event-outcome = Outcome
event-waits = waits
event-problem = Last problem
event-body = What it says
event-body-gone = Its text is past its time.
event-body-hidden = Names of customers stand in it; your role does not see them.
event-replay = Apply it once more
event-replay-means = What it says is read again at Stripe; what is known already changes nothing.

# Who did what.
audit-title = Audit log
audit-subject = Only what was done to this id
audit-narrow = Show
audit-none = Nothing was done.

# How the shop is doing.
overview-now = Now
overview-panel = The panel was read
overview-never = never
overview-nothing-waits = nothing overdue
overview-queue-operations = Jobs on servers, due
overview-queue-events = Stripe’s events, due
overview-queue-refunds = Refunds, due
overview-queue-outbox = Mail, due
overview-waiting = Paid, and not playable yet
overview-figures = Figures
overview-span = In
overview-span-1 = the last hour
overview-span-24 = the last day
overview-span-168 = the last week
overview-paid = Paid
overview-delivered = Handed over
overview-share = Success
overview-p50 = Half within
overview-p95 = 95 % within
overview-failed = Failed
overview-refunded = Refunds
overview-ended = Ended
overview-income = A month brings in { $money }, from { $count ->
    [one] one server
   *[other] { $count } servers
}.
overview-games = From payment to playable, the last week
overview-game = Game

# Whether everything that the shop needs is there and set right.
doctor-title = Doctor
doctor-lead = Whether everything that the shop needs is there, is set right, and fits together: database, Stripe, panel, mail, address.
doctor-never = Nothing has been examined yet.
doctor-verdict = { $count ->
    [0] Nothing was wrong
    [one] One thing was wrong
   *[other] { $count } things were wrong
 } when it was examined { $when }.
doctor-examine = Examine now
doctor-takes = Asks Stripe, the panel and the mail server; takes a few seconds and changes nothing.
doctor-good = Good
doctor-note = Worth knowing
doctor-wrong = Wrong
doctor-command = On the machine, givr doctor says the same, also while the shop is down; givr doctor --fix mends what is safe to mend.

# Lists of the console.
list-pick = Tick { $name }
list-acts = With those that are ticked
list-acts-all = With all of a region or a node:
list-export = Take all of it along as a table (CSV)
services-title = Servers
services-which = Which servers
services-show-live = Live
services-show-suspended = Suspended
services-show-overdue = Overdue
services-show-missing = Missing
services-show-gone = Gone
services-show-all = All
services-empty = None of these.
customers-title = Customers
customers-lead = The field above finds the orders of a mailbox.
customers-empty = Nobody has signed up yet.
customers-unproven = Address not proven
customer-title = Customer
customer-since = Since
customer-proven = Address proven
customer-language = Language
customer-stripe = At Stripe
customer-factors = Second factor
customer-factors-none = none
customer-factors-are = { $app ->
    [0] { $passkeys ->
        [one] a passkey
       *[other] { $passkeys } passkeys
    }
   *[other] { $passkeys ->
        [0] an app for codes
        [one] an app for codes, a passkey
       *[other] an app for codes, { $passkeys } passkeys
    }
}
customer-panel = At the panel
customer-notes = Notes
customer-no-notes = Nobody has written anything down.
customer-note = Write something down
customer-note-means = Staff see it, the customer does not; it is erased with the customer.
customer-note-add = Write it down
customer-note-long = A note has at most { $most } characters.
customer-services = Servers
customer-orders = Orders
customer-tickets = Tickets
customer-mails = Mail
outbox-title = Mail
outbox-lead = What the shop writes. What a message says is not shown: codes and links are in it.
outbox-which = Which messages
outbox-show-waiting = Waiting
outbox-show-all = All
outbox-empty = Nothing waits.
outbox-sent = Sent
outbox-withdrawn = Withdrawn
outbox-stuck = Stuck
outbox-waits = Waits
outbox-tries = { $count ->
    [one] tried once
   *[other] tried { $count } times
 }
catalogue-title = Catalogue
catalogue-lead = { $sold } of { $all } plans are for sale; { $wrong ->
    [0] none is missing that should be.
    [one] one is off sale that should not be.
   *[other] { $wrong } are off sale that should not be.
 }
catalogue-which = Which plans
catalogue-show-wrong = To be mended
catalogue-show-off = Off sale on purpose
catalogue-show-all = All
catalogue-empty = None of these.
catalogue-sold = For sale
catalogue-wrong = Cannot be sold
catalogue-off = Off sale
settings-title = Settings
settings-lead = As they are in effect, from the file and from variables. Of secrets there is a fingerprint: the same on two machines means the same secret.

# The shop's own purchases.
overview-smoke = Own purchase of { $plan }
overview-smoke-never = not yet
overview-smoke-good = playable, { $when }
overview-smoke-bad = failed at { $step }, { $when }
view-title = See the shop as this customer
view-begin = See it
view-shown = For { $minutes } minutes you see this customer’s servers, orders and tickets as they see them.
view-closed = Nothing can be changed meanwhile, and nothing that opens something is shown: no files, consoles, databases, sign-ins or payment pages. The console is closed until you end the view.
view-told = Both its beginning and its end stand in the audit log, with your reason. The customer sees when it was on their security page.
view-banner = You see the shop as <strong>{ $name }</strong>, until { $until } at the latest. Nothing can be changed.
view-end = End the view
view-no-panel = How the customer reaches the panel is not shown in a view.
