"""`/healthz`, for whatever watches the desk: it answers, and its database does. No facts, and no sign-in."""

import time
from threading import Lock

from anyio import CapacityLimiter, move_on_after, to_thread
from fastapi import Request, Response
from sqlalchemy import text

from outreach.database import FileWatch, reading
from outreach.web.desk import Desk, desk_of

PATH = "/healthz"
PATIENCE_SECONDS = 5.0
"""A database that takes longer to say one word is as good as away."""
_KEPT_SECONDS = 1.0
"""For so long one answer does for all: that anybody may ask must not be a way to keep the database busy."""


class Health:
    """Whether a desk's database answers, as it was a second ago at most."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.limiter = CapacityLimiter(2)
        """While the database is silent, who asks this waits for one of two threads, not for those of the pages."""
        self._lock = Lock()
        self._asked_at = float("-inf")
        self._well = False

    def well(self, desk: Desk) -> bool:
        """Ask the database, unless it was asked just now."""
        with self._lock:
            if time.monotonic() - self._asked_at >= _KEPT_SECONDS:
                self._well = _answers(desk)
                self._asked_at = time.monotonic()
            return self._well


def _answers(desk: Desk) -> bool:
    try:
        FileWatch(desk.engine).require_same()
        with reading(desk.engine) as session:
            session.connection().execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    except Exception:  # noqa: BLE001  (whatever it is: a page could not be made)
        return False
    return True


async def healthz(request: Request) -> Response:
    """Answer 200 while the database answers, else 503."""
    health: Health = request.app.state.health
    well = False
    with move_on_after(PATIENCE_SECONDS):
        well = await to_thread.run_sync(health.well, desk_of(request), abandon_on_cancel=True, limiter=health.limiter)
    return Response("ok\n" if well else "unavailable\n", 200 if well else 503, media_type="text/plain")
