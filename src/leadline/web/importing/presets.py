"""Columns of exports that people have: their titles on screen, and their names inside."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

LEFT_OUT, USER_ID, EMAIL, TIME, EVENT = "", "user_id", "email", "time", "event"
FIELD, PROPERTY = "field:", "property:"


@dataclass(frozen=True)
class Preset:
    """An export of one system: what its columns are, and by which of them it is known."""

    slug: str
    name: str
    columns: dict[str, str]
    signs: frozenset[str]  # at least two of them stand in every such file


def plain(name: str) -> str:
    """A column's name without what differs between its spellings.

    >>> plain("First Name"), plain("property_firstname"), plain("bounced_email__c")
    ('firstname', 'firstname', 'bouncedemailc')
    """
    return re.sub(r"\W+|_+", "", re.sub(r"^(property|properties)[_. ]", "", name.strip().casefold()))


def _fields(text: str) -> dict[str, str]:
    """`field: spelling, spelling` a line."""
    found: dict[str, str] = {}
    for line in text.strip().splitlines():
        target, _, names = line.strip().partition(": ")
        kind = target if target in (EMAIL, TIME, EVENT, USER_ID, "-") else f"{FIELD}{target}"
        found |= {plain(name): LEFT_OUT if kind == "-" else kind for name in names.split(", ")}
    return found


COMMON = _fields("""
    email: Email, E-mail, Mail, Email address, E-Mail-Adresse, Work email, Business email
    user_id: User ID, UserId, uid, Customer ID
    time: Time, Timestamp, Occurred at, Event time
    event: Event, Event name, Event type
    first_name: First name, Given name, Vorname
    last_name: Last name, Surname, Family name, Nachname
    name: Name, Full name, Contact name, Lead name
    company: Company, Company name, Organization, Organisation, Account, Account name, Firma
    title: Title, Job title, Position
    phone: Phone, Phone number, Telephone, Mobile, Mobile phone, Telefon
    website: Website, Website URL, Company website
    country: Country, Country/Region, Land
    city: City, Stadt, Ort
    state: State, State/Region
    street: Street, Street address, Address
    postal_code: Postal code, Zip, Zip code, PLZ
    industry: Industry, Branche
    employees: Employees, Number of employees, Company size
    annual_revenue: Annual revenue
    lead_source: Lead source
    -: leadline_line, leadline_reason
""")

HUBSPOT = Preset(
    "hubspot",
    "HubSpot",
    COMMON
    | _fields("""
    hubspot_id: Record ID, Record ID - Contact, hs_object_id, VID, Contact ID, id
    time: Last Modified Date, lastmodifieddate, hs_lastmodifieddate
    lifecycle_stage: Lifecycle Stage, lifecyclestage
    lead_status: Lead Status, hs_lead_status
    mobile_phone: Mobile Phone Number, mobilephone
    title: Job Title, jobtitle
    employees: numemployees, Number of Employees
    original_source: Original Source, hs_analytics_source
    first_conversion: First Conversion, first_conversion_event_name
    -: Contact owner, hubspot_owner_id, Create Date, createdate, created_at, _fivetran_synced
    -: _fivetran_deleted, hs_merged_object_ids, Associated Company, Associated Company IDs
    -: first_conversion_date, First Conversion Date, email_1
"""),
    frozenset(
        map(plain, (
            "Record ID", "Record ID - Contact", "hs_object_id", "Lifecycle Stage", "lifecyclestage",
            "Lead Status", "hs_lead_status", "Contact owner", "hubspot_owner_id", "Create Date", "createdate",
            "jobtitle", "hs_merged_object_ids", "vid", "Website URL",
        ))
    ),
)  # fmt: skip

SALESFORCE = Preset(
    "salesforce",
    "Salesforce",
    COMMON
    | _fields("""
    salesforce_id: Id, Lead ID, Contact ID, 18 Digit Lead ID, Record ID
    time: LastModifiedDate, Last Modified Date, last_modified_date
    mobile_phone: MobilePhone, Mobile
    lead_status: Status, Lead Status
    rating: Rating
    company: Company / Account, AccountName
    state: State/Province, Mailing State/Province, MailingState
    postal_code: Zip/Postal Code, Mailing Zip/Postal Code, MailingPostalCode
    country: MailingCountry, Mailing Country
    city: MailingCity, Mailing City
    street: MailingStreet, Mailing Street
    department: Department
    email_opt_out: HasOptedOutOfEmail, Email Opt Out
    employees: NumberOfEmployees, No. of Employees
    -: OwnerId, Lead Owner, Contact Owner, CreatedDate, Create Date, Created Date, CreatedById, SystemModstamp
    -: LastModifiedById, IsDeleted, MasterRecordId, IsConverted, ConvertedDate, ConvertedAccountId
    -: ConvertedContactId, ConvertedOpportunityId, LastActivityDate, LastViewedDate, LastReferencedDate
    -: JigsawContactId, PhotoUrl, RecordTypeId, AccountId, ReportsToId, _fivetran_synced, Latitude, Longitude
    -: GeocodeAccuracy, IsUnreadByOwner, EmailBouncedReason, EmailBouncedDate, Account ID, Lead Owner Alias
"""),
    frozenset(
        map(plain, (
            "LeadSource", "OwnerId", "IsDeleted", "IsConverted", "SystemModstamp", "LastModifiedById",
            "CreatedById", "Lead Owner", "Company / Account", "State/Province", "MasterRecordId",
            "HasOptedOutOfEmail", "Lead ID",
        ))
    ),
)  # fmt: skip

PRESETS = {preset.slug: preset for preset in (HUBSPOT, SALESFORCE)}


def preset_of(columns: Collection[str]) -> str:
    """The slug of the export that these columns come from, empty where they are somebody's own.

    >>> preset_of(["Record ID", "First Name", "Lifecycle Stage"]), preset_of(["E-mail", "Name"])
    ('hubspot', '')
    """
    names = {plain(name) for name in columns}
    signs = {slug: len(preset.signs & names) for slug, preset in PRESETS.items()}
    best = max(signs, key=signs.__getitem__)
    return best if signs[best] >= 2 else ""
