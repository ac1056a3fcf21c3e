"""The site's own PostgreSQL: found, made, started, watched and stopped by us.

Owns one folder: the cluster, its log, its locks and its socket. Knows nothing of what is
kept in it. A site with a PostgreSQL of its own (``STANDFAST_DATABASE_URL``) never comes here.
"""

from standfast.postgres.accounts import Account
from standfast.postgres.binaries import Binaries, find_binaries
from standfast.postgres.supervisor import EmbeddedPostgres, keep_running
from standfast.postgres.trouble import PostgresTrouble, Say

__all__ = [
    "Account",
    "Binaries",
    "EmbeddedPostgres",
    "PostgresTrouble",
    "Say",
    "find_binaries",
    "keep_running",
]
