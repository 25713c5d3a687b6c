"""The book of business in: the insurer's nightly feed of CSV files, described in docs/feed.md.

datapackage.json says what the files hold, and everything here reads it there:
`cells` (a value) ← `reading` (a file) ← `staging` (into PostgreSQL) ← `merging` (into the tables) ← `book`.
"""

from policies.imports.book import Counts, Outcome, TooManyRefusedError, import_book
from policies.imports.reading import FeedError

__all__ = ["Counts", "FeedError", "Outcome", "TooManyRefusedError", "import_book"]
