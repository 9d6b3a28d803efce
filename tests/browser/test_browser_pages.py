"""Every page as a person sees it: sound by axe-core, nothing cut off, by day and by night, large and small."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.integration

PAGES = (
    "/", "/campaigns/new", "/campaigns/1", "/campaigns/1/letters", "/campaigns/1/letters/FRA", "/campaigns/1/send",
    "/campaigns/1/send/preview", "/missions", "/missions/FRA", "/inbox", "/inbox?show=all", "/inbox/1", "/letters",
    "/letters/hrc-joint-letter/en", "/letters/hrc-joint-letter/ar", "/sheets", "/settings", "/settings/check",
    "/settings/mail", "/settings/change/server", "/setup", "/setup/server", "/setup/rehearsal", "/setup/test", "/typed",
    "/inbox/files", "/campaigns/1/votes", "/campaigns/1/follow-up",
    "/inbox/undelivered", "/campaigns/1/signatories", "/compare", "/campaigns/1/letters/CUB",
    "/campaigns/1/send/preview?show=since", "/addresses", "/people", "/audit", "/account", "/account/second-factor",
    "/settings/change/accounts", "/campaigns/1/released/FRA", "/setup/letterhead", "/campaigns/1/dossier",
    "/campaigns/1/plan", "/personal-data", "/letters/hrc-joint-letter/about", "/nowhere",
)  # fmt: skip
LOOKS = {
    "large": {"viewport": {"width": 1280, "height": 860}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 860}, "color_scheme": "dark"},
    "small": {"viewport": {"width": 375, "height": 800}, "color_scheme": "light"},
    "small in French": {"viewport": {"width": 375, "height": 800}, "color_scheme": "light"},  # its words are longer
}


LIVE_LOOKS = {
    "large": {"viewport": {"width": 1280, "height": 860}},
    "at 200 %": {"viewport": {"width": 640, "height": 430}, "device_scale_factor": 2},
    "in colours of the reader's own": {"viewport": {"width": 1280, "height": 860}, "forced_colors": "active"},
    "printed": {"viewport": {"width": 1280, "height": 860}},
}


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_is_sound(demo_desk: Any, open_page: Callable[..., Any], look: str) -> None:
    page = open_page(demo_desk.url, **LOOKS[look], bypass_csp=True)  # for axe alone: it is put into the page
    if look == "small in French":
        page.set_extra_http_headers({"accept-language": "fr"})
    _look_at_every_page(page, "fr" if "French" in look else "en")


@pytest.mark.parametrize("look", LIVE_LOOKS)
def test_every_page_is_sound_in_live_mode(live_desk: Any, open_page: Callable[..., Any], look: str) -> None:
    page = open_page(live_desk.url, **LIVE_LOOKS[look], bypass_csp=True)
    if look == "printed":
        page.emulate_media(media="print")
    _look_at_every_page(page, "en")
    assert look == "printed" or page.get_by_text("Letters go to the missions.").is_visible()


def _look_at_every_page(page: Any, language: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    faults: list[str] = []
    axe = Axe()
    for path in PAGES:
        if path == "/nowhere":
            continue  # the browser rightly complains of a 404
        answer = page.goto(path)
        assert answer.status == 200, path
        assert page.locator("html").get_attribute("lang") == language
        page.wait_for_load_state("networkidle")
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wider > 0:
            faults.append(f"{path}: {wider} px wider than the screen")
        for fault in axe.run(page, options={"iframes": False}).response["violations"]:
            nodes = "; ".join(f"{node['target']} {node['failureSummary']}"[:300] for node in fault["nodes"][:3])
            faults.append(f"{path}: {fault['id']}: {nodes}")
    assert not faults, "\n".join(faults)


def test_the_door_is_sound(demo_desk: Any, open_page: Callable[..., Any]) -> None:
    from axe_playwright_python.sync_playwright import Axe

    for look in LOOKS.values():
        page = open_page(demo_desk.url, sign_in=False, bypass_csp=True, **look)
        page.goto("/login")
        found = Axe().run(page).response["violations"]
        assert not found


def test_the_policy_stops_what_got_in(demo_desk: Any, chromium: Any) -> None:
    """Were a script ever to get into a page, the browser would not run it."""
    page = chromium.new_context(base_url=demo_desk.url).new_page()
    page.goto("/login")
    page.evaluate(
        """() => { const s = document.createElement('script'); s.textContent = 'window.ran = true';
        document.body.append(s); const i = document.createElement('img');
        i.setAttribute('onerror', 'window.ran = true'); i.src = 'data:,x'; document.body.append(i); }"""
    )
    page.wait_for_timeout(300)
    assert page.evaluate("window.ran") is None
    page.context.close()


def test_the_council_is_read_in_black_and_white(demo_desk: Any, open_page: Callable[..., Any]) -> None:
    """Each position has a mark of its own beside its colour, and every colour stands out from its words."""
    page = open_page(demo_desk.url, viewport={"width": 1280, "height": 860})
    page.goto("/campaigns/1")
    seats = page.evaluate(
        """() => [...document.querySelectorAll('.hemicycle a')].map(a => {
            const c = a.querySelector('.seat'), t = a.querySelector('.sign');
            return [[...c.classList].find(n => n.startsWith('pos-')), t ? t.textContent.trim() : ''] })"""
    )
    assert len(seats) == 47
    marks: dict[str, set[str]] = {}
    for position, mark in seats:
        marks.setdefault(position, set()).add(mark)
    assert len(marks) >= 6
    assert all(len(found) == 1 for found in marks.values())
    assert len({next(iter(found)) for found in marks.values()}) == len(marks)


def test_seats_do_not_overlap_and_stand_within_the_drawing(demo_desk: Any, open_page: Callable[..., Any]) -> None:
    page = open_page(demo_desk.url, viewport={"width": 1280, "height": 860})
    page.goto("/campaigns/1")
    circles = page.evaluate(
        """() => { const b = document.querySelector('.hemicycle').viewBox.baseVal;
        return [[b.width, b.height], [...document.querySelectorAll('.hemicycle .seat')].map(
            c => [c.cx.baseVal.value, c.cy.baseVal.value, c.r.baseVal.value])] }"""
    )
    (width, height), seats = circles
    for place, (x, y, r) in enumerate(seats):
        assert r <= x <= width - r
        assert r <= y <= height - r
        for ox, oy, other in seats[:place]:
            assert ((x - ox) ** 2 + (y - oy) ** 2) ** 0.5 > r + other + 3
