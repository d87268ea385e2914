"""Customers' files reach agents, and nothing in them can act in the console.

Mutation: leave the sandbox out of the headers of `pages._Console.file`, or ``agents.by_session`` out
of `pages._file`.
"""

from __future__ import annotations

import pytest
from sqlmodel import Session

from channels import transcript
from channels.files import keep
from channels.transcript import File
from complaints import register
from tests.console.conftest import Served
from tests.handoff.cases import complain_to

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


async def with_file(served: Served, content: bytes, name: str) -> tuple[str, int]:
    """A case whose first message has a file; its reference and the file's id."""
    reference = await complain_to(served.database)
    kept = keep(served.data_dir, content, name)

    def attach(session: Session) -> int:
        case = register.find(session, reference)
        message = transcript.after(session, case.conversation, 0)[0]
        assert message.id is not None
        file = File(
            message_id=message.id,
            reference=reference,
            locator="x",
            name=kept.name,
            media_type=kept.media_type,
            size=kept.size,
            digest=kept.digest,
            path=kept.path,
        )
        session.add(file)
        session.flush()
        assert file.id is not None
        return file.id

    return reference, await served.database.run(attach)


@pytest.mark.parametrize(
    ("content", "name", "how"),
    [(PNG, "lid.png", "inline"), (b"What happened, in my own words", "story.txt", "attachment")],
)
async def test_shown_or_downloaded(served: Served, content: bytes, name: str, how: str) -> None:
    """Pictures are shown, everything else is downloaded; neither can run."""
    reference, number = await with_file(served, content, name)
    anna = await served.signed_in("Anna")
    assert f"/console/files/{number}" in (await anna.get(f"/console/cases/{reference}")).text
    answer = await anna.get(f"/console/files/{number}")
    assert answer.content == content
    assert answer.headers["content-disposition"].startswith(how)
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_files_need_a_sign_in(served: Served) -> None:
    """A stranger gets nothing; what is not there, or no longer, is not found."""
    _, number = await with_file(served, PNG, "lid.png")
    assert (
        await served.visitor().get(f"/console/files/{number}", headers={"Accept": "*/*"})
    ).status_code == 401
    anna = await served.signed_in("Anna")
    assert (await anna.get(f"/console/files/{number + 1}")).status_code == 404
    for kept in (served.data_dir / "files").rglob("*"):
        if kept.is_file():
            kept.unlink()
    assert (await anna.get(f"/console/files/{number}")).status_code == 404
