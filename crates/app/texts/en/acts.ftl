# What those who look after the shop do by hand: on the console's pages, and said by the command line.
act-happens = What happens
act-nothing = It stays as it is
act-foresee = Show what will happen
act-reason = Why
act-reason-help = For whoever looks later; it stands in the audit log. Customers do not read it.
act-back = Back
act-days = Days
act-region = Where
act-changed = You changed what it is about since you saw what will happen. Nothing was done yet: this is what happens now.
act-everywhere = everywhere
act-overtaken = Somebody else was faster, or something changed at this moment. Nothing was done: look again.
act-outside = It did not get through: { $problem }. What was asked for is written down; do it again, that is harmless.
act-problem-reason = Say in a few words why: whoever looks later has only this.
act-problem-long = The reason has { $count } characters; { $most } at most.
act-busy = A job works on this server at this moment. Nothing was done: try again in a minute.
act-service-over = This server is gone, or on its way out already. Nothing was done.
act-undelivered = This server is not handed over yet. Nothing was done: if it should not be, a refund of its order stops the delivery.

act-refund-title = Give the money back
act-refund-button = Give it back
act-refund-unpaid = Nobody has paid for this order: there is nothing to give back.
act-refund-under-way = The money of this order is on its way back already. Nothing was done.
act-refund-done = The money of this order went back already. Nothing was done.
act-refund-nothing = Nothing was charged for this order. Nothing was done.
act-refund-disputed = The bank took this payment back itself. Nothing was done: answer the dispute in Stripe’s dashboard.
act-refund-by-stripe = This payment was given back in Stripe’s dashboard. Nothing was done: end the server if it should not go on.
act-refund-money = { $amount } goes back in full to the card that paid: the payment of { $date }.
act-refund-newest = It is the newest of { $count } payments. The others paid for time that was used; they stay.
act-subscription-ends = The subscription ends first, and is seen to have ended: nothing more is charged.
act-server-removed = The server “{ $server }” and all its data are deleted, and cannot be brought back.
act-server-goes = The server is gone, or on its way out already.
act-delivery-stops = The delivery stops at its next step, and whatever stands of the server is removed.
act-money-all = { $amount } goes back in full to the card that paid.
act-mail-refund = The customer is told by mail.
act-mail-refund-ended = The customer is told by mail: once the money is on its way, and once the server is gone.

act-paid-otherwise-title = Paid back in another way
act-paid-otherwise-button = Say that it is paid back
act-paid-otherwise-nothing = Nothing was to go back for this order. Nothing was done.
act-paid-otherwise-tried = The money of this order is on its way back, and nothing has come in between so far. Nothing was done.
act-paid-otherwise-noted = That is noted already, and ends by itself as soon as Stripe answers. Nothing was done.
act-paid-otherwise-rest = { $amount } went back already: the cardholder’s bank took it, or somebody gave it in Stripe’s dashboard.
act-paid-otherwise-amount = { $amount } counts as paid back by you, and Stripe is not asked for it any more. Pay first, for example by bank transfer: nobody else does.
act-paid-otherwise-given = If Stripe turns out to have given it back meanwhile, that counts, and the customer has both.
act-paid-otherwise-mail = The customer is told by mail that the money was paid in another way.

act-cancel-title = End with the paid period
act-cancel-button = End it with the period
act-cancel-undelivered = This server is not handed over yet. Nothing was done: a refund of its order stops the delivery.
act-end-undelivered = This server is not handed over yet. Nothing was done: a refund of its order stops the delivery and gives the money back.
act-cancel-ended = The subscription has ended already. Nothing was done.
act-cancel-planned = The subscription ends on { $date } already. Nothing was done.
act-cancel-some-day = the end of the period that is paid
act-cancel-end = The subscription ends on { $date }. Nothing more is charged, and nothing goes back.
act-cancel-runs = The server runs until then. After that it stands suspended, its data is kept for { $days } days, and the customer is told two days before anything is deleted.
act-cancel-undo = Until then the customer can take it back: “Bills, card and subscription” on the server’s page.

act-end-title = End it now
act-end-button = End it and delete the server
act-end-no-money = No money goes back.
act-end-paid = It is paid until { $date }; that time is lost.
act-mail-ended = The customer is told by mail once it is gone.

