"""Setting up a live site: what it is called, its keys, and the codes of its first two people."""

import asyncio
import os
import re
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import typer
from msgspec.structs import replace
from starlette.requests import Request

from standfast.app import PROJECTIONS, SCHEMAS, running
from standfast.cli import site_file
from standfast.cli.node import DEFAULT_DATA, DataFolder, console, reachable, stop
from standfast.cli.opening import now, opened, settings_of
from standfast.demo.load import demonstration_present
from standfast.facts.identity import OrganisationDetails
from standfast.identity.founding import HOW_MANY, Founder, codes_again, found, is_founded
from standfast.journal.database import connect
from standfast.journal.migrate import migrate
from standfast.journal.sealing import Sealing
from standfast.settings import Settings
from standfast.vault.holder import holding
from standfast.vault.vault import Vault
from standfast.web.platform import Actor

LONGEST_NAME: Final = 100

_NOT_IN_IDS: Final = re.compile(r"[^a-z0-9]+")


def init(
    data: DataFolder = DEFAULT_DATA,
    *,
    organisation: Annotated[str, typer.Option(help="What the organisation is called.")] = "",
    ods_code: Annotated[str, typer.Option(help="Its ODS code, if it has one.")] = "",
    site_name: Annotated[str, typer.Option(help="What the pages call this site.")] = "",
    origin: Annotated[
        str, typer.Option(help="The address that people open, such as https://111.example.org")
    ] = "",
    administrator: Annotated[
        list[str] | None,
        typer.Option(help="Name of an administrator; said once for each of the first two."),
    ] = None,
) -> None:
    """Set up a live site. Said again, it gives new codes to whoever has no passkey yet.

    The first two register a passkey each with the codes printed here, then confirm each other.
    """
    data.mkdir(mode=0o711, parents=True, exist_ok=True)
    site_file.use(data)
    vault = opened(data)
    with reachable(data) as where, holding(vault) as holder:
        settings = replace(settings_of(where, data), keys_holder=holder)
        founded, written_as = asyncio.run(_present(settings, vault))
        if founded:
            told = asyncio.run(_again(settings))
        else:
            names = _asked(organisation, site_name, origin, administrator or [])
            settings = _written(data, settings, *names[:3], site=written_as)
            told = asyncio.run(_found(settings, names[0], ods_code, names[3]))
    _print(settings, told)


def _asked(
    organisation: str, site_name: str, origin: str, people: list[str]
) -> tuple[str, str, str, list[str]]:
    """Return what was said, having asked for what was not."""
    organisation = organisation or typer.prompt("What is the organisation called?")
    site_name = site_name or typer.prompt("What do the pages call this site?")
    origin = origin or typer.prompt("Which address do people open? (https://…)")
    parts = urlsplit(origin)
    is_here = parts.scheme == "http" and parts.hostname == "localhost"
    if not parts.hostname or parts.path.strip("/") or not (parts.scheme == "https" or is_here):
        stop("Passkeys need an address with https and nothing after the name (or localhost).")
    if re.fullmatch(r"[0-9.]+|\[.*\]", parts.netloc.partition(":")[0]):
        stop("Browsers take no passkey at a bare number: give the site a name.")
    people = list(people)
    while len(people) < HOW_MANY:
        people.append(typer.prompt(f"Who is administrator {len(people) + 1} of {HOW_MANY}?"))
    if len(people) != HOW_MANY or len({_id(each) for each in people}) != HOW_MANY:
        stop("A site begins with two different people, who confirm each other.")
    for each in (organisation, site_name, *people):
        if not _id(each) or len(each) > LONGEST_NAME or set(each) & set('"\\\n'):
            stop(f"This cannot be a name: {each}")
    return organisation, site_name, origin.rstrip("/"), people


def _written(
    data: Path, settings: Settings, organisation: str, site_name: str, origin: str, *, site: str
) -> Settings:
    """Write the site's settings down and return them. No secret is among them."""
    known = {
        "site": site or _id(organisation).replace(".", "-"),
        "site_name": site_name,
        "origin": origin,
        "receiving_org": _id(organisation).replace(".", "-"),
        "receiving_org_name": organisation,
    }
    try:
        site_file.write(data, known)
    except ValueError as error:
        stop(f"This cannot be a setting: {error}")
    os.environ.update(site_file.read(data))
    return replace(settings, **known)


async def _present(settings: Settings, vault: Vault) -> tuple[bool, str]:
    """Make the tables; return whether the site was set up before, and as which it has written.

    Sealing the keys first writes that down; a journal's site is never changed. Ends for a
    demonstration.
    """
    owner = await connect(settings.owner_url)
    try:
        await migrate(owner, PROJECTIONS, SCHEMAS, sealing=Sealing(vault))
        if await demonstration_present(owner):
            stop("This folder holds the demonstration. Live work needs its own folder: --data")
        written_as = await owner.fetchval(
            "SELECT min(split_part(origin, '.', 1)) FROM journal_origins"
            " WHERE origin NOT IN (SELECT origin FROM journal_foreign)"
        )
        return await is_founded(owner), written_as or ""
    finally:
        await owner.close()


async def _found(
    settings: Settings, organisation: str, ods_code: str, people: list[str]
) -> list[Founder]:
    details = OrganisationDetails(
        org=settings.receiving_org, name=organisation, kind="provider", ods_code=ods_code
    )
    first = [Founder(staff_id=_id(each), name=each) for each in people]
    async with running(settings, clock=now, random=os.urandom, identify=_nobody) as platform:
        return await found(platform, details, first)


async def _again(settings: Settings) -> list[Founder]:
    async with running(settings, clock=now, random=os.urandom, identify=_nobody) as platform:
        return await codes_again(platform)


def _print(settings: Settings, told: list[Founder]) -> None:
    console.print(f"\n  [bold]{settings.site_name}[/bold] is set up: {settings.origin}\n")
    for each in told:
        if each.code:
            console.print(
                f"    [bold]{each.name}[/bold]  staff id {each.staff_id}  "
                f"code [bold]{each.code}[/bold]"
            )
        else:
            console.print(f"    [bold]{each.name}[/bold] has a passkey already.")
    if any(each.code for each in told):
        console.print(
            "\n  Each code is good for 15 minutes and one key. Seal the keys, if they are not, and "
            "start the node:\n"
            f"    standfast keys seal --data {settings.data}\n"
            f"    standfast up --data {settings.data}\n"
            f"  Then each opens {settings.origin}/sign-in/enrol on their own device and enters "
            "staff id and code. The two confirm each other on the page that comes.\n"
            f"  Too late? standfast init --data {settings.data} gives new codes.\n"
        )


def _id(name: str) -> str:
    """Return *name* as an id: ``Sam Whitlock`` is ``sam.whitlock``."""
    return _NOT_IN_IDS.sub(".", name.lower()).strip(".")


async def _nobody(_: Request) -> Actor | None:
    return None
