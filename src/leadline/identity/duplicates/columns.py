"""Which column says what about a person: by its name, and by what stands in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_WORDS: dict[str, tuple[str, ...]] = {  # patterns of names with blanks between their words; the first fits
    "email": (r"\be ?mail\b", r"^(mail|courriel|correo)$"),
    "phone": (r"\b(tele)?phone\b", r"\b(mobile|mobil|cell|handy|telefono)\b", r"\btelefon", r"^(tel|fon)$"),
    "birth": (
        r"\bdob\b",
        r"\bbirth ?da(te|y)\b",
        r"\bdate of birth\b",
        r"\bgeburts(tag|datum)\b",
        r"^birth$",
    ),
    "place": (r"\bbirth ?place\b", r"\bplace of birth\b", r"\bgeburtsort\b"),
    "first_name": (
        r"\b(first|given|fore|christian) ?names?\b",
        r"^(fname|first|given|vorname|prenom|nombre)$",
    ),
    "last_name": (r"\b(last|sur|family) ?names?\b", r"^(lname|last|nachname|familienname|nom|apellidos?)$"),
    "middle_name": (r"\bmiddle ?(name|initial)s?\b",),
    "company": (
        r"\b(company|organi[sz]ation|employer)( ?name)?$",
        r"\baccount ?name\b",
        r"^(firma|unternehmen|societe|empresa)$",
    ),
    "website": (r"\bweb ?site\b", r"\b(url|domain|homepage)\b"),
    "street_number": (r"\b(street|house) ?(number|no|nr)\b", r"^(hausnummer|hausnr)$"),
    "postcode": (r"\b(post|postal|zip) ?code\b", r"\b(zip|plz|postleitzahl|code postal)\b"),
    "country": (r"\b(country|land|pays|pais)\b",),
    "city": (r"\b(city|town|suburb|locality|ort|stadt|ville|ciudad)\b",),
    "region": (r"\b(state|province|region|county|bundesland)\b",),
    "street": (r"\b(street|strasse|rue|calle|addr|adresse)\b", r"\baddress( ?(line)? ?\d)?$"),
    "title": (r"\bjob ?title\b", r"\b(occupation|profession|beruf|position)\b"),
    "gender": (r"\b(gender|sex|geschlecht)\b",),
    "full_name": (r"\b(full|contact|lead|person|customer) ?name\b", r"^(names?|contact|person)$"),
    "national_id": (r"\bsoc(ial)? ?sec(urity)?\b", r"\b(ssn|passport)\b", r"\b(national|tax) ?id\b"),
}
KINDS = (*_WORDS, "ignore")
_ABOUT_SOMETHING_ELSE = re.compile(
    r"\b(opt|valid|verified|status|type|kind|provider|bounced?|contacted|count|consent|owner|created|do not"
    r"|has|is|number of)\b"
)
_IDS = re.compile(
    r"^((unique|record|rec|row|lead|contact|prospect|person|customer|source) )?id$|^(key|uuid|guid)$"
)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"\+?[\d ()/.-]{7,20}")
_MOST_SHARE = 0.6  # of the values that must look like a kind


class ColumnsError(ValueError):
    """Columns that cannot be used as they were said to be."""


@dataclass(frozen=True)
class Columns:
    """What was taken for what. `used` is kind of each column that is compared, in the file's order."""

    id: str | None
    used: Mapping[str, str]
    unused: tuple[str, ...]


def plain(name: str) -> str:
    """Small letters, words parted by one blank: `DateOfBirth`, `date_of_birth` and `date-of-birth` alike."""
    parted = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name)
    return " ".join(re.sub(r"[^a-z0-9]+", " ", parted.casefold()).split())


def kind_by_name(name: str) -> str | None:
    """The kind that a column's name tells; None where it tells none.

    >>> kind_by_name("givenName"), kind_by_name("E-Mail Address"), kind_by_name("Email Opt-in")
    ('first_name', 'email', None)
    """
    said = plain(name)
    if _ABOUT_SOMETHING_ELSE.search(said):
        return None
    return next((k for k, patterns in _WORDS.items() if any(re.search(p, said) for p in patterns)), None)


def kind_by_values(values: Iterable[str]) -> str | None:
    """The kind that some values of a column tell; None where they tell none."""
    some = [value.strip() for value in values if value and value.strip()]
    if not some:
        return None
    mails = sum(bool(_EMAIL.fullmatch(value)) for value in some)
    phones = sum(bool(_PHONE.fullmatch(value)) and (value[0] in "+0(" or " " in value) for value in some)
    if mails >= _MOST_SHARE * len(some):
        return "email"
    return "phone" if phones >= _MOST_SHARE * len(some) else None


def guess(
    samples: Mapping[str, Sequence[str]],
    *,
    id_column: str | None = None,
    told: Mapping[str, str] | None = None,
    unique: Iterable[str] = (),
) -> Columns:
    """What each column is, from its name, then from some of its values; `told` says it of a column.

    `unique` are columns in which no value stands twice: of these one may be the id.

    >>> guess({"Lead ID": ["1"], "E-Mail": ["a@b.de"], "Score": ["7"]}, unique=["Lead ID"])
    Columns(id='Lead ID', used={'E-Mail': 'email'}, unused=('Score',))
    """
    told = dict(told or {})
    _check(samples, id_column, told)
    id_column = id_column or _id(list(samples), set(unique))
    kinds = {
        name: told.get(name) or kind_by_name(name) or kind_by_values(values)
        for name, values in samples.items()
        if name != id_column
    }
    used = {name: kind for name, kind in kinds.items() if kind and kind != "ignore"}
    if {"first_name", "last_name"} <= set(used.values()):  # the same once more
        used = {name: kind for name, kind in used.items() if kind != "full_name" or told.get(name)}
    return Columns(id_column, used, tuple(name for name in samples if name not in used and name != id_column))


def _check(samples: Mapping[str, Sequence[str]], id_column: str | None, told: Mapping[str, str]) -> None:
    from leadline.model.errors import did_you_mean

    for name in [*told, *([id_column] if id_column else [])]:
        if name not in samples:
            listed = ", ".join(f"`{other}`" for other in list(samples)[:30])
            raise ColumnsError(
                f"there is no column `{name}`{did_you_mean(name, samples)}; there are {listed}"
            )
    for name, kind in told.items():
        if kind not in KINDS:
            raise ColumnsError(
                f"`{kind}`, given for the column `{name}`, is no kind of column"
                f"{did_you_mean(kind, KINDS)}; kinds are {', '.join(KINDS)}"
            )


def _id(names: Sequence[str], unique: set[str]) -> str | None:
    """By its name, if it tells all rows apart."""
    named = [name for name in names if name in unique and _IDS.search(plain(name))]
    ending = [name for name in names if name in unique and plain(name).endswith(" id")]
    return next(iter([*named, *ending]), None)
