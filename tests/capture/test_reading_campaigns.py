"""How a visit came, and what of an address is kept."""

import pytest
from reading_cast import NOON, read

from leadline.web.capture.facts import EventFact
from leadline.web.capture.reading import sessions

PAGE = "https://www.acme.test/pricing"
MINUTE = 60_000_000


def visit(url: str = PAGE, referrer: str = "", **context: object) -> EventFact:
    return read("page", {"context": {"page": {"url": url, "referrer": referrer}, **context}}).event


def channel(url: str = PAGE, referrer: str = "") -> tuple[str, str]:
    found = visit(url, referrer).context["referrer"]
    return found["kind"], found.get("name", "")


# --- campaigns ---------------------------------------------------------------------------------------------


def test_a_campaign_is_read_from_the_address() -> None:
    query = "utm_source=LinkedIn&utm_medium=CPC&utm_campaign=Spring+Sale&utm_term=a&utm_content=b&utm_id=7"
    assert visit(f"{PAGE}?{query}").context["campaign"] == {
        "source": "linkedin",
        "medium": "cpc",
        "name": "Spring Sale",
        "term": "a",
        "content": "b",
        "id": "7",
    }


def test_what_the_client_says_of_a_campaign_goes_before_the_address() -> None:
    stated = {"source": "Newsletter", "name": None, "creator": "x"}
    event = visit(f"{PAGE}?utm_source=other&utm_campaign=may&utm_source_platform=sp", campaign=stated)
    assert event.context["campaign"] == {"source": "newsletter", "name": "may", "source_platform": "sp"}


def test_a_campaign_is_read_from_the_search_where_no_address_stands() -> None:
    event = read("page", {"context": {"page": {"search": "?UTM_Source=x&gclid=g"}}}).event
    assert event.context["campaign"] == {"source": "x"}
    assert event.context["click_ids"] == {"gclid": "g"}


def test_click_ids_are_found_whatever_their_case() -> None:
    event = visit(f"{PAGE}?GCLID=1&sccid=2&li_fat_id=3&fbclid=4&unknown=5&msclkid=")
    assert event.context["click_ids"] == {"gclid": "1", "ScCid": "2", "li_fat_id": "3", "fbclid": "4"}


# --- what is stored of an address --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("behind", "stored"),
    [
        ("?a=1&utm_source=x", "?a=1&utm_source=x"),
        ("?mc_cid=1&mc_eid=2", "?mc_cid=1"),
        ("?_hsenc=p2A&_hsmi=9", "?_hsmi=9"),
        ("?token=x&Access_Token=y&reset-password=z&q=1", "?q=1"),
        ("?email=ana@acme.com", ""),
        ("?ajs_uid=ana&ajs_trait_email=x", ""),
        ("#access_token=x&state=y", "#state=y"),
        ("#/prices?api_key=x&y=2", "#/prices?y=2"),
        ("#features", "#features"),
        ("?q=%C3%A4+b", "?q=%C3%A4+b"),
    ],
)
def test_what_signs_somebody_in_or_names_them_is_not_stored(behind: str, stored: str) -> None:
    event = visit(PAGE + behind, PAGE + behind)
    assert event.properties["url"] == PAGE + stored
    assert event.properties["referrer"] == PAGE + stored
    assert event.context["page"]["url"] == PAGE + stored


def test_a_password_before_the_host_is_not_stored() -> None:
    assert visit("https://ana:secret@acme.test/x").properties["url"] == "https://acme.test/x"


def test_an_address_that_is_none_is_kept_without_what_may_be_secret() -> None:
    assert visit("https://[acme/x?token=1").properties["url"] == "https://[acme/x"


