"""Runs the components of a model one after the other, in their quicker versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from quick_policies import QuickMemoizationPolicy, QuickRulePolicy
from rasa.core.policies.memoization import MemoizationPolicy
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.graph import GraphComponent, GraphSchema
from rasa.engine.runner.dask import DaskGraphRunner

_QUICKER: dict[type[GraphComponent], type[GraphComponent]] = {
    RulePolicy: QuickRulePolicy,
    MemoizationPolicy: QuickMemoizationPolicy,
}


class StraightRunner(DaskGraphRunner):
    """Plans their order once. Rasa's own runner has dask do it on every turn, for half a dozen of them."""

    def __init__(self, graph_schema: GraphSchema, *more: Any, **named: Any) -> None:
        nodes = {
            name: replace(node, uses=_QUICKER.get(node.uses, node.uses))
            for name, node in graph_schema.nodes.items()
        }
        super().__init__(GraphSchema(nodes), *more, **named)
        self._plan = cache(self._planned)

    def run(
        self, inputs: dict[str, Any] | None = None, targets: Sequence[str] | None = None
    ) -> dict[str, Any]:
        """What the `targets` make of the `inputs`; each component they need runs once."""
        targets = tuple(targets or self._graph_schema.target_names)
        found = {name: (name, value) for name, value in (inputs or {}).items()}
        for name, needs in self._plan(targets):
            found[name] = self._instantiated_nodes[name](*(found[need] for need in needs))
        return dict(found[target] for target in targets)

    def _planned(self, targets: tuple[str, ...]) -> list[tuple[str, tuple[str, ...]]]:
        """The components that the targets need, each after those whose output it takes."""
        ordered: dict[str, tuple[str, ...]] = {}

        def add(name: str) -> None:
            node = self._graph_schema.nodes.get(name)
            if node is None or name in ordered:  # none: an input
                return
            needs = tuple(node.needs.values())
            for need in needs:
                add(need)
            ordered[name] = needs

        for target in targets:
            add(target)
        return list(ordered.items())