act-suspend-title = Suspend
act-suspend-button = Suspend it
act-suspend-held = We suspended this server on { $date } already. Nothing was done.
act-suspend-standing = It stands suspended already: { $why } It stays so when that is over.
act-suspend-stops = The server stops, and nobody can start it or reach its files: not its owner, nobody it is shared with, no schedule.
act-suspend-kept = Its data stays, and because of this alone no date is set on which it goes.
act-suspend-payment = No payment lifts it. The subscription goes on and charges: end that as well if it should not.
act-suspend-mail = The customer is told by mail that we suspended it, without the reason that you write here.

act-unsuspend-title = Lift our suspension
act-unsuspend-button = Lift it
act-unsuspend-comes = It is being lifted already: that takes a minute or two. Nothing was done.
act-unsuspend-not = This server is not suspended. Nothing was done.
act-unsuspend-money = This server was not suspended by us: { $why } Nothing was done. It comes back when that is over; where only money is missing, days can be given meanwhile.
act-unsuspend-was = It was suspended by hand: “{ $why }”
act-unsuspend-lifts = The server can be started again in a minute or two.
act-unsuspend-stays = Our word is taken back, and it stays suspended all the same: { $why }
act-unsuspend-mail = The customer is told by mail once it is lifted.

act-extend-title = Give days
act-extend-button = Give them
act-extend-days = Give between 1 and { $most } days, as a whole number.
act-extend-already = It runs until { $date } already, whatever is paid. Nothing was done. The days count from { $from }: write a larger number to give more.
act-extend-helps-not = Days do not help here: { $why } Nothing was done.
act-extend-until = The server runs until { $date } at least, whatever is paid until then.
act-extend-lifts = The suspension is lifted, and the server runs until { $date } at least. If nothing is paid by then, it is suspended anew, with a whole new time until its data goes.
act-extend-from = The days count from { $from }: the end of what is paid or borne with, or now if that is over.
act-extend-money = Nothing is charged and nothing goes back. The subscription stays as it is and charges when it is due.

act-adopt-title = Link to a server of the panel
act-adopt-button = Link it
act-adopt-server = The server’s number on the panel
act-adopt-server-help = Only for a server without an external id. Left empty, it is the one with this service’s.
act-adopt-number = Write the number that the panel shows for the server: a whole number.
act-adopt-none = The panel has no server with this service’s external id, { $mark }. Nothing was done: name the number of the one that stands for it, or restore it first.
act-adopt-no-number = The panel has no server with the number { $number }. Nothing was done.
act-adopt-anothers = That server is another service’s: { $service }. Nothing was done.
act-adopt-strange = Server { $number } has an external id that is none of ours: it belongs to another shop, or to somebody’s own tools. Nothing was done. If it is this service’s all the same, take that external id off on the panel.
act-adopt-two = Two servers stand for this service on the panel: { $number } and { $other }. Nothing was done. Find out which of them the customer’s data is on, and delete the other one there, or take its external id off.
act-adopt-admin = The login with this customer’s mark administers the panel, and no service is given to one. Nothing was done. Take the mark off that login, or the rights.
act-adopt-login = We do not know the customer’s login as the panel has it now. Nothing was done: look the panel login up first.
act-adopt-owner = The server belongs to login { $owner } on the panel, and the customer’s is { $login }. Nothing was done: change the owner there if it is the customer’s server.
act-adopt-no-place = The panel did not show the server’s ports, or its node is not known to us yet. Nothing was done: try again in a minute.
act-adopt-same = Our record points at this server already, number { $number }. Nothing was done.
act-adopt-what = Server { $number } stands for this service from now on: “{ $server }” on { $node }, owned by { $owner }.
act-adopt-was = Until now our record points at number { $number } ({ $id }), which the panel does not have any more.
act-adopt-was-same = It is the server that we know; the panel has it under another number or in another place.
act-adopt-was-none = Until now our record points at no server.
act-adopt-data = Nothing is copied: what is on this server is what the customer has. It can be suspended, lifted and removed by us again.
act-adopt-memory = It has { $has } MiB of memory, and { $sold } were sold. Nothing changes that by itself: set it right on the panel.
act-adopt-disk = It has { $has } MiB of disk, and { $sold } were sold. Nothing changes that by itself: set it right on the panel.
act-adopt-cpu = It has { $has } % of CPU, and { $sold } were sold. Nothing changes that by itself: set it right on the panel.
act-adopt-egg = It runs egg { $has }, and egg { $sold } was sold. Nothing changes that by itself: set it right on the panel.
act-adopt-moves = Its place is held on { $from }. That is given up, and as much as was sold counts on { $to }.
act-adopt-full = More is given out on { $node } then than may be sold there.
act-adopt-ports = { $count ->
    [one] One port that is held for it is not the server’s. Those that it has are held instead.
   *[other] { $count } ports that are held for it are not the server’s. Those that it has are held instead.
}
act-adopt-fewer = It has { $has } of { $sold } ports that were sold. Give it the others on the panel.
act-adopt-address = Players reach it at { $address } from now on. The customer’s pages say so; no mail does.
act-adopt-suspends = This service stands suspended, and the server does not: it is suspended there as well. { $why }
act-adopt-suspended = The server is suspended on the panel, and not by us. Nobody lifts that by itself.
act-adopt-marks = The server has no external id. Right after this it is given { $mark }.

