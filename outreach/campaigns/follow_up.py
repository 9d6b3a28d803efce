"""Which missions a follow-up is for."""

from outreach.models import Answer, Position

NO_ANSWER = "none"


def still_wanted(to: str, answer: Answer, position: Position) -> bool:
    """Tell whether a mission that stands so is still to get a follow-up: `none` is no answer, else a position.

    A machine's reply is no answer of the mission.
    """
    if to == NO_ANSWER:
        return answer in (Answer.NONE, Answer.AUTO_REPLY) and position is Position.UNKNOWN
    return position.value == to
