"""The dossier as one HTML file: no script, nothing fetched, drawings inline, a table for every map."""

from __future__ import annotations

from functools import cache, singledispatch
from html import escape
from importlib.resources import files

from qutb.dossier.content import (
    Block,
    Bullets,
    Cell,
    Columns,
    DossierContent,
    Facts,
    Figure,
    Head,
    Heading,
    Item,
    Page,
    TableBlock,
    Text,
)

__all__ = ["render_html"]


def render_html(content: DossierContent) -> str:
    """The whole page; it reads the same from the disk, from a web server and on paper."""
    sections = "".join(_section(page, content) for page in content.pages)
    links = "".join(f'<li><a href="#{escape(p.key)}">{escape(p.title)}</a></li>' for p in content.pages)
    contents = escape(content.words["contents"], quote=True)
    return (
        f'<!doctype html>\n<html lang="{content.lang}" dir="{content.direction}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(content.title)}</title>\n<style>{_style()}</style>\n</head>\n<body>\n"
        f'<header class="top"><h1>{escape(content.title)}</h1><p>{escape(content.subtitle)}</p></header>\n'
        f'<nav aria-label="{contents}"><ol>{links}</ol></nav>\n<main>{sections}</main>\n</body>\n</html>\n'
    )


@cache
def _style() -> str:
    return files("qutb.dossier").joinpath("dossier.css").read_text("utf-8")


def _section(page: Page, content: DossierContent) -> str:
    figure = _block(page.sheet, content) if page.sheet else ""
    inner = "".join(_block(b, content) for b in page.blocks)
    name = escape(page.key, quote=True)
    head = f'<h2 id="{name}-h">{escape(page.title)}</h2>'
    return f'<section id="{name}" aria-labelledby="{name}-h">{head}{inner}{figure}</section>\n'


@singledispatch
def _block(block: Block, content: DossierContent) -> str:
    raise TypeError(f"no HTML for {type(block).__name__}")


@_block.register
def _(block: Heading, content: DossierContent) -> str:
    level = block.level + 1
    return f"<h{level}>{escape(block.text)}</h{level}>"


@_block.register
def _(block: Text, content: DossierContent) -> str:
    tone = f' class="{block.tone}"' if block.tone else ""
    return f"<p{tone}>{escape(block.text)}</p>"


@_block.register
def _(block: Facts, content: DossierContent) -> str:
    items = "".join(
        f'<li><strong>{escape(i.text)}</strong><span class="sub">{escape(i.sub)}</span>'
        f"{_badge(i)} {_sub_inline(i.note)}</li>"
        for i in block.items
    )
    return f'<ul class="facts">{items}</ul>'


@_block.register
def _(block: Bullets, content: DossierContent) -> str:
    return f'<ul class="points">{"".join(_point(i) for i in block.items)}</ul>'


def _point(item: Item) -> str:
    sub = f'<span class="sub">{escape(item.sub)}</span>' if item.sub else ""
    tone = ' class="muted"' if item.tone == "muted" else ""
    return f"<li{tone}>{_badge(item)} {escape(item.text)}{sub}</li>"


@_block.register
def _(block: Columns, content: DossierContent) -> str:
    columns = "".join(f"<div>{''.join(_block(b, content) for b in column)}</div>" for column in block.columns)
    return f'<div class="columns">{columns}</div>'


@_block.register
def _(block: Figure, content: DossierContent) -> str:
    caption = f"<figcaption>{escape(block.caption)}</figcaption>" if block.caption else ""
    twin = ""
    if block.twin:
        words = escape(content.words["as_table"])
        twin = f"<details open><summary>{words}</summary>{_block(block.twin, content)}</details>"
    return f"<figure>{block.svg}{caption}</figure>{twin}"


@_block.register
def _(block: TableBlock, content: DossierContent) -> str:
    heads = "".join(f'<th scope="col"{_side(h)}>{escape(h.text)}{_sub(h.sub)}</th>' for h in block.heads)
    rows = "".join(_row(row, block.heads) for row in block.rows)
    note = f'<p class="muted">{escape(block.note)}</p>' if block.note else ""
    return (
        f'<div class="scroll" role="group" tabindex="0" aria-label="{escape(block.caption, quote=True)}">'
        f"<table><caption>{escape(block.caption)}</caption>"
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>{note}"
    )


def _row(row: tuple[Cell, ...], heads: tuple[Head, ...]) -> str:
    if len(row) == 1:
        return f'<tr class="group"><th scope="colgroup" colspan="{len(heads)}">{escape(row[0].text)}</th></tr>'
    first = f'<th scope="row"{_tone(row[0])}>{_words(row[0])}</th>'
    rest = "".join(f"<td{_side(h)}>{_words(c)}</td>" for c, h in zip(row[1:], heads[1:], strict=True))
    return f"<tr>{first}{rest}</tr>"


def _words(cell: Cell) -> str:
    text = escape(cell.text)
    if cell.tone in ("strong", "code") or (cell.tone == "muted" and not cell.badge):
        text = f'<span class="{cell.tone}">{text}</span>'
    judged = f'<span class="sub">{_badge(cell)} {escape(cell.note)}</span>' if cell.badge else ""
    return text + _sub(cell.sub) + judged


def _badge(part: Cell | Item) -> str:
    return f'<span class="badge {part.tone}">{escape(part.badge)}</span>' if part.badge else ""


def _sub_inline(text: str) -> str:
    return f'<small class="muted">{escape(text)}</small>' if text else ""


def _sub(text: str) -> str:
    return f'<span class="sub">{escape(text)}</span>' if text else ""


def _side(head: Head) -> str:
    return "" if head.align == "start" else f' class="{head.align}"'


def _tone(cell: Cell) -> str:
    return f' class="{cell.tone}"' if cell.tone == "strong" else ""
