"""Where the engine calls the actions: ``POST /actions`` with a bearer token, on an inner port only."""

from __future__ import annotations

import hmac
import traceback
from typing import Any

import structlog
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from actions import (
    feedback,
    filing,
    languages,
    misunderstandings,
    people,
    questions,
    smalltalk,
    status,
    summary,
    withdrawing,
)

log = structlog.get_logger()

ACTIONS = (
    questions.HearAnswer,
    questions.AskQuestion,
    summary.ShowSummary,
    summary.ConfirmTheSummary,
    summary.AskCorrection,
    summary.Correct,
    filing.TakeComplaint,
    filing.TakeOther,
    filing.TakeStory,
    filing.ChooseCase,
    filing.TakeDetails,
    filing.AddHeld,
    filing.TakeFile,
    status.TellStatus,
    people.GetPerson,
    people.MeetDanger,
    feedback.Thank,
    feedback.Suggest,
    feedback.Enquire,
    feedback.ExplainProcess,
    withdrawing.AskWithdraw,
    withdrawing.WithdrawIt,
    withdrawing.KeepIt,
    withdrawing.ReopenIt,
    smalltalk.Greet,
    smalltalk.TellWhatItIs,
    smalltalk.SayGoodbye,
    smalltalk.Good,
    smalltalk.AllRight,
    smalltalk.NotFiled,
    misunderstandings.OutOfScope,
    smalltalk.StaleButton,
    smalltalk.CannotRead,
    smalltalk.Empty,
    smalltalk.MeetAbuse,
    misunderstandings.NotUnderstood,
    misunderstandings.NoRule,
    languages.SwitchLanguage,
)


def actions_app(token: str) -> Starlette:
    """The application. A call without ``token`` gets 401, one whose action raises 500."""
    executor = ActionExecutor()
    for action in ACTIONS:
        executor.register_action(action())

    async def run(request: Request) -> Response:
        if not hmac.compare_digest(request.headers.get("authorization", ""), f"Bearer {token}"):
            return JSONResponse({"error": "unauthorized"}, status_code=401)
        try:
            call: dict[str, Any] = await request.json()
        except ClientDisconnect:  # the engine died while it asked; nobody hears the answer
            return Response(status_code=400)
        call.setdefault("domain", {})
        try:
            result = await executor.run(call)
        except ActionExecutionRejection as declined:
            return JSONResponse(
                {"action_name": declined.action_name, "error": str(declined)}, status_code=400
            )
        except ActionNotFoundException:
            return JSONResponse({"error": f"no action {call.get('next_action')}"}, status_code=404)
        except Exception as error:  # noqa: BLE001  (whatever it was, the engine is told)
            # Not the error's own words, nor a traceback with them: they may hold a customer's.
            where = traceback.extract_tb(error.__traceback__)[-1]
            log.error(  # noqa: TRY400
                "action failed",
                action=call.get("next_action"),
                conversation=call.get("sender_id"),
                error=type(error).__name__,
                at=f"{where.filename}:{where.lineno}",
            )
            return JSONResponse({"error": "the action failed"}, status_code=500)
        return JSONResponse(result if isinstance(result, dict) else result.model_dump())

    return Starlette(routes=[Route("/actions", run, methods=["POST"])])
