# Die Seite, auf der sich das Team die Briefe ansieht.
letters-title = Briefe
letters-lead = Jeder Brief, den der Shop schreibt, mit erfundenen Namen. Von hier aus wird niemandem geschrieben.
letters-html = Wie Mailprogramme ihn zeigen
