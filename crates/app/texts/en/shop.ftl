# The shop: what is sold, and the way to paying.
home-tab = Game servers that are ready when you are
home-title = Raise your server. Open the gates.
home-lead = Rent a game server for you and your friends. We build it, start it, and call it ready only once we have seen the game run.
home-choose = Choose a game
home-from = from <strong class="price">{ $price }</strong> a month
home-how = From payment to playing
home-step-choose = Choose
home-step-choose-text = A game, a size, a region. The price you see is the price you pay; nothing is added at the end.
home-step-pay = Pay
home-step-pay-text = On Stripe’s page. Your place is held while you pay, so nobody takes it from under you.
home-step-rise = Watch it rise
home-step-rise-text = Every step is shown with its time. From payment to playable: { $time }.
home-step-play = Play
home-step-play-text = Copy the address, invite your friends, and change anything you like in the panel.
home-games = Pick a world
home-promise = What we promise
home-promise-playable = <strong>A playable server or your money back.</strong> If we cannot deliver, the subscription ends and the whole amount goes back, without your asking.
home-promise-guarantee = <strong>48-hour guarantee.</strong> In the first 48 hours after your server is ready you can ask for a full refund. <a href="/refund-policy">How it works</a>
home-promise-room = <strong>No sale without room.</strong> Memory, disk and ports are held for you before you pay. Sold out is shown as sold out.
home-promise-players = <strong>Honest player ranges.</strong> We name the number of players that a size really carries, and do not sell sizes that a game cannot run on.
home-promise-regions = <strong>Regions:</strong> { $regions }. <a href="/regions">See what is free</a>

games-title = Choose your world
games-lead = Every game runs on a server of its own, with its own address. Pick one to see sizes and prices.
games-about = Pick a game and a size: prices, player ranges and what is included, for every game we run.
games-search = Search
games-search-label = Search games
games-search-all = Search { $count } games
games-none = No game of ours matches “{ $query }”. <a href="/games">Show all games</a>, or <a href="/support">write to us</a> if you miss one.
games-all = All games
games-found = Games that match “{ $query }”
games-show-all = Show all games

game-title = { $game } server
game-about = About this server
game-included = Included
game-delivery = From payment to playable: { $time }
game-prices = All prices
game-questions = Questions
included-address = { $count ->
    [one] Its own address with 1 port
   *[other] Its own address with { $count } ports
}
included-panel = Full access to the panel: console, files, start and stop, schedules
included-backups = { $count ->
    [one] 1 backup slot
   *[other] { $count } backup slots
}
included-databases = { $count ->
    [one] 1 database
   *[other] { $count } databases
}
included-watched = Started and watched for a minute before we call it ready; this game cannot be asked from outside, and we say so
included-asked = Called ready only when the game itself has answered from outside, twice

size = Size
disk = { $size } GB disk
players = Players
players-range = { $range } players
from-a-month = from { $price } a month
not-available = not available right now
places-none = sold out
places-last = last { $count }
places-some = available
places-paused = not sold at the moment
term-monthly = 1 month
term-quarterly = 3 months
term-semiannual = 6 months
term-yearly = 12 months
term-saving = save { $percent } %
per-monthly = a month
per-quarterly = for 3 months
per-semiannual = for 6 months
per-yearly = for 12 months
renews-monthly = Renews at { $total } every month, until you cancel.
renews-quarterly = Renews at { $total } every 3 months, until you cancel.
renews-semiannual = Renews at { $total } every 6 months, until you cancel.
renews-yearly = Renews at { $total } every 12 months, until you cancel.
delivery-usual = usually 3 to 5 minutes
delivery-measured = typically { $time } (median of the last { $count } servers delivered here)

