"""The pages, one module for each part of the desk. Who may open which: outreach/web/access.py, and only there."""

from outreach.web.routes import (
    campaigns,
    comparing,
    inbox,
    letters,
    mail_account,
    missions,
    people,
    sending,
    sheets,
    sign_in,
    signatories,
)

ROUTERS = (
    sign_in.router,
    campaigns.router,
    sending.router,
    signatories.router,
    comparing.router,
    missions.router,
    inbox.router,
    letters.router,
    sheets.router,
    people.router,
    mail_account.router,
)
"""In the order in which a path is matched."""
