"""The security doctor's look at the machine: disks, swap, clock, ports."""

import ctypes
import os
import resource
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from standfast.cli.looking import Look, fine, said_by, watch

MOST_SKEW_SECONDS: Final = 2.0
"""Of the clock's own estimate. What is two minutes off is refused by other sites."""

_UNSYNCHRONISED: Final = 0x40
_ERROR: Final = 5
_LISTENS: Final = "0A"


def looks(data: Path, ports: frozenset[int]) -> Iterator[Look]:
    """Yield what there is to say of this machine; *ports* are those that should be open."""
    yield _disk(data)
    yield _swap()
    yield _clock()
    yield _dumps(data)
    yield _umask()
    yield _ports(ports)


def _disk(data: Path) -> Look:
    what = "Disk encryption"
    source = said_by(["findmnt", "-no", "SOURCE", "-T", str(data.resolve())])
    kinds = said_by(["lsblk", "-nso", "TYPE", source.partition("[")[0]]) if source else None
    if kinds is None:
        return watch(what, "cannot be seen from here", "Make sure that the disk is LUKS")
    if "crypt" in kinds.split():
        return fine(what, "LUKS or dm-crypt")
    return watch(what, f"none seen on {source}", "Put the data folder on a LUKS volume")


def _swap() -> Look:
    what = "Swap"
    lines = _read("/proc/swaps").splitlines()[1:]
    plain = []
    for line in lines:
        device = line.split()[0]
        kinds = said_by(["lsblk", "-nso", "TYPE", device]) or ""
        if "crypt" not in kinds.split() and not Path(device).name.startswith("zram"):
            plain.append(device)
    if plain:
        return watch(
            what, f"unencrypted: {', '.join(plain)}", "swapoff, or encrypt it: keys swap"
        )
    return fine(what, "encrypted or in memory" if lines else "none")


class _Timex(ctypes.Structure):
    """``struct timex`` of adjtimex(2), as far as we read it, and room for the rest."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 256),
    )


def _clock() -> Look:
    what, do = "Clock", "Install chrony, with two sources or more, and let it run"
    told = _Timex()
    state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(told))
    if state < 0:
        return watch(what, "cannot be asked here", do)
    if state == _ERROR or told.status & _UNSYNCHRONISED:
        return watch(what, f"not synchronised{_keeper()}", do)
    skew = told.maxerror / 1_000_000
    found = f"synchronised, at most {skew:.3f} s off{_keeper()}"
    return fine(what, found) if skew < MOST_SKEW_SECONDS else watch(what, found, do)


def _keeper() -> str:
    """Return which program keeps the clock, where one can be seen."""
    tracking = said_by(["chronyc", "-n", "tracking"])
    if tracking:
        source = tracking.splitlines()[0].partition(":")[2].strip()
        return f" (chrony, from {source})"
    return " (systemd-timesyncd)" if _running("systemd-timesyn") else ""


def _running(name: str) -> bool:
    return any(_read(str(each)).strip() == name for each in Path("/proc").glob("[0-9]*/comm"))


def _dumps(data: Path) -> Look:
    what = "Core dumps"
    pid = _read(str(data / "postgres" / "supervisor.lock")).strip()
    limits = _read(f"/proc/{pid}/limits") if pid.isdigit() else ""
    for line in limits.splitlines():
        if line.startswith("Max core file size"):
            if line.split()[4] == "0":
                return fine(what, "off in the running node")
            return watch(
                what, "on in the running node", "Live nodes switch them off; restart it"
            )
    soft = resource.getrlimit(resource.RLIMIT_CORE)[0]
    found = "off here" if soft == 0 else "on here; a live node switches its own off"
    return fine(what, found)


def _umask() -> Look:
    mask = os.umask(0)
    os.umask(mask)
    if mask & 0o022 == 0o022:  # noqa: PLR2004 - the usual notation
        return fine("umask", f"{mask:03o}")
    return watch("umask", f"{mask:03o}: new files may be written by others", "umask 027")


def _ports(expected: frozenset[int]) -> Look:
    what = "Open ports"
    found = {
        port
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        for port in _listening(_read(table))
    }
    more = sorted(found - expected)
    if more:
        said = ", ".join(map(str, more))
        return watch(what, f"more than expected: {said}", "Close them, or say --expect PORT")
    return fine(what, ", ".join(map(str, sorted(found))) or "none but on loopback")


def _listening(table: str) -> Iterator[int]:
    """Yield the ports that listen to more than this machine."""
    for line in table.splitlines()[1:]:
        place, state = line.split()[1], line.split()[3]
        address, _, port = place.partition(":")
        if state == _LISTENS and not ip_address(_bytes(address)).is_loopback:
            yield int(port, 16)


def _bytes(text: str) -> bytes:
    """Return an address as /proc writes it: words of four bytes, each the wrong way round."""
    raw = bytes.fromhex(text)
    return b"".join(raw[at : at + 4][::-1] for at in range(0, len(raw), 4))


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
