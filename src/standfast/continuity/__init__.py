"""Paper: packs printed before they are needed, and what was written on them coming back in.

Owns the streams ``continuity.pack`` (a pack, and what became of each of its forms) and
``continuity.form`` (what was keyed from one form). A form's id is the id of the case that it
becomes, so that the case's reference stands on the paper before anybody has rung. Calls and
triage react to what was keyed; nothing that was done on paper is done again.
"""