configurator-memory = 1. Memory
configurator-term = 2. How long you pay ahead
configurator-region = 3. Region
configurator-server = 4. Your server
configurator-add-ons = 5. Add-ons <span class="small soft">(optional)</span>
configurator-recommended = Recommended
configurator-again = Please look at this again
configurator-name = Server name
configurator-name-help = Players see it in server lists. 3 to { $most } characters.
configurator-own-name = My { $game } server
configurator-read-terms = Read these terms
configurator-pay = Continue to payment
configurator-pay-text = You pay on Stripe’s page. Your place is held while you do. For 48 hours after your server is ready you can ask for a full refund: <a href="/refund-policy">what that covers</a>. By paying you accept the <a href="/terms">terms</a>.
configurator-closed = Not available right now
configurator-closed-text = Nothing of this game can be sold at the moment. Look in again soon, or <a href="/support">write to us</a>.
configurator-not-sold = Not sold: { $why }
configurator-size-gone = This size is not available right now. You were not charged. Please choose another one.
configurator-game-gone = This game is not available right now. You were not charged.
configurator-choose-region = Choose a region. You were not charged.
sold-out-here = { $plan } is sold out in { $region }. You were not charged. It is free in: { $places }.
sold-out-everywhere = { $plan } is sold out in { $region }. You were not charged. No other region has room for this size either; a smaller one may fit.
not-selling-here = At the moment we sell nothing in { $region }. You were not charged. You can buy in: { $places }.
not-selling-everywhere = At the moment we sell nothing in { $region }, nor anywhere else. You were not charged. You can wait for it: we write to you once it goes on.
not-selling-title = We sell no new servers at the moment
not-selling-text = Servers that run go on, and whoever has a payment page open can still pay. Choose what you want and wait for it: we write to you once it goes on.
bill = Your order
bill-today = Due today
bill-nothing-added = Nothing is added on the payment page.
bill-update = Update the total
bill-server = Server
bill-region = Region
bill-term = Paid ahead
bill-change = Change the order

pay-sign-in-tab = Sign in to pay
pay-sign-in = Almost there
pay-sign-in-lead = Create an account or sign in, then you pay. What you chose stays as it is.
pay-new = New here
pay-new-email-help = We send a six-digit code there, so that you can always get back to your server.
pay-create = Create account and continue
pay-known = I have an account
pay-enter = Sign in and continue
pay-forgot = Forgot your password?
pay-code-tab = Enter the code
pay-code = Check your mail
pay-code-sent = We sent a six-digit code to <strong>{ $address }</strong>. It is good for 20 minutes.
pay-code-nothing = Nothing came? Look into the spam folder. If you have an account already, we sent you a note instead of a code: sign in below.
pay-back = Back to sign-in
pay-factor = One more step
pay-factor-text = Your password was right. Enter the code that your app shows, or one of your recovery codes.
pay-factor-passkey = You use a passkey? <a href="/login/factor?next=/games">Sign in with it</a> first, then choose your server again.
pay-staff = Please sign in first
pay-staff-text = You were not charged. Staff sign in on the sign-in page first, with their second factor.
field-email = E-mail address
field-password = Password
field-password-help = At least 10 characters.
field-name-optional = Name <span class="soft">(optional)</span>
field-code = Code

checkout-field = Please check what you chose
checkout-field-text = { $problem } You were not charged.
checkout-not-for-sale = This plan is not for sale right now
checkout-not-for-sale-text = You were not charged. Please choose another size or game.
checkout-sold-out = Sold out here
checkout-too-many = Some orders of yours are still unpaid
checkout-too-many-text = You have { $count } orders that wait for payment. You were not charged for this one. Pay or cancel one of them under “Orders” first.
checkout-paid = This is paid already
checkout-paid-text = Order { $order } came from the same form and was paid. You were not charged again.
checkout-unverified = Please confirm your e-mail address first
checkout-unverified-text = You were not charged. Sign up again with this address: we send you a code, and then you can pay.
checkout-unavailable = The payment page could not be opened
checkout-unavailable-text = You were not charged. Your place is held: try again in a minute, or continue from “Orders”.
checkout-elsewhere = The payment page is not where it should be
checkout-elsewhere-text = We do not send you there, and you were not charged. Whoever runs this shop has been told; your order waits under “Orders”.
checkout-earlier = Your earlier payment page is still open
checkout-earlier-text = You were not charged. Try again in a minute, or finish or cancel the earlier one under “Orders”.

