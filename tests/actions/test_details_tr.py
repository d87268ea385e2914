"""What is read from Turkish messages. Mutation: leave "ı" in `plain`, or drop `order_after` from tr.yml."""

import datetime

import pytest

from actions.details import as_product, find_details, find_product, is_dated
from actions.lexicon import find, is_all, lexicon, starts_with
from complaints.commands import Details

NOW = datetime.datetime(2025, 11, 21, 12, 0)  # a Friday  # noqa: DTZ001
WORDS = lexicon("tr")


def read(text, asked=None):
    found = find_details(text, "tr", NOW, "TR", asked).said()
    found.pop("wish", None)
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12345678 numaralı siparişim hiç gelmedi", {"order": "12345678"}),
        ("12345678 nolu siparis hala yok", {"order": "12345678"}),
        ("Sipariş no: FR-90112", {"order": "FR-90112"}),
        ("sipariş numaram 90311784", {"order": "90311784"}),
        ("müşteri numaram 88-1200-3", {"order": "88-1200-3"}),
        ("siparişim 3 gün geç geldi", {}),
        ("geçen salı bozuldu", {"date": "2025-11-18"}),
        ("SALI GÜNÜ ALDIM", {"date": "2025-11-18"}),
        ("cumadan beri bekliyorum", {"date": "2025-11-14"}),
        ("dün akşam kurye bana bağırdı", {"date": "2025-11-20"}),
        ("bu sabah trende", {"date": "2025-11-21"}),
        ("3 Mayısta aldım", {"date": "2025-05-03"}),
        ("12 kasim 2025 tarihinde", {"date": "2025-11-12"}),
        ("12 Kasım 2025'te", {"date": "2025-11-12"}),
        ("03.11.2025 tarihinde", {"date": "2025-11-03"}),
        ("iki hafta önce", {"date": "2025-11-07"}),
        ("gelecek pazartesiye kadar", {}),
        ("üç kez ara dedim", {}),
        ("45,99 € ödedim", {"amount": "45.99", "currency": "EUR"}),
        ("1.200 lira verdim", {"amount": "1200", "currency": "TRY"}),
        ("899,90 TL'lik mont", {"amount": "899.90", "currency": "TRY"}),
        ("paramı geri istiyorum", {"remedy": "refund"}),
        ("ucret iadesi istiyorum", {"remedy": "refund"}),
        ("lütfen cihazı değiştirin", {"remedy": "exchange"}),
        ("bunu tamir eder misiniz?", {"remedy": "repair"}),
        ("özür bekliyorum", {"remedy": "apology"}),
        ("aboneliğimi iptal etmek istiyorum", {"remedy": "cancel"}),
        ("teknisyen tamir edemedi", {}),
        ("iade hâlâ yatmadı", {}),
        ("annem adına yazıyorum", {"on_behalf_of": "annem"}),
        ("adımı vermek istemiyorum", {"anonymous": True}),
        ("bu üçüncü kez oluyor", {"recurring": True}),
        ("adım Gülşah Öztürk ve çok kızgınım", {"name": "Gülşah Öztürk"}),
        ("beni arayın 0532 123 45 67", {"phone": "+905321234567"}),
    ],
)
def test_what_a_message_says(text, expected):
    assert read(text) == Details.model_validate(expected).said()


def test_contact_in_one_go():
    assert read("Ayşe Güneş, Ayse@Example.com, 0532 123 45 67", asked="contact") == {
        "name": "Ayşe Güneş",
        "email": "ayse@example.com",
        "phone": "+905321234567",
    }


def test_short_answers():
    assert read("ayın 14'ü", asked="date") == {"date": datetime.date(2025, 11, 14)}
    assert read("değişim olsun", asked="wish") == {"remedy": "exchange"}


@pytest.mark.parametrize("text", ["geçen ay", "ekimde", "birkaç hafta önce", "gunlerdir bekliyorum"])
def test_vague_times_are_said_but_are_no_date(text):
    assert "date" not in read(text, "date")
    assert is_dated(text, "tr", NOW, "TR", asked=True)


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("çamaşır makinesi sıkmıyor", "çamaşır makinesi"),
        ("BUZDOLABI soğutmuyor", "BUZDOLABI"),
        ("kargo bahçeye atılmış", "kargo"),
        ("telefonda kimse açmıyor", None),
    ],
)
def test_well_known_products(text, product):
    assert find_product(text, "tr") == product


def test_a_product_as_an_answer():
    assert as_product("benim su ısıtıcım", "tr") == "su ısıtıcım"


@pytest.mark.parametrize(
    "text", ["bilmiyorum", "hiç fikrim yok", "şu an yanımda yok", "söylemek istemiyorum", "hatirlamiyorum ki"]
)
def test_an_answer_that_skips(text):
    assert is_all(WORDS.skip, text)


@pytest.mark.parametrize("text", ["yeter artık", "soru sormayı bırakın", "başka soru yok", "durun lütfen"])
def test_an_answer_that_ends_the_questions(text):
    assert is_all(WORDS.stop, text)


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("Merhaba, şikâyetim var", True),
        ("size bir sikayette bulunmak istiyorum", True),
        ("kombim bozuk", False),
    ],
)
def test_a_complaint_that_says_nothing(text, bare):
    assert is_all(WORDS.bare, text) is bare


@pytest.mark.parametrize(
    ("text", "aspect"),
    [
        ("ne kadar sürer?", "how_long"),
        ("şikayet ücretli mi?", "free"),
        ("kararı kim veriyor?", "who"),
        ("verilerim ne oluyor?", "data"),
        ("tüketici hakem heyetine gidebilir miyim?", "outside"),
    ],
)
def test_aspects_of_complaining(text, aspect):
    assert [a for a, patterns in WORDS.process.items() if find(patterns, text)] == [aspect]


@pytest.mark.parametrize("text", ["saat kaçta açılıyorsunuz?", "cumartesi açık mısınız?"])
def test_opening_hours_are_asked_for(text):
    assert find(WORDS.opening, text)
    assert starts_with(WORDS.question, text)


@pytest.mark.parametrize("text", ["hoşça kalın", "görüşürüz"])
def test_a_farewell(text):
    assert is_all(WORDS.farewell, text)
