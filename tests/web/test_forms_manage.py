"""The team's screens for forms."""

import pytest
from django.test import Client
from forms_cast import ASKING, Page, asking_program, demo_form
from pages_cast import signed_in

from leadline.web.capture.models import Source
from leadline.web.forms.actions import create_form
from leadline.web.forms.models import ConsentWording, Form
from leadline.web.qualification.programs import publish


@pytest.fixture
def program(db):
    return asking_program()


@pytest.fixture
def ana(db):
    return signed_in()


def edited(ana, path="/forms/demo"):
    return Page(ana.get(path).content.decode())


def save(ana, page, **changes):
    return ana.post("/forms/demo", page.filled() | changes)


def row(page, name):
    """The place in the table of questions."""
    return next(key.rpartition("-")[0] for key, value in page.fields.items() if value == name)


def test_strangers_see_none_of_it(program):
    demo_form(program)
    for path in ("/forms", "/forms/new", "/forms/demo", "/forms/demo/preview"):
        assert Client().get(path)["Location"].startswith("/sign-in")
    for path in ("/forms/demo/publish", "/forms/demo/withdraw", "/forms/demo", "/forms/new"):
        assert Client().post(path)["Location"].startswith("/sign-in")


def test_a_form_is_made_asked_published_and_put_into_a_page(ana, program):
    assert "No forms yet" in edited(ana, "/forms").text
    answer = ana.post("/forms/new", {"name": "Book a demo!", "slug": "", "program": program.id})
    assert answer["Location"] == "/forms/book-a-demo"
    form = Form.objects.get()
    assert (form.source.slug, form.source.kind, form.published) == ("form-book-a-demo", Source.FORM, False)

    page = Page(ana.get("/forms/book-a-demo").content.decode())
    assert "How many people work at your company?" in page.text
    employees, email = row(page, "employees"), row(page, "email")
    changes = {
        f"{employees}-asked": "on", f"{employees}-required": "on", f"{employees}-place": "1",
        f"{email}-place": "2",
        "allowed_origins": "https://www.example.com/\nhttps://shop.example.com", "name": "Book a demo",
    }  # fmt: skip
    assert ana.post("/forms/book-a-demo", page.filled() | changes).status_code == 302
    assert ana.post("/forms/book-a-demo/publish").status_code == 302

    form.refresh_from_db()
    assert form.questions == [{"name": "employees", "required": True}, {"name": "email", "required": True}]
    assert form.allowed_origins == ["https://www.example.com", "https://shop.example.com"]
    assert Source.objects.get().name == "Book a demo"
    assert Page(Client().get("/f/book-a-demo").content.decode()).asked == ["employees", "email"]
    assert "&lt;script src=&quot;http://localhost:" in ana.get("/forms/book-a-demo").content.decode()
    assert "/f/book-a-demo.js" in edited(ana, "/forms/book-a-demo").text

    ana.post("/forms/book-a-demo/withdraw")
    assert Client().get("/f/book-a-demo").status_code == 404


def test_a_form_that_asks_nothing_is_not_published(ana, program):
    form = demo_form(program, published=False)
    form.questions = []
    form.save()
    answer = ana.post("/forms/demo/publish", follow=True)
    assert "choose at least one question" in answer.content.decode()
    assert not Form.objects.get().published


@pytest.mark.parametrize(
    ("field", "given", "sentence"),
    [
        ("allowed_origins", "www.example.com", "Please write a site such as"),
        ("allowed_origins", "https://www.example.com/contact", "Please write a site such as"),
        ("allowed_origins", "https://*.example.com", "Please write a site such as"),
        ("allowed_origins", "https://a.example.com; script-src *", "Please write a site such as"),
        ("redirect_hosts", "https://www.example.com", "Please write a host such as"),
        ("redirect_url", "https://elsewhere.example/thanks", "Please add the host of"),
        ("accept_foreign", "on", "Please name the sites"),
        ("per_form", "0", "at least 1"),
        ("name", "", "This field is required"),
    ],
)
def test_wrong_settings_are_told_and_change_nothing(ana, program, field, given, sentence):
    demo_form(program, allowed_origins=[])
    answer = save(ana, edited(ana), **{field: given})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    form = Form.objects.get()
    assert (form.name, form.allowed_origins, form.accept_foreign) == ("Book a demo", [], False)


@pytest.mark.parametrize("slug", ["demo", "new"])
def test_an_address_that_is_taken_is_refused(ana, program, slug):
    demo_form(program)
    answer = ana.post("/forms/new", {"name": "Another", "slug": slug, "program": program.id})
    assert "is taken" in answer.content.decode()


def test_each_text_of_consent_has_its_number_and_none_is_lost(ana, program):
    demo_form(program)
    for text in ("You may write to me.", "You may call me.", "You may call me.", "", "You may write to me."):
        save(ana, edited(ana), consent_text=text)
    assert list(ConsentWording.objects.values_list("version", "text", "by").order_by("version")) == [
        (1, "You may write to me.", "ana@example.com"), (2, "You may call me.", "ana@example.com"),
        (3, "You may write to me.", "ana@example.com"),
    ]  # fmt: skip
    assert Form.objects.get().consent_version == 3


def test_a_field_that_left_the_model_is_asked_no_more(ana, program):
    demo_form(program)
    publish(program=program, text=ASKING.replace("  pain:", "  hurt:"), by="Ana", at=5)
    assert Page(Client().get("/f/demo").content.decode()).asked == ["email", "employees"]
    save(ana, edited(ana))
    assert [q["name"] for q in Form.objects.get().questions] == ["email", "employees"]


def test_the_preview_shows_all_and_sends_nothing(ana, program):
    demo_form(program, published=False, most_asked=1)
    page = edited(ana, "/forms/demo/preview")
    assert page.asked == ["email", "employees", "pain"]
    assert "disabled" in page.html


def test_the_list_needs_no_more_queries_for_more_forms(ana, program, django_assert_max_num_queries):
    demo_form(program)
    for number in range(20):
        create_form(slug=f"form-{number}", name=f"Form {number}", program=program)
    with django_assert_max_num_queries(4):
        assert "Form 19" in ana.get("/forms").content.decode()
