"""What is read from Arabic messages. Mutation: leave Arabic digits as they are in `western_digits`."""

import datetime

import pytest

from actions.details import as_product, find_details, find_product, is_dated
from actions.lexicon import find, is_all, lexicon
from complaints.commands import Details

NOW = datetime.datetime(2025, 11, 21, 12, 0)  # a Friday  # noqa: DTZ001
WORDS = lexicon("ar")


def read(text, asked=None):
    found = find_details(text, "ar", NOW, "SA", asked).said()
    found.pop("wish", None)
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("الطلب ١٢٣٤٥٦٧٨ لم يصل أبدًا", {"order": "12345678"}),
        ("رقم الطلب: FR-90112", {"order": "FR-90112"}),
        ("رقم طلبي ٩٠٣١١٧٨٤", {"order": "90311784"}),
        ("طلب رقم 4711-22 ناقص", {"order": "4711-22"}),
        ("الطلب تأخر ٣ أيام", {}),
        ("وصلت الثلاجة يوم الثلاثاء اللي فات مكسورة", {"date": "2025-11-18"}),
        ("التلات وصلت خربانة", {"date": "2025-11-18"}),
        ("امبارح المندوب زعق لي", {"date": "2025-11-20"}),
        ("هذا الصباح في القطار", {"date": "2025-11-21"}),
        ("أول أمس", {"date": "2025-11-19"}),
        ("اشتريتها في ٣ مايو", {"date": "2025-05-03"}),
        ("بتاريخ ٣/١١/٢٠٢٥", {"date": "2025-11-03"}),
        ("١٢ تشرين الثاني ٢٠٢٥", {"date": "2025-11-12"}),
        ("من أسبوعين", {"date": "2025-11-07"}),
        ("قبل ٥ أيام", {"date": "2025-11-16"}),
        ("حتى الاثنين القادم", {}),
        ("دفعت ٤٥٫٩٩ يورو", {"amount": "45.99", "currency": "EUR"}),
        ("١٬٢٠٠ جنيه", {"amount": "1200", "currency": "EGP"}),
        ("دفعت 1200 ريال", {"amount": "1200", "currency": "SAR"}),
        ("عايز فلوسي", {"remedy": "refund"}),
        ("أريد استرداد المبلغ", {"remedy": "refund"}),
        ("بدي مصاري", {"remedy": "refund"}),
        ("غيروا الجهاز لو سمحتوا", {"remedy": "exchange"}),
        ("ممكن تصلحوها؟", {"remedy": "repair"}),
        ("أنتظر اعتذارًا", {"remedy": "apology"}),
        ("أريد إلغاء الاشتراك", {"remedy": "cancel"}),
        ("الفني ما قدر يصلحها", {}),
        ("المبلغ لم يرجع حتى الآن", {}),
        ("أكتب نيابة عن والدتي", {"on_behalf_of": "والدتي"}),
        ("لا أريد ذكر اسمي", {"anonymous": True}),
        ("هذه ثالث مرة", {"recurring": True}),
        ("اسمي سامر الحلبي وأنا غاضب", {"name": "سامر الحلبي"}),
        ("كلموني ٠٥٠١٢٣٤٥٦٧", {"phone": "+966501234567"}),
    ],
)
def test_what_a_message_says(text, expected):
    assert read(text) == Details.model_validate(expected).said()


def test_contact_in_one_go():
    found = find_details("mona@example.com، ٠٥٠١٢٣٤٥٦٧", "ar", NOW, "SA", "contact").said()
    assert found == {"email": "mona@example.com", "phone": "+966501234567"}


def test_short_answers():
    assert read("يوم ١٤", asked="date") == {"date": datetime.date(2025, 11, 14)}
    assert read("استبدال", asked="wish") == {"remedy": "exchange"}
    assert read("٩٠٣١١٧٨٤", asked="order") == {"order": "90311784"}


@pytest.mark.parametrize("text", ["الشهر اللي فات", "في شهر أكتوبر", "من مدة", "الأسبوع الماضي"])
def test_vague_times_are_said_but_are_no_date(text):
    assert "date" not in read(text)
    assert is_dated(text, "ar", NOW, "SA")


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("الغسالة ما تشتغل", "الغسالة"),
        ("تلاجتي مش بتبرد", "تلاجتي"),
        ("وصلت الشحنة مفتوحة", "الشحنة"),
        ("محدش بيرد عالتليفون", None),
    ],
)
def test_well_known_products(text, product):
    assert find_product(text, "ar") == product


def test_a_product_as_an_answer():
    assert as_product("المنتج: غلاية كهربائية", "ar") == "غلاية كهربائية"


@pytest.mark.parametrize(
    "text", ["لا أعرف", "مش فاكر", "معنديش الرقم", "ليس لدي رقم طلب", "أفضل عدم الإجابة", "ما أدري"]
)
def test_an_answer_that_skips(text):
    assert is_all(WORDS.skip, text)


@pytest.mark.parametrize("text", ["كفاية أسئلة", "خلاص", "توقف من فضلك", "بلا أسئلة", "سيبني في حالي"])
def test_an_answer_that_ends_the_questions(text):
    assert is_all(WORDS.stop, text)


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("السلام عليكم، عندي شكوى", True),
        ("مرحبًا، أريد تقديم شكوى", True),
        ("ابي ارفع شكوى", True),
        ("الثلاجة خربانة", False),
    ],
)
def test_a_complaint_that_says_nothing(text, bare):
    assert is_all(WORDS.bare, text) is bare


@pytest.mark.parametrize("text", ["شكرًا", "شكراً جزيلاً", "شكرا لكم", "مشكورين"])
def test_thanks_with_and_without_their_marks(text):
    assert is_all(WORDS.thanks, text)


@pytest.mark.parametrize(
    ("text", "aspect"),
    [
        ("كم يستغرق ذلك؟", "how_long"),
        ("هل الشكوى مجانية؟", "free"),
        ("من يقرر؟", "who"),
        ("ماذا يحدث لبياناتي؟", "data"),
        ("هل أقدر أروح لحماية المستهلك؟", "outside"),
    ],
)
def test_aspects_of_complaining(text, aspect):
    assert [a for a, patterns in WORDS.process.items() if find(patterns, text)] == [aspect]


@pytest.mark.parametrize("text", ["متى تفتحون؟", "انتو فاتحين السبت؟", "ما هي ساعات العمل"])
def test_opening_hours_are_asked_for(text):
    assert find(WORDS.opening, text)


@pytest.mark.parametrize("text", ["مع السلامة", "إلى اللقاء"])
def test_a_farewell(text):
    assert is_all(WORDS.farewell, text)
