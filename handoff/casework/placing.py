"""Where a case belongs by the operator's own files: category of its product, sub-category, skill."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from complaints import assessing
from complaints.complaint import Category
from complaints.record import Complaint
from complaints.world import world
from handoff.item import State
from handoff.queue import locked


def place(session: Session, case: Complaint, text: str, now: datetime) -> None:
    """Sort ``case`` by its product and by ``text``, what the customer has just said. The rest stays.

    The product's category counts where nothing else has said one; a person's word always stands.
    """
    own = world.in_force()
    product = own.products.of(case.product)
    category, words = Category(case.category), ""
    if category is Category.OTHER and product is not None and product.category is not None:
        category, words = product.category, product.name
    part = own.categories.subcategory(text, category, case.language) if case.subcategory is None else None
    if (part is not None or words) and not (case.assessed_by or "").startswith("agent:"):
        assessing.categorise(
            session, case, category=category, subcategory=part[0] if part else case.subcategory,
            words=part[1] if part else words, now=now,
        )  # fmt: skip
    item = locked(session, case.reference)
    if item is not None and item.state == State.WAITING and item.skill is None:
        item.skill = own.skill_for(case.product, case.language)
        session.add(item)
