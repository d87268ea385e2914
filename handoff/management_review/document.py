"""A management review as a document: sections of parts that paper (``pack.typ``) and page lay out alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from handoff.case_documents.parts import Part, section
from handoff.console.reporting.comparing import attention
from handoff.management_review import of_figures, of_improvement, of_organisation
from handoff.management_review.gathering import Inputs
from handoff.management_review.speech import Speech

Document = dict[str, Any]


def document(inputs: Inputs, organisation: str, zone: ZoneInfo, language: str) -> Document:
    """What the layouts need, in one of the console's languages."""
    speech = Speech(language, zone)
    period = speech.figures.period(inputs.period)
    told = attention(inputs.rows, speech.figures)
    sections: Mapping[str, Callable[[Inputs, Speech], list[Part]]] = {
        "organisation": of_organisation.organisation,
        "performance": of_figures.performance,
        "survey": of_figures.survey,
        "audits": of_improvement.audits,
        "actions": of_improvement.actions,
        "causes": of_improvement.causes,
        "follow_ups": of_organisation.follow_ups,
        "recommendations": of_organisation.recommendations,
    }
    title = speech.say("title")
    return {
        "lang": language,
        "title": f"{title} {period}",
        "organisation": organisation,
        "kind": title,
        "subtitle": speech.say("subtitle", period=period),
        "header": f"{organisation} · {title}",
        "confidential": speech.say("confidential"),
        "footer": speech.say("made", when=speech.when(inputs.at), zone=zone.key),
        "page_of": speech.say("page_of", x="{x}", y="{y}"),
        "process": speech.say("process"),
        "headline": told.headline,
        "points": [said for _, said in (*told.points, *told.worse)],
        "sections": [
            {"code": name} | dict(section(f"{number}  {speech.say(name)}", build(inputs, speech)))
            for number, (name, build) in enumerate(sections.items(), 1)
        ],
    }


def charts(found: Document) -> dict[str, str]:
    """The drawings in a document, by the file names under which paper finds them."""
    return {
        one["file"]: one["svg"]
        for each in found["sections"]
        for part in each["parts"]
        if part["kind"] == "charts"
        for one in part["rows"]
    }
