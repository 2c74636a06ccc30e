"""What the example company is made of: its site, sources, people's names and phrases.

All names are invented; all addresses lie in domains that are reserved for examples.
"""

from __future__ import annotations

from dataclasses import dataclass

SITE = "https://www.example.com"


@dataclass(frozen=True)
class Source:
    """Where leads come from: `fit` and `need` shift the people it brings (in logits), `cost` is per lead."""

    name: str
    share: float
    fit: float
    need: float
    cost: float
    clicks_per_lead: float
    campaigns: tuple[str, ...]


SOURCES = (
    Source("organic", 0.27, 0.10, 0.20, 0.0, 0.0, ("blog", "direct")),
    Source("paid_search", 0.21, 0.00, 0.35, 84.0, 26.0, ("search_brand", "search_category", "search_rivals")),
    Source("paid_social", 0.18, -0.25, -0.55, 41.0, 48.0, ("social_video", "social_whitepaper")),
    Source("referral", 0.08, 0.65, 0.75, 25.0, 0.0, ("customer_referral",)),
    Source("partner", 0.07, 0.85, 0.40, 115.0, 0.0, ("partner_north", "partner_alps")),
    Source("event", 0.09, 0.45, -0.20, 165.0, 0.0, ("fair_spring", "fair_summer")),
    Source("purchased_list", 0.10, -0.45, -1.70, 6.5, 0.0, ("list_first", "list_second")),
)
SOURCE_NAMES = tuple(source.name for source in SOURCES)
CAMPAIGNS = tuple(campaign for source in SOURCES for campaign in source.campaigns)
# Sources whose leads all come on a few days, and on which share of the period: by hand or by import.
BATCH_DAYS = {"fair_spring": 0.36, "fair_summer": 0.83, "list_first": 0.18, "list_second": 0.57}


@dataclass(frozen=True)
class Item:
    """What can happen on a visit; weights for idle, eager and job-seeking people and for crawlers."""

    event: str
    path: str | None = None
    name: str | None = None
    title: str | None = None
    idle: float = 0.0
    eager: float = 0.0
    job: float = 0.0
    crawl: float = 0.0

    @property
    def url(self) -> str | None:
        return None if self.path is None else SITE + self.path


def _page(path: str, title: str, idle: float, eager: float, job: float = 0.0) -> Item:
    return Item("page", path, None, title, idle, eager, job, crawl=1.0)


def _form(name: str, path: str, title: str, idle: float, eager: float) -> Item:
    return Item("form", path, name, title, idle, eager, crawl=0.05)


def _mail(event: str, mailing: str, path: str | None) -> Item:
    return Item(event, path, mailing, None)


ITEMS: tuple[Item, ...] = (
    _page("/", "Home", 16, 7, 8),
    _page("/product", "Product overview", 9, 11, 3),
    _page("/product/planning", "Planning", 4, 7),
    _page("/product/reports", "Reports", 4, 7),
    _page("/integrations", "Integrations", 3, 7),
    _page("/security", "Security and privacy", 1, 6),
    _page("/pricing", "Pricing", 2, 11),
    _page("/pricing/enterprise", "Enterprise pricing", 0.4, 4),
    _page("/compare/spreadsheets", "Compared with spreadsheets", 1.2, 4),
    _page("/compare/other-tools", "Compared with other tools", 0.8, 5),
    _page("/customers", "Customers", 3, 5, 2),
    _page("/customers/pump-maker", "How a pump maker saved a day a week", 1, 3),
    _page("/customers/freight-forwarder", "How a freight forwarder plans, live", 1, 3),
    _page("/blog/planning-without-meetings", "Planning without meetings", 11, 2),
    _page("/blog/seven-habits-of-dispatchers", "Seven habits of calm dispatchers", 12, 1),
    _page("/blog/what-is-capacity-planning", "What is capacity planning?", 12, 2),
    _page("/blog/templates", "Templates, free of charge", 9, 1),
    _page("/docs/getting-started", "Getting started", 2, 5),
    _page("/docs/import", "Import your data", 1, 4),
    _page("/docs/api", "API reference", 1, 3),
    _page("/contact", "Contact", 0.8, 2),
    _page("/about", "About us", 3, 1, 10),
    _page("/careers", "Careers", 0.4, 0.05, 34),
    _page("/careers/engineer", "Engineer (m/f/d)", 0.2, 0.02, 26),
    _page("/careers/account-manager", "Account manager (m/f/d)", 0.2, 0.02, 17),
    _form("newsletter", "/blog", "Newsletter", 0.9, 0.2),
    _form("whitepaper", "/whitepaper", "Guide to capacity planning", 1.2, 0.8),
    _form("contact", "/contact", "Contact", 0.06, 0.9),
    _form("demo", "/demo", "Book a demo", 0.02, 1.4),
    Item("trial_started", "/trial", None, "Free trial", 0.1, 1.6),
    Item("chat_message", None, "chat", None, 0.5, 2.4),
    Item("webinar_attended", "/webinars/planning", "planning live", "Planning, live", 0.5, 0.9),
    Item("email_unsubscribed", "/unsubscribe", "newsletter", None, 0.30, 0.02),
    _mail("email_opened", "newsletter", None),
    _mail("email_opened", "product_update", None),
    _mail("email_opened", "trial_tips", None),
    _mail("email_clicked", "newsletter", "/blog/templates"),
    _mail("email_clicked", "newsletter", "/blog/what-is-capacity-planning"),
    _mail("email_clicked", "newsletter", "/webinars/planning"),
    _mail("email_clicked", "product_update", "/product/reports"),
    _mail("email_clicked", "product_update", "/customers/pump-maker"),
    _mail("email_clicked", "trial_tips", "/docs/getting-started"),
    _mail("email_clicked", "trial_tips", "/pricing"),
    Item("lead_accepted"),
    Item("lead_rejected"),
    Item("lead_recycled"),
    Item("lead_disqualified"),
    Item("lead_requalified"),
    Item("deal_won"),
    Item("deal_lost"),
)


