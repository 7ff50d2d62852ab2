"""What a search must find, and what it must not: the same cases for the server's lists and for the script's."""

# What somebody types, and the text that stands in a list.
FOUND = [
    ("coeur", "Au Cœur du Quartier"),
    ("CŒUR", "au coeur"),
    ("l'epicerie", "L’Épicerie Solidaire"),
    ("l’épicerie", "L'Epicerie solidaire"),
    ("epicerie l", "L’Épicerie Solidaire"),
    ("saint etienne", "Les Ateliers de Saint-Étienne"),
    ("Saint-Étienne", "saint etienne"),
    ("saint\u2011etienne", "Saint-Étienne"),
    ("dupont naima", "Naïma Dupont"),
    ("du naim", "Naïma Dupont"),
    ("aethelred", "Æthelred & Fils"),
    ("strasse", "Straße 12"),
    ("Straße", "STRASSE"),
    ("lodz", "Łódź"),
    ("smorrebrod", "Smørrebrød"),
    ("e\u0301te\u0301", "ÉTÉ"),
    ("ete", "é\u200bté"),
    ("12", "Straße 12"),
    ("awa@example.org", "Awa awa@example.org"),
    ("", "anything"),
    (" - ", "anything"),
    ("ﬁls", "Dupont & Fils"),
    ("σοφος", "ΣΟΦΟΣ"),
]
MISSED = [
    ("dupont marie", "Naïma Dupont"),
    ("coeur", "Corps"),
    ("saint etienne", "Saint-Denis"),
    ("13", "Straße 12"),
    ("x", ""),
]
