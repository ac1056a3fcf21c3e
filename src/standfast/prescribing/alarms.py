"""What cannot both be true, and whom to ring: sites that were parted may have decided twice."""

from collections.abc import Iterator

from standfast.prescribing.state import Need


def alarms(need: Need) -> Iterator[str]:
    """Yield a sentence for each contradiction (hazard H23: one supply, or an alarm)."""
    given = [
        (one, each)
        for one in need.prescriptions
        for each in one.supplies
        if each.supplied_at not in one.undone
    ]
    if len(given) > 1:
        names = " and ".join(f"{each.by} ({each.pharmacy_name})" for _, each in given)
        yield f"Supplied more than once, by {names}. Ring the patient and both pharmacies now."
    for one, each in given:
        if one.cancelled or one.refused:
            yield (
                f"Supplied by {each.by} although it was cancelled. "
                "Ring the patient and the pharmacy now."
            )
    yield from _for_another(need)
    for one in need.prescriptions:
        if len({each.content_hash for each in one.signatures}) > 1:
            names = " and ".join(each.staff_name for each in one.signatures)
            yield (
                f"Signed twice with different content, by {names}. The first stands. "
                "Ring the pharmacy and the other prescriber."
            )
        if one.is_altered:
            yield (
                "What it says now is not what was signed. It must not be supplied: "
                "cancel it and write another."
            )
    living = [one for one in need.prescriptions if one.is_live]
    if len(living) > 1:
        yield "Two prescriptions are live for this need. Cancel one of them now."
    if living and given:
        yield "One prescription is supplied and another is live. Cancel the other one now."


def _for_another(need: Need) -> Iterator[str]:
    """Yield a sentence for what is for somebody who turned out not to be the patient (H02)."""
    for one in need.supplied:
        each = one.supplied
        named = one.content is not None and one.content.patient.person_id
        if each is not None and named and need.is_for_another(one):
            yield (
                f"Supplied by {each.by} ({each.pharmacy_name}) for somebody who is not the "
                "patient. Ring the pharmacy and whoever received it now."
            )
    if need.mistaken is not None and need.mistaken.content is not None:
        yield (
            "Do not supply: the patient has changed since prescription "
            f"{need.mistaken.content.number} was signed. Cancel it and write another."
        )