act-sync-panel-title = Look up the panel login
act-sync-panel-button = Take over what the panel says
act-sync-nothing = The panel has no login with this customer’s mark, and none with their address. Nothing was done: the next delivery makes one.
act-sync-in-the-way = The panel has no login with this customer’s mark, and { $username }, number { $number }, has their address: as long as it does, nothing is delivered. Nothing was done. If that login is the customer’s, link it on the command line (givr customer sync-panel, with --panel-user { $number }); if not, change its address on the panel.
act-sync-in-the-way-of-others = The panel has no login with this customer’s mark, and { $username }, number { $number }, has their address: it administers the panel or carries somebody else’s mark. As long as it has the address, nothing is delivered. Nothing was done. Change its address on the panel.
act-sync-admin = The login with this customer’s mark administers the panel: nothing is sold to it. Nothing was done. Take the mark off that login, or the rights.
act-sync-same = We know this login already: { $username }, number { $number }. Nothing was done.
act-sync-what = The customer’s login at the panel is { $username }, number { $number }.
act-sync-next = Deliveries that waited for it go on at their next try.
act-sync-named = The login { $username }, number { $number }, is linked to the customer. It has their address, is nobody else’s and administers nothing.

act-remove-factors-title = Remove the second factors
act-remove-factors-button = Remove them
act-remove-factors-staff = This account runs the shop: its second factor is not taken off by others. Nothing was done. An owner ends their access first, removes it then, and invites them again.
act-remove-factors-none = This account has no second factor. Nothing was done.
act-remove-factors-whose = The account is { $name }’s, { $email }. Make sure that it is they who ask.
act-remove-factors-what = { $app ->
    [0] { $passkeys ->
        [one] The only passkey and the recovery codes are removed
       *[other] All { $passkeys } passkeys and the recovery codes are removed
    }
   *[other] { $passkeys ->
        [0] The app for codes and the recovery codes are removed
        [one] The app for codes, the passkey and the recovery codes are removed
       *[other] The app for codes, { $passkeys } passkeys and the recovery codes are removed
    }
}: from then on the password alone signs in.
act-remove-factors-sessions = Every sign-in and every API key of this account ends at once. Servers, orders and money are not touched.
act-remove-factors-letter = The customer is told by mail, with the way to set a new password if it was not they who asked.

act-drain-title = Drain
act-drain-button = Place nothing new here
act-drain-already = Nothing new has been placed on this node since { $date }. Nothing was done.
act-drain-what = Nothing new is placed on { $node }: { $left } GiB of memory are no longer for sale.
act-drain-stay = { $count ->
    [0] Nothing has its place there.
    [one] One server or order has its place there. It stays, and what is paid for is delivered there.
   *[other] { $count } servers and orders have their place there. They stay, and what is paid for is delivered there.
}
act-undrain-title = Use it again
act-undrain-button = Place servers here again
act-undrain-not = This node is not drained. Nothing was done.
act-undrain-what = Servers are placed on { $node } again, if the panel says that it takes some.

act-pause-title = Pause sales
act-pause-button = Sell nothing there
act-pause-already = Nothing has been sold there ({ $place }) since { $date }. Nothing was done.
act-pause-what = From this moment on nothing is sold ({ $place }). The shop says so, and offers its waiting list.
act-pause-open = { $count ->
    [0] No payment page is open.
    [one] One payment page is open. It goes on, and what is paid there is delivered.
   *[other] { $count } payment pages are open. They go on, and what is paid there is delivered.
}
act-pause-rest = Servers that run and renewals are not touched.
act-resume-title = Resume sales
act-resume-button = Sell there again
act-resume-not = Nothing is paused there ({ $place }). Nothing was done.
act-resume-what = It is sold again from this moment on ({ $place }). Whoever waits is told as far as there is room.
act-resume-others = Still paused: { $places }.

