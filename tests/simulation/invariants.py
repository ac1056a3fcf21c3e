"""What must hold, whatever happens. Each has a name, by which a planted fault is found."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from standfast.app import PROJECTIONS
from standfast.journal.columns import as_json, row_key
from standfast.journal.entries import Entry, digest
from standfast.journal.folding import fold
from standfast.journal.foreign import HOME
from standfast.kernel.clock import MAX_AHEAD, instant
from standfast.replication.card import site_of
from standfast.replication.proving import NOBODY_LIES, Why
from tests.simulation.network import Network
from tests.simulation.node import Acked, Node
from tests.simulation.statements import unique_of

ONCE: Final = frozenset(
    {
        "calls.case_opened.v1",
        "people.person_registered.v1",
        "booking.slot_booked.v1",
    }
)
"""Facts of which a stream has one, however often somebody asked."""

BY_KIND: Final = {each.decider.stream: each for each in PROJECTIONS}
HOME_TABLES: Final = frozenset(
    row.TABLE
    for each in PROJECTIONS
    for row in each.tables
    if each.decider.stream.partition(".")[0] in HOME
)


class Broken(AssertionError):
    """Something that must hold does not. *what* is the invariant's name."""

    def __init__(self, what: str, how: str) -> None:
        super().__init__(f"{what}: {how}")
        self.what = what


def must(holds: bool, what: str, how: object) -> None:  # noqa: FBT001 - it is the question
    if not holds:
        raise Broken(what, str(how))


