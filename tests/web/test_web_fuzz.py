"""Every route of the desk's own OpenAPI, by schemathesis: whatever is sent, the desk answers and does not break."""

import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from web_browser import Browser

from outreach.web.app import routes
from outreach.web.routes import ROUTERS

KNOWN: dict[str, list[Any]] = {
    "number": [1, 2, 0, -1, 2**31, 2**63, 10**30],
    "message": [1, 47, 0, 2**70],
    "place": [0, 1, -1],
    "iso3": ["FRA", "fra", "XXX", "F%00", "é"],
    "name": ["hrc-joint-letter", "layouts", "..", "nothing"],
    "kind": ["xlsx", "csv", "json", "exe"],
    "login": ["viewer", "nobody"],
}
"""Values for what stands in a path, so that most of what is sent goes further than a page that is not there."""
LEFT_OUT = frozenset({"login", "logout", "change_own_password", "progress"})
"""They end the session, or are a stream without an end; they have tests of their own."""
MAY_END_IT = frozenset({"end_own_session"})
"""It may come upon the very session that asks."""

OPENS_NOTHING = frozenset(
    {
        "begin_page", "begin_account", "link_page", "link_use", "link_organisation",
        "code_check", "passkey_login", "organisation_back",
    }
)  # fmt: skip
"""One-time links that nobody was given, and steps of a sign-in that nobody has begun."""


@cache
def schema() -> Any:
    """The desk's OpenAPI, with the known values in its paths. It is never served."""
    import schemathesis

    app = FastAPI()
    for router in ROUTERS:
        app.include_router(router)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        raw: dict[str, Any] = app.openapi()
    for path in raw["paths"].values():
        for operation in path.values():
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "path" and parameter["name"] in KNOWN:
                    parameter["schema"] = {"enum": KNOWN[parameter["name"]]}
    return schemathesis.openapi.from_dict(raw)


@pytest.mark.integration
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted({route.name for route in routes()} - LEFT_OUT))
def test_a_route_never_breaks(browse: Callable[..., Browser], name: str) -> None:
    browser = browse("admin")
    route = next(one for one in routes() if one.name == name)
    operation = schema()[route.path][next(iter(route.methods))]
    token = browser.token

    @settings(max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def run(case: Any) -> None:
        sent = case.as_transport_kwargs(base_url="http://desk.example")
        answer = browser.client.request(
            sent["method"],
            sent["url"],
            params=sent.get("params"),
            data=sent.get("data"),
            files=sent.get("files"),
            headers={"x-csrf-token": token},
            follow_redirects=False,
        )
        assert answer.status_code < 500, (sent, answer.text[:500])
        assert answer.status_code != 403 or name in OPENS_NOTHING, sent

    run()
    assert browser.signed_in or name in MAY_END_IT
