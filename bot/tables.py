"""All tables of the program: import this before `SQLModel.metadata` is read as a whole."""

from __future__ import annotations

from channels import lanes, transcript

__all__ = ["lanes", "transcript"]
