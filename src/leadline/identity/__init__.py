"""Who is who: ids that count, one spelling, who a visitor was and when, and which leads may be one.

- :mod:`leadline.identity.guards`: which ids say nothing
- :mod:`leadline.identity.normalise`: e-mails, telephones, names and companies in one spelling
- :mod:`leadline.identity.resolve`: links, claims and merges, as pure functions
- :mod:`leadline.identity.duplicates`: proposes pairs of leads that may be one person; joins nothing
"""
