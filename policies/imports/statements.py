"""The SQL that brings the staged rows of a file into its table."""

from psycopg import sql

from policies.imports import staging
from policies.imports.references import MADE
from policies.imports.targets import REFERRED, Target

READY = sql.Identifier("feed_ready")
_UNKNOWN = {
    "persons": "no such person",
    "policies": "no such policy",
    "insured_persons": "no such insured person",
    "edition": "no such edition in the catalogue",
    "cover": "the edition of the policy has no such cover",
}


class Statements:
    """The SQL for one target. s is a staged row, t its row on file, r0, r1, … the rows it refers to, own
    the policy whose edition decides on a cover."""

    def __init__(self, target: Target) -> None:
        table = target.table
        self.target = target
        self.feed = staging.feed_name(table)
        self.table = sql.Identifier(target.db_table)
        self.key = sql.Identifier(table.key)
        self.key_on_file = sql.Identifier(target.key_column)
        self.references: dict[str, str] = {
            field.name: table.refers_to.get(field.name) or str(field.catalogue)
            for field in table.fields
            if field.name in table.refers_to or field.catalogue
        }
        self.on_file = [sql.Identifier(target.model_field(column).column) for column in table.columns]

    def refuse_repeated_keys(self) -> sql.Composed:
        return sql.SQL(
            "WITH repeated AS (SELECT {key}, min(line) AS first FROM {feed} GROUP BY {key}"
            " HAVING count(*) > 1),"
            " gone AS (DELETE FROM {feed} s USING repeated WHERE s.{key} = repeated.{key} AND line > first"
            " RETURNING line, s.{key} AS key, first)"
            " INSERT INTO {refusals}"
            " SELECT {file}, line, key, {column}, key, format('line %s has the same key', first) FROM gone"
        ).format(
            key=self.key,
            feed=self.feed,
            refusals=staging.REFUSALS,
            file=self.target.table.file,
            column=self.target.table.key,
        )

    def find_new_and_changed(self) -> sql.Composed:
        """One table with the values as they are to be stored, named as on file; references also as read."""
        columns = self.target.table.columns
        values = [self._value(column) for column in columns]
        stored = sql.SQL(", ").join(
            sql.SQL("{} AS {}").format(value, name) for value, name in zip(values, self.on_file, strict=True)
        )
        read = [sql.SQL("s.{} AS {}").format(sql.Identifier(c), self._as_read(c)) for c in self.references]
        changed = sql.SQL("({}) IS DISTINCT FROM ({})").format(
            sql.SQL(", ").join(sql.SQL("t.{}").format(name) for name in self.on_file),
            sql.SQL(", ").join(values),
        )
        lost = [
            sql.SQL("(s.{} IS NOT NULL AND {} IS NULL)").format(sql.Identifier(column), self._value(column))
            for column in self.references
        ]
        return sql.SQL(
            "CREATE TEMP TABLE {ready} ON COMMIT DROP AS SELECT {columns} FROM {feed} s {joins}"
            " LEFT JOIN {table} t ON t.{key_on_file} = s.{key} WHERE t.id IS NULL OR {different}"
        ).format(
            ready=READY,
            columns=sql.SQL(", ").join([sql.SQL("s.line, t.id AS target_id"), stored, *read]),
            feed=self.feed,
            joins=self._joins(),
            table=self.table,
            key_on_file=self.key_on_file,
            key=self.key,
            different=sql.SQL(" OR ").join([changed, *lost]),
        )

    def refuse_unknown(self) -> sql.Composed:
        unknown = sql.SQL(" OR ").join(self._unknown(column) for column in self.references)
        looked_up = sql.SQL(", ").join(
            sql.SQL("({}, {}, {}, {}, {})").format(
                column,
                self._as_read(column),
                self._unknown(column),
                f"{name}.csv",
                _UNKNOWN[name],
            )
            for column, name in self.references.items()
        )
        return sql.SQL(
            "WITH gone AS (DELETE FROM {ready} WHERE {unknown} RETURNING *)"
            " INSERT INTO {refusals}"
            ' SELECT {file}, gone.line, {key}, c."column", c.value,'
            " CASE WHEN refused.line IS NULL THEN c.reason"
            " ELSE format('refers to line %s of %s, which is refused', refused.line, c.file) END"
            ' FROM gone CROSS JOIN LATERAL (VALUES {looked_up}) AS c("column", value, unknown, file, reason)'
            " LEFT JOIN LATERAL (SELECT line FROM {refusals} r WHERE r.file = c.file AND r.key = c.value"
            " ORDER BY line LIMIT 1) refused ON true WHERE c.unknown"
        ).format(
            ready=READY,
            unknown=unknown,
            refusals=staging.REFUSALS,
            file=self.target.table.file,
            key=self.key_on_file,
            looked_up=looked_up,
        )

    def refuse_repeated_unique(self) -> sql.Composed:
        names = self._unique_names()
        together = sql.SQL(", ").join(names)
        return sql.SQL(
            "WITH repeated AS (SELECT {names}, min(line) AS first FROM {ready} WHERE {given} GROUP BY {names}"
            " HAVING count(*) > 1),"
            " gone AS (DELETE FROM {ready} s USING repeated WHERE {same} AND line > first"
            " RETURNING s.line, s.{key} AS key, s.{column}::text AS value, first)"
            " INSERT INTO {refusals} SELECT {file}, line, key, {label}, value,"
            " format('line %s has the same ' || {what}, first) FROM gone"
        ).format(
            names=together,
            ready=READY,
            given=sql.SQL(" AND ").join(sql.SQL("{} IS NOT NULL").format(name) for name in names),
            same=sql.SQL(" AND ").join(sql.SQL("s.{0} = repeated.{0}").format(name) for name in names),
            key=self.key_on_file,
            column=names[-1],
            refusals=staging.REFUSALS,
            file=self.target.table.file,
            label=self.target.also_unique[-1],
            what=" and ".join(self.target.also_unique),
        )

    def refuse_taken(self) -> sql.Composed:
        """Held on file under another key, unless this very feed takes it away from there."""
        names = self._unique_names()
        let_go: sql.Composable = sql.SQL("")
        if set(self.target.also_unique) <= set(self.target.exchangeable):
            let_go = sql.SQL(
                " AND NOT EXISTS (SELECT FROM {} o WHERE o.target_id = t.id AND o.{} IS DISTINCT FROM t.{})"
            ).format(READY, names[0], names[0])
        return sql.SQL(
            "WITH gone AS (DELETE FROM {ready} s USING {table} t WHERE {same} AND t.{key} <> s.{key} {let_go}"
            " RETURNING s.line, s.{key} AS key, s.{column}::text AS value, t.{key} AS holder)"
            " INSERT INTO {refusals} SELECT {file}, line, key, {label}, value,"
            " format('the same ' || {what} || ' is on file under the key %s', holder) FROM gone"
        ).format(
            ready=READY,
            table=self.table,
            same=sql.SQL(" AND ").join(sql.SQL("t.{0} = s.{0}").format(name) for name in names),
            key=self.key_on_file,
            let_go=let_go,
            column=names[-1],
            refusals=staging.REFUSALS,
            file=self.target.table.file,
            label=self.target.also_unique[-1],
            what=" and ".join(self.target.also_unique),
        )

    def set_free(self, column: str) -> sql.Composed:
        name = sql.Identifier(self.target.model_field(column).column)
        return sql.SQL(
            "UPDATE {table} t SET {name} = NULL FROM {ready} s"
            " WHERE t.id = s.target_id AND t.{name} IS NOT NULL AND t.{name} IS DISTINCT FROM s.{name}"
        ).format(table=self.table, name=name, ready=READY)

    def update(self) -> sql.Composed:
        return sql.SQL("UPDATE {} t SET {} FROM {} s WHERE t.id = s.target_id").format(
            self.table,
            sql.SQL(", ").join(sql.SQL("{0} = s.{0}").format(name) for name in self.on_file),
            READY,
        )

    def insert(self) -> sql.Composed:
        names = sql.SQL(", ").join(self.on_file)
        if self.target.makes_reference:
            return sql.SQL(
                "INSERT INTO {} ({}, reference) SELECT {}, reference"
                " FROM (SELECT *, row_number() OVER (ORDER BY line) AS n FROM {} WHERE target_id IS NULL) s"
                " JOIN {} USING (n) ORDER BY line"
            ).format(self.table, names, names, READY, MADE)
        return sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {} WHERE target_id IS NULL ORDER BY {}").format(
            self.table, names, names, READY, self._neighbours()
        )

    def _neighbours(self) -> sql.Composable:
        """What a page shows together lies together on disk: receipts by policy, cards by insured person."""
        belongs_to = [sql.Identifier(self.target.model_field(c).column) for c in self.references]
        return sql.SQL(", ").join([*belongs_to[:1], sql.Identifier("line")])

    def _joins(self) -> sql.Composed:
        joins = []
        for place, (column, name) in enumerate(self.references.items()):
            alias = sql.Identifier(f"r{place}")
            model = REFERRED[name]._meta
            if name == "cover":
                policy = sql.Identifier(REFERRED["policies"]._meta.db_table)
                joins.append(sql.SQL("LEFT JOIN {} own ON own.id = r0.policy_id").format(policy))
            joins.append(
                sql.SQL("LEFT JOIN {} {} ON {}").format(
                    sql.Identifier(model.db_table), alias, self._condition(alias, column, name)
                )
            )
        return sql.SQL(" ").join(joins)

    def _condition(self, alias: sql.Identifier, column: str, name: str) -> sql.Composed:
        if name == "cover":
            return sql.SQL("{}.code = s.{} AND {}.edition_id = own.edition_id").format(
                alias, sql.Identifier(column), alias
            )
        unique = {"policies": "number", "edition": "code"}.get(name, "key")
        return sql.SQL("{}.{} = s.{}").format(alias, sql.Identifier(unique), sql.Identifier(column))

    def _value(self, column: str) -> sql.Composable:
        """The value to be stored: the id of what a key refers to, or the cell."""
        if column in self.references:
            return sql.SQL("r{}.id").format(sql.SQL(str(list(self.references).index(column))))
        empty = self.target.empty(column)
        cell = sql.SQL("s.{}").format(sql.Identifier(column))
        if column in self.target.kept:
            mark, name = (self.target.model_field(c).column for c in (self.target.kept[column], column))
            return sql.SQL("CASE WHEN t.{} IS NULL THEN {} ELSE coalesce({}, t.{}) END").format(
                sql.Identifier(mark), cell, cell, sql.Identifier(name)
            )
        if empty is None:
            return cell
        return sql.SQL("coalesce({}, {})").format(cell, empty)

    def _as_read(self, column: str) -> sql.Identifier:
        return sql.Identifier(f"read_{column}")

    def _unknown(self, column: str) -> sql.Composed:
        """Of a cover nothing is known when the insured person, and so the edition, is unknown."""
        stored = sql.Identifier(self.target.model_field(column).column)
        unknown = sql.SQL("({} IS NOT NULL AND {} IS NULL)").format(self._as_read(column), stored)
        if self.references[column] == "cover":
            return sql.SQL("({} AND insured_id IS NOT NULL)").format(unknown)
        return unknown

    def _unique_names(self) -> list[sql.Identifier]:
        return [sql.Identifier(self.target.model_field(c).column) for c in self.target.also_unique]