pricing-lead = One price per size. Pay ahead for 3, 6 or 12 months and save 5, 10 or 20 %. No set-up fee.
pricing-about = All prices of all game servers for 1, 3, 6 and 12 months. No set-up fee, nothing added at the end.
pricing-nothing = Nothing can be sold at the moment. Look in again soon; the <a href="/status">status page</a> says more.
add-ons = Add-ons
add-ons-one = Add-on
add-ons-changes = What it changes
add-ons-term = Add-ons are paid for the same term as the server, with the same saving.

regions-lead = Choose the region closest to most of your players. What you see is what is free at this moment; your place is held as soon as you go to pay.
regions-about = Where our game servers stand, and what is free there now.
regions-table = Free places by size and region
regions-exact = Some games need more disk than others of the same size; the game’s own page is exact.

status-about = Whether the shop can sell and deliver right now.
status-well = All is well
status-unwell = Something is not as it should be
status-as-of = As of { $date }.
status-own = Is your own server in trouble? Its page under <a href="/servers">My servers</a> says what was last seen of it.
status-share = { $whole }.{ $part } % in { $days ->
    [one] 1 day
   *[other] { $days } days
}
status-share-unknown = Nobody has looked yet
status-bars-label = The last { $days } days: { $good } without trouble, { $bad } with trouble, { $unknown } on which nobody looked.
status-days-ago = 90 days ago
status-today = Today
status-trouble = Days with trouble
status-trouble-day = { $day }: { $time }
status-past = Past incidents
status-past-none = None in the last 90 days.
status-incident-since = Since { $from }
status-incident-span = { $from } to { $to }
status-programs = The same for programs: <a href="/status.json">status.json</a> and <a href="/api/public/provisioning-stats">provisioning-stats</a>.
status-payments = Payments
status-payments-well = working
status-payments-well-text = Stripe answers.
status-payments-bad = in trouble
status-payments-bad-text = Stripe does not answer as it should. Payments that were made are not lost; new ones may not be possible.
status-region-well = running
status-region-well-text = Machines here take new servers.
status-region-bad = in trouble
status-region-bad-text = No machine here takes new servers at the moment. Servers that you have may or may not be affected.
status-delivery-well = on time
status-delivery-bad = in trouble
status-delivery-bad-text = Several servers could not be delivered, or deliveries stand still. What you pay for is delivered, or your money goes back by itself. Usually: { $time }.
status-delivery = Delivery
status-delivery-text = From payment to playable: { $time }.
status-shop-paused = paused
status-shop-paused-text = No orders are taken at the moment, and nobody is charged for one. Servers that you have are not affected.
status-shop-closed = closed
status-shop-closed-text = Nothing can be sold at the moment. Servers that you have are not affected.
status-shop-open = open
status-shop-open-text = { $count ->
    [one] 1 plan is for sale.
   *[other] { $count } plans are for sale.
}
status-panel = Panel and machines
status-panel-answers = answers
status-panel-answers-text = Last read completely { $ago }.
status-panel-silent = silent
status-panel-silent-text = Last read completely { $ago }. New servers may take longer; your payment is safe meanwhile.
status-panel-unread = not read yet
status-panel-unread-text = The machines have not been read since the shop was set up.

choose-term = Choose how long to pay for.
choose-region = Choose a region.
choose-incomplete = The form is incomplete. Open the plan's page again.
choose-consent = Your agreement is needed before we can run this game: { $consent }
choose-add-on = One of the add-ons is not for sale.
choose-name-short = Give the server a name of 3 to { $most } characters.
choose-name-long = The server's name has { $count } characters; { $most } is the most.
choose-name-odd = The server's name may not contain < > " ' ` \ {"{"} {"}"} $ ; or a comma.

waiting-title = Waiting list
waiting-lead = We write to you once there is room for what you want: the first in line first, and no more people than there are places.
waiting-empty = You wait for nothing. Where a size is sold out, its game’s page has a button for it: <a href="/games">all games</a>.
waiting-since = You wait since { $date }.
waiting-told = There was room, and we wrote to you: { $date }.
waiting-buy = Choose it
waiting-leave = Take it off the list
waiting-join = Tell me when there is room
waiting-join-text = Sold out where you want it? We write to you once there is a place.
waiting-nothing = There is nothing like that to wait for
waiting-nothing-text = Choose a size and a region on the game’s page, and press the button there.
