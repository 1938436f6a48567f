# Numbers, amounts, times and spans.
number-group = ,
number-decimal = .
price-with-symbol = { $sign }{ $symbol }{ $amount }
price-with-code = { $sign }{ $symbol } { $amount }

date = { $day } { $month } { $year }
date-and-time = { $date }, { $time } UTC
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
month-short-1 = Jan
month-short-2 = Feb
month-short-3 = Mar
month-short-4 = Apr
month-short-5 = May
month-short-6 = Jun
month-short-7 = Jul
month-short-8 = Aug
month-short-9 = Sep
month-short-10 = Oct
month-short-11 = Nov
month-short-12 = Dec

span-seconds = { $count ->
    [one] 1 second
   *[other] { $count } seconds
}
span-minutes = { $count ->
    [one] 1 minute
   *[other] { $count } minutes
}
span-minutes-seconds = { $minutes } min { $seconds } s
span-hours = { $count ->
    [one] 1 hour
   *[other] { $count } hours
}
span-days = { $count ->
    [one] 1 day
   *[other] { $count } days
}
ago = { $span } ago
ago-just-now = just now
ago-days = { $count ->
    [one] 1 day ago
   *[other] { $count } days ago
}
