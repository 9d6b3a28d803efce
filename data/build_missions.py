"""Builds data/missions.xlsx from the facts kept in outreach/missions/facts: `make workbook`.

Its addresses are invented: for each mission a permanent representative's office and a general box under the
reserved domain mission.example (RFC 2606), so that nothing written to one reaches anybody.
"""

from pathlib import Path

from outreach.missions.directory_workbook import write_directory
from outreach.missions.facts import states
from outreach.missions.shipped import shipped_mission, shipped_term_rows
from outreach.models import Contact
from outreach.text import address_key
from outreach.vocabulary import Line, Role

WORKBOOK = Path(__file__).with_name("missions.xlsx")


def placeholder_contacts(iso3: str) -> list[Contact]:
    """Return the two invented contacts of a mission; nobody's name or gender is."""
    domain = f"{iso3.lower()}.mission.example"
    office, box = f"pr.office@{domain}", f"mission@{domain}"
    return [
        Contact(
            iso3=iso3,
            role=Role.PERMANENT_REPRESENTATIVE,
            form_of_address="Excellency",
            email=office,
            email_key=address_key(office),
            line=Line.TO,
        ),
        Contact(iso3=iso3, role=Role.GENERAL, email=box, email_key=address_key(box), line=Line.CC),
    ]


def build(path: Path = WORKBOOK) -> None:
    """Write the workbook of the 195 states to a path."""
    write_directory(
        path,
        missions=[shipped_mission(iso3) for iso3 in states()],
        contacts=[contact for iso3 in states() for contact in placeholder_contacts(iso3)],
        terms=shipped_term_rows(),
    )


if __name__ == "__main__":
    build()
