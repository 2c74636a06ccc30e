"""Values that say who somebody is, in one spelling: e-mails, telephones, names, companies, domains.

What is stored keeps the person's own spelling as far as it matters; what ends in `_key`, and whatever is
folded, is for matching alone.
"""

from leadline.identity.companies import company_domain, company_key, domain
from leadline.identity.emails import EmailKind, email, email_key, email_kind, is_disposable, is_free
from leadline.identity.names import PersonName, fold, given_forms, person_name
from leadline.identity.phones import phone, phone_key

__all__ = [
    "EmailKind",
    "PersonName",
    "company_domain",
    "company_key",
    "domain",
    "email",
    "email_key",
    "email_kind",
    "fold",
    "given_forms",
    "is_disposable",
    "is_free",
    "person_name",
    "phone",
    "phone_key",
]
