"""Files on a case: what somebody attaches, whether it is safe to show, and who takes it back.

Owns the streams ``files.case`` (all files of one case, by the case's id, so that they stand in
its timeline). A context of its own and no part of calls: a file is never on a caller's critical
path, and its rules (limits, quarantine, withdrawal) know nothing of a call.
"""
