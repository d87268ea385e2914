"""The settings of the desk: who gets which case, when somebody must be told, what is asked afterwards."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings

from complaints.opening_hours import OpeningHours
from complaints.world.skills import Skills
from handoff.dispatch.rules import Rules

_named = AliasChoices


class DeskOptions(BaseSettings):
    """A part of `bot.settings.Settings`."""

    assignment: Literal["pull", "automatic"] = Field("pull", validation_alias=_named("RECOURSE_ASSIGNMENT"))
    capacity: int = Field(30, ge=1, le=1000, validation_alias=_named("RECOURSE_CAPACITY"))
    offer_seconds: int = Field(120, ge=5, le=86_400, validation_alias=_named("RECOURSE_OFFER_SECONDS"))
    offer_lapses: int = Field(2, ge=1, le=100, validation_alias=_named("RECOURSE_OFFER_LAPSES"))
    gone_minutes: int = Field(5, ge=1, le=1440, validation_alias=_named("RECOURSE_AGENT_GONE_MINUTES"))
    return_minutes: int = Field(60, ge=0, le=10_080, validation_alias=_named("RECOURSE_RETURN_CASES_MINUTES"))
    skill_minutes: int = Field(15, ge=0, le=10_080, validation_alias=_named("RECOURSE_SKILL_MINUTES"))
    language_minutes: int = Field(60, ge=0, le=10_080, validation_alias=_named("RECOURSE_LANGUAGE_MINUTES"))
    second_pair: Literal["none", "critical", "all"] = Field(
        "none", validation_alias=_named("RECOURSE_SECOND_PAIR_OF_EYES")
    )
    root_causes: Path | None = Field(None, validation_alias=_named("RECOURSE_ROOT_CAUSES"))
    training_topics: Path | None = Field(None, validation_alias=_named("RECOURSE_TRAINING_TOPICS"))
    targets: Path | None = Field(None, validation_alias=_named("RECOURSE_TARGETS"))
    monitor_days: int = Field(28, ge=1, le=365, validation_alias=_named("RECOURSE_MONITOR_DAYS"))
    escalate_hours: int = Field(4, ge=0, le=168, validation_alias=_named("RECOURSE_ESCALATE_HOURS"))

    def rules(
        self, skills: Skills, hours: OpeningHours, data_dir: Path, update_templates: dict[str, str]
    ) -> Rules:
        """How the desk works: who gets what, and when somebody must be told."""
        skill, language = skills.skill_relaxes_after_minutes, skills.language_relaxes_after_minutes
        return Rules(
            automatic=self.assignment == "automatic",
            capacity=self.capacity,
            offer_lasts=timedelta(seconds=self.offer_seconds),
            lapses=self.offer_lapses,
            gone_after=timedelta(minutes=self.gone_minutes),
            return_after=timedelta(minutes=self.return_minutes) if self.return_minutes else None,
            skill_relaxes=timedelta(minutes=self.skill_minutes if skill is None else skill),
            language_relaxes=timedelta(minutes=self.language_minutes if language is None else language),
            escalate_before=timedelta(hours=self.escalate_hours),
            monitored=timedelta(days=self.monitor_days),
            second_pair=self.second_pair,
            root_causes=self.root_causes,
            training_topics=self.training_topics,
            data_dir=data_dir,
            hours=hours,
            update_templates=update_templates,
        )
