"""Reads that Django puts together once a process, and that are only filled in on each visit.

Half the work of a page is the ORM turning the same querysets into the same SQL. `Prepared` keeps the SQL of a
queryset in which `Slot`s stand for what differs from one visit to the next; a run fills them in and asks.
The queryset stays the one place that says what is read, and `visible_to` who may read it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import BooleanField, Expression, Func, QuerySet
from django.db.models.query import (
    ModelIterable,
    ValuesIterable,
    ValuesListIterable,
    get_related_populators,
)


class Slot(Expression):
    """A value of a prepared query that is told at each run, by its name; also good as a RawSQL parameter."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", [self]


class AnyOf(Func):
    """`AnyOf("policy", Slot("policies"))`: the column is one of a list, of any length and also of none."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = BooleanField()


class Prepared:
    """`Prepared(lambda: Row.objects.filter(owner=Slot("owner")).values("a"))`, then `.run(owner=3)`.

    The queryset may be of models (with `select_related`, without prefetched ones), `values()` or
    `values_list()`.
    """

    def __init__(self, build: Callable[[], QuerySet[Any, Any]]) -> None:
        self._build = build
        self._compiled: tuple[str, tuple[Any, ...], Callable[[Any], list[Any]]] | None = None

    def run(self, values: Mapping[str, Any] | None = None, /, **more: Any) -> list[Any]:
        """The rows. `values` may hold more than there are slots; KeyError names a slot without a value."""
        if self._compiled is None:
            self._compiled = self._compile()
        sql, template, make = self._compiled
        given = {**(values or {}), **more}
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute(sql, [given[each.name] if isinstance(each, Slot) else each for each in template])
            return make(cursor.fetchall())

    def _compile(self) -> tuple[str, tuple[Any, ...], Callable[[Any], list[Any]]]:
        rows = self._build()
        compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        columns = [column for column, _sql, _alias in compiler.select[: compiler.col_count]]
        converters = compiler.get_converters(columns)

        def read(found: list[Any]) -> Any:
            if compiler.has_extra_select:
                # DISTINCT makes the database give what the rows are ordered by, too.
                found = [row[: compiler.col_count] for row in found]
            return compiler.apply_converters(found, converters) if converters else found

        return sql, tuple(params), _maker(rows, compiler, read)


def _maker(rows: QuerySet[Any, Any], compiler: Any, read: Callable[[Any], Any]) -> Callable[[Any], list[Any]]:
    kind = rows._iterable_class
    if kind is ValuesListIterable:
        return lambda found: [tuple(row) for row in read(found)]
    if kind is ValuesIterable:
        names = list(rows.query.selected or ())
        return lambda found: [dict(zip(names, row, strict=True)) for row in read(found)]
    if kind is not ModelIterable:
        raise TypeError("Prepared takes models, values() and values_list()")
    # As ModelIterable does it.
    own = compiler.klass_info["select_fields"]
    first, beyond = own[0], own[-1] + 1
    fields = [column.target.attname for column, _sql, _alias in compiler.select[first:beyond]]
    # The stubs are of a later Django.
    joined = get_related_populators(compiler.klass_info, compiler.select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]
    annotated = list(compiler.annotation_col_map.items())

    def models(found: list[Any]) -> list[Any]:
        made = []
        for row in read(found):
            one = rows.model.from_db(DEFAULT_DB_ALIAS, fields, row[first:beyond])
            for each in joined:
                each.populate(row, one)
            for name, place in annotated:
                setattr(one, name, row[place])
            made.append(one)
        return made

    return models
