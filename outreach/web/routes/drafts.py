"""What somebody is typing, kept until it is saved, and thrown away when they say so."""

import json
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from outreach.errors import UserError
from outreach.web.access import GuardedRoute
from outreach.web.desk import desk_of, visit_of
from outreach.web.drafts import drop_draft, keep_draft
from outreach.web.form_fields import Short
from outreach.web.kept_forms import MOST
from outreach.web.render import go

router = APIRouter(route_class=GuardedRoute)


@router.post("/drafts")
def draft_keep(
    request: Request, page: Short = "", form: Short = "", fields: Annotated[str, Form(max_length=MOST)] = "[]"
) -> Response:
    """Keep what is typed in a form; the page's script sends it every few seconds."""
    try:
        told = [(str(name), str(value)) for name, value in json.loads(fields)]
    except (ValueError, TypeError):
        raise UserError("desk.draft-fields", "These are no fields of a form.") from None
    keep_draft(desk_of(request), _account(request), page, form, told)
    return Response(status_code=204)


@router.post("/drafts/drop")
def draft_drop(request: Request, page: Short = "", form: Short = "") -> Response:
    """Throw what was typed into a form away."""
    drop_draft(desk_of(request), _account(request), form)
    return go(request, page if page.startswith("/") and not page.startswith("//") and "\\" not in page else "/")


def _account(request: Request) -> int:
    account = visit_of(request).account
    assert account is not None  # access.py lets nobody else this far
    assert account.id is not None
    return account.id
