"""Rasa's policies, spared the work of which it is certain that nothing comes."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from rasa.core.policies.memoization import MemoizationPolicy
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.policies.rule_policy import RULES, RULES_FOR_LOOP_UNHAPPY_PATH, RulePolicy
from rasa.shared.core.constants import ACTION_LISTEN_NAME, PREVIOUS_ACTION, USER
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ACTION_NAME, INTENT

_Ending = tuple[str | None, str | None]
"""The action before and the intent."""


class QuickRulePolicy(RulePolicy):
    """Looks at those rules only that end as the conversation does."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._ending: dict[_Ending, dict[str, str]] = defaultdict(dict)
        for rule, action in self.lookup.get(RULES, {}).items():
            self._ending[_ending(self._rule_key_to_state(rule)[-1])][rule] = action
        # Rules may be about the words of a message, too. Rasa tries that first; ours are all about intents.
        wordy = (ACTION_LISTEN_NAME, None) in self._ending
        self._about_words = wordy or bool(self.lookup.get(RULES_FOR_LOOP_UNHAPPY_PATH))

    def _get_possible_keys(self, lookup: dict[str, str], states: list[State]) -> set[str]:
        before, intent = _ending(states[-1])
        if lookup is self.lookup[RULES] and before:
            lookup = {**self._ending.get((before, intent), {}), **self._ending.get((before, None), {})}
        return set(super()._get_possible_keys(lookup, states))

    def _find_action_from_rules(
        self, tracker: DialogueStateTracker, domain: Domain, use_text_for_last_user_input: bool
    ) -> tuple[str | None, str | None, bool]:
        if use_text_for_last_user_input and not self._about_words:
            return None, None, False
        found: tuple[str | None, str | None, bool] = super()._find_action_from_rules(
            tracker, domain, use_text_for_last_user_input
        )
        return found


class QuickMemoizationPolicy(MemoizationPolicy):
    """Without a story there is nothing to remember."""

    def predict_action_probabilities(
        self, tracker: DialogueStateTracker, domain: Domain, **more: Any
    ) -> PolicyPrediction:
        """See `MemoizationPolicy`."""
        if self.lookup:
            return super().predict_action_probabilities(tracker, domain, **more)
        return self._prediction(self._default_predictions(domain))


def _ending(state: State) -> _Ending:
    return state.get(PREVIOUS_ACTION, {}).get(ACTION_NAME), state.get(USER, {}).get(INTENT)