def items_of(event: str, name: str | None = None, path: str | None = None) -> list[int]:
    """Places in ITEMS of an event, narrowed by its name or path where given."""
    return [
        place
        for place, item in enumerate(ITEMS)
        if item.event == event and name in (None, item.name) and path in (None, item.path)
    ]


REFERRERS = (
    "https://search.example.net/",
    "https://social.example.net/",
    "https://partner.example.org/tools",
    "https://mail.example.net/",
    "https://forum.example.org/t/planning",
)
REFERRER_OF_SOURCE = {"organic": 0, "paid_search": 0, "paid_social": 1, "partner": 2, "referral": 4}
REFERRER_OF_MAIL = 3

SENIORITIES = ("c_level", "vp", "director", "manager", "staff", "student")
INDUSTRIES = ("manufacturing", "logistics", "wholesale", "construction", "energy",
              "software", "education", "public_sector", "retail", "agency")  # fmt: skip
COUNTRIES = ("DE", "AT", "CH", "NL", "FR", "GB", "PL", "IT", "ES", "SE", "NO", "US", "IN", "BR")
LEGAL_FORMS = ("GmbH", "GmbH", "AG", "B.V.", "SAS", "Ltd", "Sp. z o.o.", "S.r.l.", "S.L.", "AB", "AS",
               "Inc.", "Pvt. Ltd.", "Ltda.")  # fmt: skip
UNREADABLE_SIZES = ("about 50", "n/a", "200+", "50-100", "?", "several hundred")
UNREADABLE_BUDGETS = ("tbd", "about 10k", "see offer", "n/a")

