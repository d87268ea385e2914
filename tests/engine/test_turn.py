"""Facts go in, replies and commands come out, and the dialogue state is all there is of the conversation.

Fails if `restore` in dialogue_state.py leaves the facts out.
"""

import json

from tests.engine.actions_server import ActionsServer
from tests.engine.engine_process import FACTS, Engine, spoken


def test_replies_and_commands_keep_their_order(engine: Engine) -> None:
    """What an action says and what it commands come back as it gave them, then the form's first question."""
    turned = engine.turn("I have a complaint")
    assert spoken(turned) == ["We have it: R-7K2M.", "A few questions.", "Which product?"]
    assert turned["commands"] == [{"type": "FileComplaint", "reference": "R-7K2M"}]
    assert turned["order"] == ["reply", "command", "reply", "reply"]
    assert (turned["form"], turned["asks"]) == ("complaint_form", "product")


def test_an_answer_was_expected(engine: Engine) -> None:
    """Whether the message may answer a question: then its intent says little about what it was taken for."""
    filed = engine.turn("I have a complaint")
    assert not filed["expected"]
    assert engine.turn("a kettle", state=filed["state"])["expected"]


def test_a_reply_names_its_response_and_its_buttons_their_tokens(engine: Engine) -> None:
    """The program withholds questions in a burst, and resolves tokens; both need names, not texts."""
    assert engine.turn("I have a complaint")["replies"][-1] == {
        "text": "Which product?",
        "buttons": [{"title": "A kettle", "token": "token-kettle"}],
        "name": "utter_ask_product",
    }


def test_facts_choose_and_fill_the_wording(engine: Engine) -> None:
    """A fact with a slot of its name reaches conditions and placeholders."""
    assert spoken(engine.turn("hello", facts={"language": "de"})) == ["Hallo. Was ist passiert?"]
    answer = engine.turn("what is the status of my case", facts={"open_reference": "R-1"})
    assert spoken(answer) == ["Your case R-1 is open."]


def test_a_fact_that_is_no_longer_so_is_forgotten(engine: Engine) -> None:
    """The state carries no facts: the next turn knows only those it is given."""
    german = engine.turn("hello", facts={"language": "de"})
    assert '"de"' not in json.dumps(german["state"])
    assert spoken(engine.turn("hello", facts={}, state=german["state"])) == ["Hello?"]


def test_an_action_sees_all_facts_and_not_the_domain(engine: Engine, actions: ActionsServer) -> None:
    """Whole and nested, with the trusted payload; and the SDK's required `domain` is there, but empty."""
    actions.calls.clear()
    engine.turn("", intent={"name": "withdraw_complaint", "payload": {"reference": "R-9"}})
    (call,) = actions.calls
    assert call["tracker"]["latest_message"]["metadata"] == {"facts": FACTS, "payload": {"reference": "R-9"}}
    assert call["domain"] == {}


def test_a_trusted_intent_overrides_the_text(engine: Engine) -> None:
    """A button's meaning is known; its text is still read for severity."""
    turned = engine.turn(
        "the charger caught fire", intent={"name": "withdraw_complaint", "payload": {"reference": "R-9"}}
    )
    assert turned["commands"] == [{"type": "Withdraw", "reference": "R-9"}]
    assert (turned["parse"]["intent"], turned["parse"]["confidence"]) == ("withdraw_complaint", 1.0)
    assert turned["parse"]["severity"]["value"] == "critical"


def test_a_form_goes_on_from_the_state_alone(engine: Engine) -> None:
    """Question by question, through JSON; at the end the form is over."""
    turned = engine.say("I have a complaint", "the kettle", "yesterday")
    assert turned["commands"] == [{"type": "AddDetail", "product": "kettle", "happened_on": "yesterday"}]
    assert (turned["form"], turned["asks"]) == (None, None)


def test_a_digression_is_answered_and_the_question_asked_again(engine: Engine) -> None:
    """The form declines, the rule answers, the form repeats its question."""
    turned = engine.say("I have a complaint", "how long will this take")
    assert spoken(turned) == ["At most ten days.", "Which product?"]


def test_the_form_has_the_first_look_at_every_message(engine: Engine) -> None:
    """Also after one that nothing in the dialogue answers, and that the form declined."""
    silent = engine.turn(
        "", state=engine.turn("I have a complaint")["state"], intent={"name": "silence_please"}
    )
    assert spoken(engine.turn("a kettle", state=silent["state"])) == ["When did it happen?"]


def test_a_hand_over_ends_the_form(engine: Engine) -> None:
    """An action that ends the loop ends it for the next turn too."""
    turned = engine.say("I have a complaint", "let me talk to a person")
    assert turned["commands"] == [{"type": "AskForHuman"}]
    assert turned["form"] is None
    assert spoken(engine.say("hello", state=turned["state"])) == ["Hello. What went wrong?"]


def test_a_slot_of_the_dialogue_lasts(engine: Engine) -> None:
    """Longer than the turns that are kept event by event."""
    turned = engine.say("qwxz", *["hello"] * 8, "qwxz")
    assert spoken(turned) == ["Misunderstood 2 times."]


def test_the_state_holds_no_words_of_the_customer(engine: Engine) -> None:
    """They are in the transcript, once."""
    assert "purple" not in json.dumps(engine.turn("my purple kettle, a complaint")["state"])


def test_the_same_turn_again_is_the_same(engine: Engine) -> None:
    """A retry after a crash repeats nothing and changes nothing."""
    state = engine.say("I have a complaint", "a kettle")["state"]
    assert engine.turn("monday", state=state) == engine.turn("monday", state=state)


def test_learnt_severity_and_category_come_with_the_parse(engine: Engine) -> None:
    """From the metadata of examples; and the three best guesses at the intent, without the fallback."""
    parse = engine.http.post("/parse", json={"text": "the parcel never arrived"}).json()
    assert parse["severity"]["value"] == "medium"
    assert parse["category"]["value"] == "delivery"
    assert 0.0 < parse["category"]["confidence"] <= 1.0
    sureness = [guess["confidence"] for guess in parse["ranking"]]
    assert sureness == sorted(sureness, reverse=True)
    assert "nlu_fallback" not in {guess["name"] for guess in parse["ranking"]}


def test_a_batch_is_parsed_like_one_by_one(engine: Engine) -> None:
    """Blank texts keep their place."""
    texts = ["hello", "", "my parcel never arrived", "//", "qwxz"]
    batch = engine.http.post("/parse", json={"texts": texts}).json()
    single = [engine.http.post("/parse", json={"text": text}).json() for text in texts]
    assert [{**parse, "model": batch["model"]} for parse in batch["parses"]] == single