# --- referrers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("referrer", "kind", "name"),
    [
        ("", "direct", ""),
        ("https://www.google.com/", "search", "Google"),
        ("https://www.google.co.uk/", "search", "Google"),
        ("https://google.de/search?q=x", "search", "Google"),
        ("https://www.bing.com/", "search", "Bing"),
        ("https://duckduckgo.com/", "search", "DuckDuckGo"),
        ("https://r.search.yahoo.com/_ylt=x", "search", "Yahoo!"),
        ("https://de.search.yahoo.com/", "search", "Yahoo!"),
        ("https://docs.google.com/document", "referral", "docs.google.com"),
        ("https://mail.google.com/", "mail", "Gmail"),
        ("android-app://com.google.android.gm/", "mail", "Gmail"),
        ("https://outlook.live.com/mail", "mail", "Outlook"),
        ("https://www.linkedin.com/feed", "social", "LinkedIn"),
        ("https://lnkd.in/x", "social", "LinkedIn"),
        ("https://l.facebook.com/", "social", "Facebook"),
        ("https://t.co/x", "social", "Twitter"),
        ("https://chatgpt.com/", "ai", "ChatGPT"),
        ("https://gemini.google.com/app", "ai", "Gemini"),
        ("https://www.acme.test/other", "internal", "www.acme.test"),
        ("https://acme.test/other", "internal", "acme.test"),
        ("https://www.partner.test/x", "referral", "partner.test"),
        ("https://notgoogle.com/", "referral", "notgoogle.com"),
        ("nonsense", "direct", ""),
        ("https://[broken", "direct", ""),
    ],
)
def test_a_visit_is_classed_by_where_it_came_from(referrer: str, kind: str, name: str) -> None:
    assert channel(PAGE, referrer) == (kind, name)


def test_sites_of_one_registered_domain_are_one_site() -> None:
    assert channel("https://app.acme.co.uk/", "https://blog.acme.co.uk/")[0] == "internal"
    assert channel("https://acme.co.uk/", "https://other.co.uk/")[0] == "referral"


@pytest.mark.parametrize(
    ("query", "referrer", "kind", "name"),
    [
        ("utm_source=google&utm_medium=cpc", "https://www.google.com/", "paid", "google"),
        ("gclid=x", "https://www.google.com/", "paid", "Google"),
        ("fbclid=x", "https://www.facebook.com/", "social", "Facebook"),
        ("utm_source=may&utm_medium=email", "", "mail", "may"),
        ("mc_cid=1", "", "mail", ""),
        ("utm_source=linkedin&utm_medium=paid_social", "", "paid", "linkedin"),
        ("utm_source=linkedin&utm_medium=social", "", "social", "linkedin"),
        ("utm_source=fair&utm_medium=flyer", "", "campaign", "fair"),
        ("utm_campaign=spring", "https://t.co/x", "social", "Twitter"),
    ],
)
def test_the_campaign_goes_before_the_referrer(query: str, referrer: str, kind: str, name: str) -> None:
    assert channel(f"{PAGE}?{query}", referrer) == (kind, name)


def test_what_a_server_reports_came_by_no_channel() -> None:
    assert "referrer" not in read("track", {"event": "x"}).event.context


# --- sessions ----------------------------------------------------------------------------------------------


def seen(name: str, minute: float, url: str = PAGE, visitor: str = "a1") -> EventFact:
    message = {"anonymousId": visitor, "messageId": name, "context": {"page": {"url": url}}}
    return read("page", message, received_at=round(NOON + minute * MINUTE)).event


def test_a_session_ends_after_half_an_hour_without_an_event() -> None:
    events = [seen("1", 0), seen("2", 30), seen("3", 60), seen("4", 90.01)]
    assert sessions(events) == ["site:1", "site:1", "site:1", "site:4"]


def test_another_campaign_begins_another_session_and_the_same_one_does_not() -> None:
    mail, ad = f"{PAGE}?utm_source=mail", f"{PAGE}?gclid=1"
    events = [seen("1", 0), seen("2", 1, mail), seen("3", 2), seen("4", 3, mail), seen("5", 4, ad)]
    assert sessions(events) == ["site:1", "site:2", "site:2", "site:2", "site:5"]


def test_sessions_are_the_same_in_whatever_order_events_are_given() -> None:
    events = [seen("1", 0), seen("2", 20), seen("3", 100), seen("4", 10, visitor="a2")]
    assert sessions(events) == ["site:1", "site:1", "site:3", "site:4"]
    assert sessions(events[::-1]) == ["site:4", "site:3", "site:1", "site:1"]
    assert sessions([]) == []
