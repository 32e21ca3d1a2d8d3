"""The rules of delivery and the page "how to check yourself", as content that PDF and HTML are set from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from qutb.compare import MEASURES, NOT_MEASURED
from qutb.dossier import Block, Bullets, Columns, DossierContent, Head, Heading, Item, Page, TableBlock, Text, cell
from qutb.files import metric_crs
from qutb.kit.drawing import drawing_layers
from qutb.kit.package import codes_of
from qutb.kit.programme import field_rows, measure_name, measure_unit
from qutb.kit.words import Words
from qutb.plan import LOCAL_CRS, PLAN_TABLES
from qutb.text import day, direction, isolate, label, number, quantity

__all__ = ["check_content", "commands", "rules_content"]


def rules_content(words: Words, *, run_date: date, code: str) -> DossierContent:
    """Everything a competitor must know, page by page."""
    pages = (
        _deliver(words),
        _programme(words),
        Page(key="drawing", title=words.say("drawing_layers"), blocks=(_layers_table(words),)),
        _fields(words),
        _values(words),
        _judged(words, code),
        _self_page(words),
    )
    return _content(words, pages, run_date, code, words.say("rules"))


def check_content(words: Words, *, run_date: date, code: str) -> DossierContent:
    """The page "how to check yourself" on its own, to copy commands from."""
    return _content(words, (_self_page(words),), run_date, code, words.say("self"))


def _content(words: Words, pages: tuple[Page, ...], run_date: date, code: str, title: str) -> DossierContent:
    line = words.say("code_line", code=isolate(code, words.lang))
    when = day(run_date, words.lang)
    return DossierContent(
        lang=words.lang,
        direction=direction(words.lang),
        title=words.pole_name,
        subtitle=words.say("subtitle", title=title, date=when, code=line),
        date=when,
        code=code,
        iso_date=run_date.isoformat(),
        pages=pages,
        words={
            "contents": words.say("contents"),
            "page": words.say("page"),
            "as_table": words.say("as_table"),
            "code-line": line,
        },
    )


def _bullets(words: Words, key: str, count: int, **fill: str) -> Bullets:
    return Bullets(items=tuple(Item(text=words.say(f"{key}.{n}", **fill)) for n in range(1, count + 1)))


def _deliver(words: Words) -> Page:
    blocks: tuple[Block, ...] = (
        _bullets(words, "deliver", 5),
        Heading(text=words.say("coordinates")),
        _coordinates(words),
    )
    return Page(key="deliver", title=words.say("deliver"), blocks=blocks)


def _coordinates(words: Words) -> Bullets:
    crs = words.pole.crs
    if crs == LOCAL_CRS:
        lines = [words.say("coordinates.1"), words.say("coordinates.local")]
    else:
        system = metric_crs(crs)
        datum = system.datum.name if system.datum else "–"
        named = {"crs": crs, "name": system.name, "datum": datum}
        shown = {k: isolate(v, words.lang) for k, v in named.items()}
        lines = [words.say("coordinates.1"), words.say("coordinates.2", **shown), words.say("coordinates.3")]
    return Bullets(items=tuple(Item(text=line) for line in lines))


def _layers_table(words: Words) -> TableBlock:
    rows = tuple((cell(isolate(one.name, words.lang)), cell(one.words(words))) for one in drawing_layers(words.pole))
    heads = (Head(text=words.say("head.layer"), width=1.0), Head(text=words.say("head.name"), width=1.6))
    return TableBlock(caption="", heads=heads, rows=rows, dense=True)


def _programme(words: Words) -> Page:
    blocks: list[Block] = []
    targets = words.pole.brief.targets
    blocks.append(Text(text=words.say("targets_note" if targets else "no_targets")))
    if targets:
        heads = [words.say(f"head.{k}") for k in ("measure", "low", "high")]
        rows = [
            (measure_name(words, t.measure), _figure(words, t.low, t.measure), _figure(words, t.high, t.measure))
            for t in targets
        ]
        blocks.append(_table(words.say("sheet.targets"), heads, rows))
    names = words.facilities()
    asked = [(names.get(k, k), number(n, words.lang), isolate(k, words.lang)) for k, n in _asked(words)]
    if asked:
        heads = [words.say(f"head.{k}") for k in ("name", "asked", "code")]
        blocks.append(_table(words.say("sheet.facilities"), heads, asked))
    return Page(key="programme", title=words.say("programme"), blocks=tuple(blocks))


def _asked(words: Words) -> list[tuple[str, int]]:
    return [(k, n) for k, n in words.pole.brief.facilities.items() if n]


def _figure(words: Words, value: float | None, measure: str) -> str:
    return quantity(value, measure_unit(words, measure), words.lang)


def _table(caption: str, heads: list[str], rows: Sequence[tuple[str, ...]]) -> TableBlock:
    return TableBlock(
        caption=caption,
        heads=tuple(Head(text=h, width=1.6 if n == 0 else 1.0) for n, h in enumerate(heads)),
        rows=tuple(tuple(cell(text) for text in row) for row in rows),
        dense=True,
    )


def _fields(words: Words) -> Page:
    blocks: list[Block] = [Text(text=words.say("fields_intro"))]
    heads = (
        Head(text=words.say("head.field"), width=1.3),
        Head(text=words.say("head.name"), width=1.3),
        Head(text=words.say("head.kind"), width=0.8),
        Head(text=words.say("head.must"), width=0.6),
        Head(text=words.say("head.values"), width=1.2),
    )
    for table in PLAN_TABLES:
        rows = tuple(
            (
                cell(isolate(row["field"], words.lang)),
                *(cell(row[k]) for k in ("name", "kind", "must", "values")),
            )
            for row in field_rows(words, table)
        )
        name = isolate(table.name, words.lang)
        caption = f"{words.layer(table.name)} · {name} · {words.say(f'shape.{table.name}')}"
        blocks.append(TableBlock(caption=caption, heads=heads, rows=rows, dense=True))
    return Page(key="fields", title=words.say("sheet.fields"), blocks=tuple(blocks))


def _values(words: Words) -> Page:
    tables: dict[tuple[str, ...], TableBlock] = {}
    for table, column, listed in codes_of(words):
        heads = [words.say("head.name"), words.say("head.code")]
        rows = [(name, isolate(code, words.lang)) for code, name in listed.items()]
        name = words.column(table, column.name)
        tables.setdefault(tuple(listed), _table(f"{name} · {isolate(column.name, words.lang)}", heads, rows))
    blocks: tuple[Block, ...] = (Text(text=words.say("values_intro")), Columns(columns=_halves(list(tables.values()))))
    return Page(key="values", title=words.say("sheet.values"), blocks=blocks)


def _halves(tables: list[TableBlock]) -> tuple[tuple[Block, ...], ...]:
    """The tables in order in two columns of about one height."""
    rows = [len(t.rows) + 3 for t in tables]
    cut = min(range(len(tables) + 1), key=lambda n: abs(sum(rows[:n]) - sum(rows[n:])))
    return tuple(tables[:cut]), tuple(tables[cut:])


def _judged(words: Words, code: str) -> Page:
    comma = label("dossier.comma", words.lang) + " "
    measures = comma.join(measure_name(words, m.key) for m in MEASURES if m.headline)
    names = comma.join(label(f"not_measured.{c}", words.lang) for c in NOT_MEASURED)
    adopted = words.pole.brief.weights_adopted
    blocks: tuple[Block, ...] = (
        _bullets(words, "checked", 4),
        Heading(text=words.say("compared")),
        _bullets(words, "compared", 3, code=isolate(code, words.lang), measures=measures),
        Text(text=words.say("criteria_weights" if adopted else "criteria_none")),
        *_criteria(words),
        Heading(text=words.say("not_measured")),
        Text(text=words.say("not_measured.intro", names=names)),
    )
    return Page(key="judged", title=words.say("checked"), blocks=blocks)


def _criteria(words: Words) -> tuple[Block, ...]:
    criteria = words.pole.brief.criteria
    if not criteria:
        return ()
    heads = [words.say(f"head.{k}") for k in ("measure", "better", "weight")]
    weighed = words.pole.brief.weights_adopted
    rows = [
        (
            measure_name(words, c.measure),
            words.say(c.better),
            quantity(c.weight, "ratio", words.lang) if weighed else "–",
        )
        for c in criteria
    ]
    return (_table(words.say("sheet.criteria"), heads, rows),)


def commands(words: Words) -> list[tuple[str, str]]:
    """What each command is for, and the command."""
    crs = words.pole.crs
    pairs = [
        ("install", "pip install qutb"),
        ("open", f"base.{words.lang}.qgs"),
        ("dxf", f"qutb plan import my-plan.dxf --crs {crs} --answers base.layers.toml --out pole/plans/my-plan.gpkg"),
        ("figures", f"qutb sheets write pole --out densities.xlsx --lang {words.lang} --sheet densities"),
        ("read", "qutb sheets read pole densities.xlsx --yes"),
        ("check", "qutb plan check base.gpkg --pole pole"),
        ("watch", "qutb watch pole --plan base.gpkg"),
        ("appraise", "qutb appraise pole --plan base"),
        ("explain", "qutb explain pole capacity.dwellings --plan base"),
        ("dossier", "qutb dossier pole --out dossier"),
    ]
    return [(words.say(f"self.{key}"), command) for key, command in pairs]


def _self_page(words: Words) -> Page:
    heads = (Head(text=words.say("head.purpose"), width=1.0), Head(text=words.say("head.command"), width=1.2))
    rows = tuple((cell(said), cell(isolate(command, words.lang), tone="strong")) for said, command in commands(words))
    blocks: tuple[Block, ...] = (
        Text(text=words.say("self.intro")),
        TableBlock(caption="", heads=heads, rows=rows),
        Text(text=words.say("self.note"), tone="muted"),
    )
    return Page(key="self", title=words.say("self"), blocks=blocks)
