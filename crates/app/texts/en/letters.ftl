# The page on which staff look at letters.
letters-title = Letters
letters-lead = Every letter that the shop writes, with made-up names. Nobody is written to from here.
letters-html = As mail programs show it