class Invariants:
    """Looks at every site from outside, and remembers what it was told."""

    def __init__(self, nodes: Mapping[str, Node], network: Network) -> None:
        self._nodes, self._network = nodes, network
        self._acked: dict[str, list[Acked]] = {name: [] for name in nodes}
        self._seen: dict[str, int] = {}
        self._hashes: dict[tuple[str, int], bytes] = {}
        self.expected: dict[tuple[str, int], bytes] = {}
        """Acknowledged rows that must be everywhere at the end."""
        self.contested = 0

    @property
    def honest(self) -> list[Node]:
        return [node for node in self._nodes.values() if not node.hostile]

    def after_each_step(self) -> None:
        for node in self.honest:
            self._nothing_acknowledged_is_lost(node)
            self._nothing_unproved_is_here(node)
            self._honest_are_not_stopped(node)
            self._cut_rows_fold_nowhere(node)

    def after_pull(self) -> None:
        """Whoever lied is named for it, as soon as somebody honest was lied to."""
        told, self._network.told = self._network.told, []
        for each in told:
            asker = self._nodes[each.asker]
            if asker.hostile or not each.expected:
                continue
            row = asker.database.table("wrong").get((each.liar, each.origin))
            why = None if row is None else Why(row["why"])
            how = f"{each.asker} was told '{each.lie}' by {each.liar}: {why}"
            must(why in each.expected, "liar named", how)

    def destroyed(self, node: Node) -> int:
        """Count what goes with *node*: rows that it acknowledged and nobody honest holds."""
        kept = []
        for each in node.acked:
            place = (each.entry.origin, each.entry.seq)
            holders = (o for o in self.honest if o is not node)
            if any(place in o.database.table("journal") for o in holders):
                kept.append(each)
        lost, node.acked = len(node.acked) - len(kept), []
        for each in kept:
            self.expected[each.entry.origin, each.entry.seq] = each.entry.hash
        others = [other for other in self.honest if other is not node]
        for place in [*self.expected]:  # what another lost site had left with this one alone
            if not any(place in other.database.table("journal") for other in others):
                del self.expected[place]
                lost += 1
        for origin in [o for o in self._seen if o.startswith(f"{node.name}/")]:
            del self._seen[origin]
        return lost

    def _nothing_acknowledged_is_lost(self, node: Node) -> None:
        rows = node.database.table("journal")
        for each in node.acked[-50:]:
            place = (each.entry.origin, each.entry.seq)
            must(
                place in rows and rows[place].hash == each.entry.hash,
                "nothing acknowledged is lost",
                f"{node.name} has lost {place}",
            )

    def _nothing_unproved_is_here(self, node: Node) -> None:
        """Of every row that came since the last look: it is what its site signed."""
        for origin in node.database.origins():
            chain = node.database.chain(origin, self._seen.get(f"{node.name}/{origin}", 0) + 1)
            for entry in chain:
                self._one(node, entry)
            if chain:
                self._seen[f"{node.name}/{origin}"] = chain[-1].seq

    def _one(self, node: Node, entry: Entry) -> None:
        place, site = (entry.origin, entry.seq), site_of(entry.origin) or ""
        must(digest(entry) == entry.hash, "every row is what was signed", place)
        author = self._nodes.get(site)
        must(author is not None, "every row is of a site that is known", place)
        assert author is not None
        must(entry.org in author.orgs, "no site writes for another", f"{place} {entry.org}")
        if site != node.name:
            ahead = instant(entry.hlc) - node.now()
            must(ahead <= MAX_AHEAD, "nothing of the future", f"{place} {ahead} at {node.name}")
        if not author.hostile:
            known = self._hashes.setdefault(place, entry.hash)
            must(known == entry.hash, "one history of each site", f"{place} at {node.name}")

    def _honest_are_not_stopped(self, node: Node) -> None:
        for (peer, origin), row in node.database.table("wrong").items():
            liar = self._nodes[peer].hostile
            must(
                liar or Why(row["why"]) in NOBODY_LIES,
                "no honest site is stopped",
                f"{node.name} has stopped {peer} for {origin} at {row['seq']}: {row['why']}",
            )
            must(row["why"] != Why.SET_BACK, "no site is set back", f"{node.name} {origin}")
        for origin in node.database.table("forks"):
            author = self._nodes[site_of(origin) or ""]
            must(author.hostile, "no honest site forks", f"{origin} at {node.name}")

    def _cut_rows_fold_nowhere(self, node: Node) -> None:
        belief = node.shelf._believed  # noqa: SLF001 - what it went by when it last took a page
        if belief is None or not belief.cuts:
            return
        out = node.database.table("left_out")
        for entry in node.database.entries():
            foreign = entry.origin in node.database.table("journal_foreign")
            cuts = (belief.cuts.get(entry.origin), belief.cuts.get(site_of(entry.origin) or ""))
            if foreign and any(cut is not None and entry.seq >= cut for cut in cuts):
                place = (entry.origin, entry.seq)
                must(place in out, "cut rows fold nowhere", f"{place} at {node.name}")

    def at_the_end(self) -> None:
        """Everything is mended: honest sites hold and show the same."""
        for node in self.honest:
            for each in node.acked:
                self.expected[each.entry.origin, each.entry.seq] = each.entry.hash
        for node in self.honest:
            rows = node.database.table("journal")
            for place, hash_ in self.expected.items():
                holds = place in rows and rows[place].hash == hash_
                must(
                    holds, "all that was acknowledged is everywhere", f"{place} at {node.name}"
                )
            self._nothing_is_doubled(node)
            self._rows_are_what_facts_say(node)
            self._slots_are_held_once(node)
        self._forks_are_known()
        contested = self._contested()
        self._all_show_the_same({key for keys in contested.values() for key in keys})
        self.contested = len(contested)

    def _forks_are_known(self) -> None:
        """Where honest sites hold two histories of one site, one of them says so at least."""
        held: dict[tuple[str, int], set[bytes]] = {}
        for node in self.honest:
            for entry in node.database.entries():
                held.setdefault((entry.origin, entry.seq), set()).add(entry.hash)
        known = {origin for node in self.honest for origin in node.database.table("forks")}
        for place, hashes in held.items():
            must(len(hashes) == 1 or place[0] in known, "a fork is known", place)

    async def after_restoring(self, node: Node, peer: str) -> None:
        """Once people have restored a site, it is asked again."""
        stopped = {name for name, _ in (await node.shelf.book()).stopped}
        must(peer not in stopped, "who is restored is asked again", f"{peer} at {node.name}")

    def _contested(self) -> dict[str, set[Any]]:
        """Return the streams of which a constraint lets only one count, and the rows of each.

        Which of them counts is what came first at each site, since nobody has settled it; that
        it has to be settled is known wherever both are.
        """
        claims: dict[Any, dict[str, set[Any]]] = {}
        for node in self.honest:
            for stream in node.database.places:
                for claim, keys in _claims(node, stream):
                    claims.setdefault(claim, {}).setdefault(stream, set()).update(keys)
        found: dict[str, set[Any]] = {}
        for claim, streams in claims.items():
            if len(streams) > 1:
                found |= streams
                for node in self.honest:
                    self._noticed(node, claim, [*streams])
        return found

    def _noticed(self, node: Node, claim: Any, streams: list[str]) -> None:
        here = [s for s in streams if any(found == claim for found, _ in _claims(node, s))]
        out = {stream for stream, why in node.database.table("left_out").values()}
        counted = [stream for stream in here if stream not in out]
        how = f"{claim} at {node.name}: {counted}"
        must(len(counted) <= 1, "no slot has two live bookings unnoticed", how)

    def _nothing_is_doubled(self, node: Node) -> None:
        said = Counter(
            (e.stream, e.type, e.origin) for e in node.database.entries() if e.type in ONCE
        )
        for what, times in said.items():
            author = self._author(node, what[0])
            must(times == 1 or author.hostile, "nothing is doubled", f"{what} at {node.name}")

    def _author(self, node: Node, stream: str) -> Node:
        first = node.database.stream(stream)[0]
        return self._nodes[site_of(first.origin) or ""]

    def _rows_are_what_facts_say(self, node: Node) -> None:
        """Every table is what a fold of the journal makes, in canonical order."""
        wanted: dict[str, dict[Any, Any]] = {}
        out = node.database.table("left_out")
        for stream in node.database.places:
            projection = BY_KIND.get(stream.partition("/")[0])
            if projection is None:
                continue
            rows = node.database.stream(stream)
            facts = [(e.type, e.body, e.hlc) for e in rows if (e.origin, e.seq) not in out]
            for row in fold(projection, facts).rows.values():
                key = tuple(map(str, row_key(row)))
                said = msgspec.json.decode(as_json([row]))[0]
                wanted.setdefault(row.TABLE, {})[key] = said
        for table in {*wanted, *node.database.read}:
            here = node.database.read.get(table, {})
            must(
                here == wanted.get(table, {}),
                "rows are what the facts say",
                f"{table} at {node.name}",
            )

    def _slots_are_held_once(self, node: Node) -> None:
        holds = Counter(
            (row["org"], row["slot_id"])
            for row in node.database.read.get("booking_holds", {}).values()
        )
        must(
            all(times == 1 for times in holds.values()),
            "no slot has two live bookings",
            f"{holds.most_common(1)} at {node.name}",
        )

    def _all_show_the_same(self, but: set[Any]) -> None:
        orgs = {org for node in self.honest for org in node.orgs}

        def shown(node: Node) -> dict[str, dict[Any, Any]]:
            return {
                table: {key: row for key, row in rows.items() if key[0] in orgs}
                for table, rows in node.database.read.items()
                if table not in HOME_TABLES
            }

        first = self.honest[0]
        for other in self.honest[1:]:
            one, two = shown(first), shown(other)
            for table in {*one, *two}:
                a, b = one.get(table, {}), two.get(table, {})
                differ = [
                    key for key in {*a, *b} if a.get(key) != b.get(key) and key not in but
                ]
                how = f"{table} {differ[:2]} at {first.name} and {other.name}"
                must(not differ, "honest sites show the same", how)


def _claims(node: Node, stream: str) -> list[tuple[Any, set[Any]]]:
    """Return what the facts of *stream* claim for themselves alone, and the keys of its rows."""
    projection = BY_KIND.get(stream.partition("/")[0])
    if projection is None or not any(unique_of(row.TABLE) for row in projection.tables):
        return []
    facts = [(e.type, e.body, e.hlc) for e in node.database.stream(stream)]
    rows = fold(projection, facts).rows.values()
    keys = {tuple(map(str, row_key(row))) for row in rows}
    return [
        ((row.TABLE, *values), keys)
        for row in rows
        for columns in unique_of(row.TABLE).values()
        for values in [tuple(getattr(row, each) for each in columns)]
        if None not in values
    ]