FIRST_NAMES = (
    "Ada", "Adrian", "Agnieszka", "Amir", "Ana", "Andrea", "Anouk", "Aylin", "Bastian", "Beatriz", "Ben",
    "Camille", "Carla", "Chiara", "Cleo", "Clément", "Dagmar", "Daniel", "Deepa", "Dmitri", "Elena", "Elif",
    "Emil", "Emma", "Erik", "Eva", "Fabian", "Farah", "Filip", "Franka", "Georg", "Giulia", "Greta", "Hanna",
    "Henrik", "Hugo", "Ida", "Ines", "Ingrid", "Ivan", "Jana", "Jérôme", "Joana", "Johan", "Jonas", "Jörg",
    "Julia", "Jürgen", "Karin", "Katarzyna", "Kemal", "Lara", "Lars", "Laura", "Leon", "Lina", "Lorenzo",
    "Łukasz", "Magda", "Maja", "Marc", "Maren", "Marta", "Matteo", "Mehmet", "Mira", "Nadia", "Niklas",
    "Noor", "Olga", "Oliver", "Paula", "Pavel", "Petra", "Priya", "Ravi", "René", "Rosa", "Ruth", "Samir",
    "Sara", "Sofia", "Sören", "Stefan", "Svenja", "Tariq", "Theo", "Tilda", "Tomasz", "Ulla", "Uwe", "Vera",
    "Viktor", "Wanda", "Willem", "Xenia", "Yusuf", "Zoë",
)  # fmt: skip
LAST_NAMES = (
    "Aalto", "Adler", "Almeida", "Andersen", "Arslan", "Bauer", "Becker", "Bergström", "Bianchi", "Blanc",
    "Borg", "Brandt", "Bruun", "Çelik", "Colombo", "Costa", "Dahl", "de Vries", "Dietrich", "Dubois", "Eder",
    "Engel", "Esposito", "Falk", "Ferrari", "Fischer", "Fontaine", "Frank", "Fuchs", "García", "Gomez",
    "Graf", "Greco", "Gruber", "Gupta", "Haas", "Hansen", "Hartmann", "Herzog", "Hofer", "Holm", "Huber",
    "Iyer", "Jansen", "Jensen", "Kaczmarek", "Kaiser", "Kaya", "Keller", "Klein", "Koch", "König", "Kowalski",
    "Krüger", "Lang", "Lehmann", "Leroy", "Lindholm", "Lorenz", "Marino", "Martín", "Maurer", "Mayer",
    "Meier", "Moreau", "Moser", "Müller", "Nair", "Navarro", "Neumann", "Nowak", "Nyström", "Olsen",
    "O'Neill", "Patel", "Peeters", "Pereira", "Petit", "Pichler", "Ricci", "Richter", "Roth", "Ruiz",
    "Sánchez", "Schäfer", "Schmid", "Schneider", "Silva", "Simon", "Sommer", "Steiner", "Svensson", "Thoma",
    "van Dijk", "Vogel", "Wagner", "Weiß", "Winter", "Wolf", "Yıldız", "Zielińska", "Zimmermann",
)  # fmt: skip
COMPANY_HEADS = (
    "Bral", "Corv", "Dunm", "Elvr", "Fenw", "Garn", "Hestr", "Ilm", "Jorv", "Kelm", "Lund", "Morv",
    "Nerv", "Ostr", "Pellm", "Quorv", "Rindl", "Selv", "Tarn", "Ulm", "Varn", "Wend", "Xelv", "Yorm",
    "Zand",
)  # fmt: skip
COMPANY_TAILS = (
    "adis", "ako", "alto", "amar", "anta", "ego", "elin", "enno", "era", "esto", "ika", "ilo", "indra",
    "iva", "olan", "omo", "onis", "ora", "osta", "ulin", "umo", "una", "urio", "yra",
)  # fmt: skip
COMPANY_TRADES = (
    "Antriebe", "Bau", "Brewing", "Cargo", "Chemie", "Electric", "Fenster", "Foods", "Freight",
    "Garden", "Glass", "Holz", "Instruments", "Kartonage", "Kliniken", "Labs", "Lighting", "Logistik",
    "Maschinen", "Media", "Metall", "Mobility", "Optik", "Papier", "Pumpen", "Retail", "Services",
    "Solar", "Systems", "Textil", "Tools", "Werkzeuge",
)  # fmt: skip
FREE_MAIL_DOMAINS = ("post.example.net", "mail.example.org", "inbox.example.com")
COMPETITOR_DOMAINS = ("rival-planner.example", "other-tool.example")
COMPETITOR_COMPANIES = ("Rival Planner Ltd", "Other Tool GmbH")

REPS = ("maja", "jonas", "viktor", "priya")
HARSH_REP = 2  # viktor, and in larger companies each viktor-2, viktor-3…: rejects what others would take

REJECT_REASONS = ("wrong size", "no authority", "no need", "bad timing", "no answer", "duplicate",
                  "not interested")  # fmt: skip
DISQUALIFY_REASONS = ("competitor", "job seeker", "student", "not a person")
LOST_REASONS = ("price", "no decision", "chose another", "missing feature", "project stopped")
REASONS = REJECT_REASONS + DISQUALIFY_REASONS + LOST_REASONS

ROLES = ("decides", "influences", "researches")
PAINS = ("none", "too many meetings", "plans out of date", "no view of capacity", "late deliveries")
TIMEFRAMES = ("now", "quarter", "year", "someday")
QUOTES = {
    "budget_amount": ("We have set aside about {} a year.", "The budget for this is {}."),
    "role_in_purchase": ("My part in it: {}.", "On our side I would say: {}."),
    "pain": ("What hurts most: {}.", "Honestly? {}."),
    "timeframe": ("By when? {}.", "We think of: {}."),
}