act-begin-title = Say that something does not work
act-begin-button = Say so
act-begin-title-field = Title, for everybody to read
act-begin-text-field = What does not work, and what people should know
act-begin-title-problem = Write a title of { $most } characters at most.
act-begin-text-problem = Write a text of { $most } characters at most.
act-begin-already = There is such an incident already: “{ $title }”, since { $date }. Nothing was done. End it before another one begins.
act-begin-status = The status page says it in your words, with the time.
act-begin-customers = { $count ->
    [0] No customer has a server there ({ $place }).
    [one] One customer reads it on the page of their servers ({ $place }).
   *[other] { $count } customers read it on the page of their servers ({ $place }).
}
act-begin-spared = As long as it lasts no server is suspended because nobody paid, no deletion is announced, and nothing is deleted because nobody paid.
act-begin-goes-on = Everything else goes on: sales, deliveries, payments, refunds. Pause the sale as well if it should not.

act-finish-title = Say that it works again
act-finish-button = End the incident
act-finish-over = This incident ended on { $date }. Nothing was done.
act-finish-what = “{ $title }”, since { $date }, ends now. The status page keeps it.
act-finish-judged = Every server is judged anew: what was not paid meanwhile is suspended in the usual way from now on.

act-resend-title = Send a letter again
act-resend-button = Send it again
act-resend-waits = It waits to be sent again already. Nothing was done.
act-resend-lately = It was sent again on { $date }. Nothing was done: wait ten minutes.
act-resend-kind = A letter of this kind holds a code, a link or words of its moment, or what it was about is not known any more. Nothing was done: the person can ask for a new one on our pages.
act-resend-stale = What it says does not hold any more: { $why }. Nothing was done.
act-resend-unwanted = The customer does not want letters of this kind. Nothing was done.
act-resend-what = `{ $kind }` is written once more, from what is known by now.
act-resend-now = It goes to the address that the account has now.
act-resend-wakes = It has waited since { $date }, and is tried at once.
act-resend-problem = The last try: { $problem }

# The shop as a whole.
shop-title = Operations
shop-sale = Sale
shop-sells = Sold wherever there is room.
shop-paused-since = nothing sold since { $date }
shop-resume = Sell again
shop-incidents = Incidents
shop-no-incidents = None in the last 90 days.
shop-incident-lasts = lasts
shop-incident-end = It works again
shop-lasts = since { $from }
shop-lasted = { $from } to { $to }
order-acts = What can be done
order-letters = Letters
order-letter-sent = sent { $date }
order-letter-withdrawn = withdrawn { $date }: { $why }
order-letter-waits = waits since { $date }
order-letter-again = Send again
nodes-drained = Drained
nodes-drained-since = Nothing new since { $date }:
incident-since = Since { $date }
incident-where = { $region }, since { $date }

act-bar-page-title = Take the public page down
act-bar-page-button = Take it down
act-bar-page-none = This server has no public page. Nothing was done.
act-bar-page-down = It was taken down on { $date } already. Nothing was done.
act-bar-page-hides = Nobody sees /s/{ $slug } any more: not the page, its picture in other pages, nor its JSON.
act-bar-page-customer = Its customer reads the reason below on the server’s page, and can neither change the page nor show another one of this server.
act-bar-page-server = The server itself runs on as it does.
act-unbar-page-title = Show the public page again
act-unbar-page-button = Show it
act-unbar-page-up = This page was not taken down. Nothing was done.
act-unbar-page-shows = Everybody sees /s/{ $slug } again, as it was.
act-unbar-page-customer = Its customer can change it again, and hide it.

# One act for many servers.
many-title = { $act }: several servers
many-which = Of which servers
many-which-help = All of them that were handed over and are not gone. Single ones are ticked in the list of servers.
many-region = Region: { $name }
many-node = Node: { $name }
many-chosen = { $count ->
    [one] One server is ticked.
   *[other] { $count } servers are ticked.
}
many-others = Choose others
many-empty = There is no server that was handed over and is not gone. Nothing was done.
many-too-many = There are more than { $most } servers, the most for this page: nobody looks through more. Take a node instead, or `givr service` on the host, which does it for all.
many-change = { $count ->
    [one] What happens to one server
   *[other] What happens to { $count } servers
}
many-stay = { $count ->
    [one] One stays as it is
   *[other] { $count } stay as they are
}
many-done = { $count ->
    [one] Done with one server
   *[other] Done with { $count } servers
}
many-done-text = What follows on the panel and by mail takes a minute or two.
many-not = { $count ->
    [one] Not done with one
   *[other] Not done with { $count }
}
many-failed = It went wrong: { $problem }. Do it again; with those that are done, nothing happens twice.
many-back = To the servers
