"""The rows that a form makes. They say how far it has come, and nothing of anybody on it."""

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from standfast.continuity.model_form import PaperForm, Stage
from standfast.kernel.rows import Row


class FormRow(Row, frozen=True, kw_only=True):
    """One form that somebody has begun to key."""

    TABLE: ClassVar[str] = "continuity_forms"
    KEY: ClassVar[tuple[str, ...]] = ("org", "form_id")

    org: str
    form_id: str
    stage: Stage
    begun_at: datetime
    begun_by: str
    keyed_by: str
    keyed_at: datetime | None
    to_sign: bool
    reasons: tuple[str, ...]
    signed_at: datetime | None
    signed_by: str


class PictureRow(Row, frozen=True, kw_only=True):
    """One picture of a form."""

    TABLE: ClassVar[str] = "continuity_pictures"
    KEY: ClassVar[tuple[str, ...]] = ("org", "form_id", "picture_id")

    org: str
    form_id: str
    picture_id: str
    sha256: str
    kept_at: datetime


def form_rows(form: PaperForm) -> Iterable[Row]:
    """Return the row of a form, and one for each of its pictures."""
    begun = [(each.kept_at, each.by_name, each.form_id) for each in form.pictures]
    begun += [(each.keyed_at, each.by_name, each.form_id) for each in form.fields.values()]
    if form.keyed is not None:
        begun.append((form.keyed.keyed_at, form.keyed.by_name, form.keyed.form_id))
    if not begun:
        return
    begun_at, begun_by, form_id = min(begun)
    keyed, signed = form.keyed, form.signed
    yield FormRow(
        org=form.org,
        form_id=form_id,
        stage=form.stage,
        begun_at=begun_at,
        begun_by=begun_by,
        keyed_by=keyed.by if keyed else "",
        keyed_at=keyed.keyed_at if keyed else None,
        to_sign=form.stage is Stage.ENTERED and bool(form.reasons) and signed is None,
        reasons=form.reasons,
        signed_at=signed.signed_at if signed else None,
        signed_by=signed.by_name if signed else "",
    )
    for picture in form.pictures:
        yield PictureRow(
            org=form.org,
            form_id=form_id,
            picture_id=picture.picture_id,
            sha256=picture.contents[0].sha256,
            kept_at=picture.kept_at,
        )
