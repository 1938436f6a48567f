# Tickets: what customers ask and staff answer.
tickets-title = Tickets
tickets-new = New ticket
tickets-none = You asked nothing yet.
tickets-ask-server = Ask about this server
ticket-written = last written { $ago }
ticket-category = What it is about
ticket-category-general = General
ticket-category-billing = Billing
ticket-category-technical = Technical
ticket-priority = How urgent it is
ticket-priority-low = Low
ticket-priority-normal = Normal
ticket-priority-high = High
ticket-state-open = We answer next
ticket-state-pending = Answered
ticket-state-closed = Closed
ticket-about = Which server or order
ticket-about-nothing = None in particular
ticket-about-order = Order of { $date }: { $server } · { $plan }
ticket-about-help = We attach its number, game, region and state as they are now, so that you need not type them.
ticket-about-heading = About
ticket-about-name = Server
ticket-about-state = State
ticket-about-then = As it was on { $date }.
ticket-subject = Subject
ticket-text = Your question
ticket-text-help = What did you do, what did you expect, and what happened? Never send a password.
ticket-send = Send
ticket-reply = Your reply
ticket-close = Close without a reply
ticket-reopens = This ticket is closed. Your reply opens it again.
ticket-closed-for-good = This ticket was closed more than 30 days ago. Please open a new one, and name its number if you like.
ticket-typed = What you typed
ticket-promised = We give you a first answer by { $date }. Saturdays and Sundays do not count.
ticket-by-you = You
ticket-by-us = { $shop }
ticket-problem-category = Choose what it is about.
ticket-problem-priority = Choose how urgent it is.
ticket-problem-about = Choose one of your own servers or orders, or none.
ticket-problem-subject = Say in a few words what it is about.
ticket-problem-subject-long = The subject has { $count } characters; { $most } at most.
ticket-problem-text = Write what you want to know.
ticket-problem-text-long = The text has { $count } characters; { $most } at most.
ticket-problem-many = You opened many tickets in a short time. The next one can be opened on { $time }; until then, please write in one that you have. What you typed is still here.
ticket-problem-many-messages = You wrote very much in a short time. The next message is taken on { $time }. What you typed is still here.

# The queue of staff.
queue-title = Tickets
queue-waiting = { $count ->
    [0] No ticket waits for an answer
    [1] One ticket waits for an answer
   *[other] { $count } tickets wait for an answer
}
queue-by-state = State
queue-all = All
queue-everything = Everything
queue-empty = No such ticket.
queue-next = Next page
queue-late = A first answer was promised by { $date }.
queue-promised = A first answer is promised by { $date }.
queue-customer = Customer
queue-reply = Your answer
queue-reply-help = It is mailed to the customer and stands on their page, in the shop’s name.
queue-set = State and urgency
queue-problem-set = Choose a state and a priority.
ticket-queue-open = Waits for us
ticket-queue-pending = Waits for the customer
ticket-queue-closed = Closed
