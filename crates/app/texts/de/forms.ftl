# Zahlen, Beträge, Zeiten und Dauern.
number-group = .
number-decimal = ,
price-with-symbol = { $sign }{ $amount } { $symbol }
price-with-code = { $sign }{ $amount } { $symbol }

date = { $day }. { $month } { $year }
date-and-time = { $date }, { $time } UTC
month-1 = Januar
month-2 = Februar
month-3 = März
month-4 = April
month-5 = Mai
month-6 = Juni
month-7 = Juli
month-8 = August
month-9 = September
month-10 = Oktober
month-11 = November
month-12 = Dezember
month-short-1 = Jan.
month-short-2 = Feb.
month-short-3 = März
month-short-4 = Apr.
month-short-5 = Mai
month-short-6 = Juni
month-short-7 = Juli
month-short-8 = Aug.
month-short-9 = Sept.
month-short-10 = Okt.
month-short-11 = Nov.
month-short-12 = Dez.

span-seconds = { $count ->
    [one] 1 Sekunde
   *[other] { $count } Sekunden
}
span-minutes = { $count ->
    [one] 1 Minute
   *[other] { $count } Minuten
}
span-minutes-seconds = { $minutes } min { $seconds } s
span-hours = { $count ->
    [one] 1 Stunde
   *[other] { $count } Stunden
}
span-days = { $count ->
    [one] 1 Tag
   *[other] { $count } Tage
}
ago = vor { $span }
ago-just-now = gerade eben
ago-days = { $count ->
    [one] vor 1 Tag
   *[other] vor { $count } Tagen
}
