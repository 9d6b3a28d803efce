"""How states voted in past years, beside where they stand: told as the past."""

from collections.abc import Callable
from pathlib import Path

from web_browser import Browser, hidden, text_of

from outreach.actors import named
from outreach.responses.past_votes import import_past_votes
from outreach.web.desk import Desk

Browse = Callable[..., Browser]
PUBLISHED = """undl_id,ms_code,ms_name,ms_vote,date,resolution,title,subjects,total_yes,total_no,total_abstentions
4025240,FRA,FRANCE,Y,2023-12-04,A/RES/78/45,Landmines,WEAPONS,1,1,0
4025240,JPN,JAPAN,N,2023-12-04,A/RES/78/45,Landmines,WEAPONS,1,1,0
4025199,FRA,FRANCE,A,2022-12-07,A/RES/77/63,Landmines,WEAPONS,0,0,1
"""


def taken_in(desk: Desk, folder: Path) -> None:
    path = folder / "ga.csv"
    path.write_text(PUBLISHED, encoding="utf-8-sig")
    import_past_votes(desk.engine, path, by=named("Ana"))


def test_past_votes_stand_beside_the_position(browse: Browse, desk: Desk, tmp_path: Path) -> None:
    browser = browse("editor")
    assert "No votes of past years are in the data" in text_of(browser.get("/campaigns/1/votes"))
    assert "Past votes" not in browser.get("/missions")
    taken_in(desk, tmp_path)
    page = browser.get("/campaigns/1/votes")
    done = browser.post("/campaigns/1/votes/subject", subject="landmines", seen=hidden(page, "seen"))
    assert "2 resolutions of past years are on it" in text_of(done)
    assert "A/RES/77/63" in text_of(done)
    years = "2023 in favour · 2022 abstained"
    for path in ("/campaigns/1/letters", "/campaigns/1/letters/FRA", "/missions", "/missions/FRA"):
        told = text_of(browser.get(path))
        assert years in told, path
        assert "The past, and no position." in told, path
    assert years in browser.get("/campaigns/1/letters.csv")
    assert years in browser.get("/missions.csv?sort=past")
    assert "1 in favour, 1 abstained" in text_of(browser.get("/missions/FRA"))
    assert "No vote of it on whales" in text_of(browser.get("/missions/FRA?theme=whales"))
    assert "no vote" in text_of(browser.get("/campaigns/1/letters/CUB"))


def test_the_subject_is_not_overwritten_unseen(browse: Browse, desk: Desk) -> None:
    browser = browse("editor")
    browser.post("/campaigns/1/votes/subject", subject="landmines", seen="")
    told = text_of(browser.post("/campaigns/1/votes/subject", expect=409, subject="whales", seen=""))
    assert "Somebody has changed the subject meanwhile" in told


def test_the_file_of_past_votes_is_brought_at_the_desk(browse: Browse, desk: Desk) -> None:
    browser = browse("editor")
    path = "/campaigns/1/votes/past"
    browser.post(path, 422, files={"file": ("ga.xlsx", b"PK")})
    told = text_of(browser.post(path, 422, files={"file": ("ga.csv", b"a,b\n1,2\n")}))
    assert "Nothing was taken in" not in told
    page = browser.post(path, files={"file": ("ga.csv", PUBLISHED.encode("utf-8-sig"))})
    assert "Resolutions 2 +2 new Votes 3 +3 new" in text_of(page)
    assert "No votes of past years are in the data" in browser.get("/campaigns/1/votes"), "it is only shown"
    taken = {name: hidden(page, name) for name in ("digest", "name")}
    done = browser.post(f"{path}/apply", **taken)
    assert "votes of past years on 2 resolutions" in text_of(done)
    assert "More of the past" in text_of(done)
    page = browser.post(path, files={"file": ("ga.csv", PUBLISHED.encode("utf-8-sig"))})
    assert "Nothing would change" in text_of(page)
    changed = PUBLISHED.replace("FRA,FRANCE,Y", "FRA,FRANCE,N").replace(",1,1,0", ",0,2,0")
    page = text_of(browser.post(path, files={"file": ("ga.csv", changed.encode("utf-8-sig"))}))
    assert "FRA A/RES/78/45 in favour against" in page
    browse("viewer").post(path, 403, files={"file": ("ga.csv", PUBLISHED.encode())})
