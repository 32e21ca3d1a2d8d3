"""A dossier's content as a Word file: the same pages as PDF and HTML, to be edited, stamped and sent on.

Arabic files are right-to-left in section, paragraph, run and table; names set apart in the text become runs
of their own direction, since Word draws marks of direction as boxes. Equal content gives equal bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import singledispatchmethod
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from qutb.dossier.content import (
    Align,
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
    Tone,
)
from qutb.dossier.pdf import svg_png

if TYPE_CHECKING:
    from docx.document import Document

__all__ = ["render_docx"]

_FONT = "Arial"
_LANG_TAGS = {"ar": ("fr-MA", "ar-MA"), "fr": ("fr-MA", "ar-MA"), "en": ("en-GB", "ar-MA")}
_ISOLATED = re.compile("\u2068([^\u2069]*)\u2069")
_MARKS = dict.fromkeys(map(ord, "\u2066\u2067\u2068\u2069\u200b"))
_ARABIC = re.compile("[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_COLOURS: Mapping[str, str] = {
    "muted": "55606E",
    "better": "1A6B3C",
    "worse": "9A3412",
    "blocking": "B3261E",
    "warning": "8A5A00",
    "unknown": "55606E",
    "note": "55606E",
    "equal": "55606E",
}
_TINT, _RULE, _INK = "F4F6F8", "C9CFD6", "1C2430"
_MM = 56.6929  # twips
_SIDE_MM = 15.0
_ROWS_MOST = 150  # of one table
_PAGE_MM = {False: (210.0, 297.0), True: (297.0, 210.0)}
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def render_docx(content: DossierContent, *, landscape: bool = False) -> bytes:
    """The file's bytes. Drawings become pictures; columns of blocks follow one another."""
    import docx

    document = docx.Document()
    writer = _Writer(document, content, landscape=landscape)
    writer.set_up()
    for number, page in enumerate(content.pages):
        writer.page(page, first=number == 0)
    whole = io.BytesIO()
    document.save(whole)
    return _without_clock(whole.getvalue())


def _without_clock(data: bytes) -> bytes:
    """The same parts in the same order, none with the time of writing."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for entry in source.infolist():
            plain = zipfile.ZipInfo(entry.filename, (1980, 1, 1, 0, 0, 0))
            target.writestr(plain, source.read(entry.filename), zipfile.ZIP_DEFLATED)
    return out.getvalue()


class _Writer:
    """Writes blocks into one document."""

    def __init__(self, document: Document, content: DossierContent, *, landscape: bool) -> None:
        self.document, self.content = document, content
        self.rtl = content.direction == "rtl"
        self.page_mm = _PAGE_MM[landscape]
        self.body = document.element.body
        self.room = round((self.page_mm[0] - 2 * _SIDE_MM) * _MM)

    def set_up(self) -> None:
        """Paper, styles, names, footer."""
        self._properties()
        self._styles()
        section = self.document.sections[0]
        width, height = (round(mm * _MM) for mm in self.page_mm)
        side = round(_SIDE_MM * _MM)
        element = section._sectPr
        for child in list(element):
            element.remove(child)
        orient = ' w:orient="landscape"' if width > height else ""
        footer = section.footer
        footer.is_linked_to_previous = False
        element.append(_xml(f'<w:pgSz {_W} w:w="{width}" w:h="{height}"{orient}/>'))
        element.append(
            _xml(
                f'<w:pgMar {_W} w:top="{side}" w:right="{side}" w:bottom="{side}" w:left="{side}"'
                f' w:header="500" w:footer="500" w:gutter="0"/>'
            )
        )
        if self.rtl:
            element.append(_xml(f"<w:bidi {_W}/>"))
        for old in list(footer._element):
            footer._element.remove(old)
        footer._element.append(_xml(self._footer()))

    def _properties(self) -> None:
        core, when = self.document.core_properties, datetime.fromisoformat(self.content.iso_date)
        core.title, core.author, core.last_modified_by = _clean(self.content.title), "Qutb", "Qutb"
        core.subject, core.comments = _clean(self.content.subtitle), _clean(self.content.code)
        core.language, core.created, core.modified, core.revision = self.content.lang, when, when, 1

    def _styles(self) -> None:
        latin, arabic = _LANG_TAGS[self.content.lang]
        sizes = {"Normal": 18, "Title": 36, "Heading 1": 28, "Heading 2": 22, "Heading 3": 20, "List Bullet": 18}
        for name, half_points in sizes.items():
            properties = self.document.styles[name].element.get_or_add_rPr()
            for child in list(properties):
                properties.remove(child)
            bold = "" if name in ("Normal", "List Bullet") else "<w:b/><w:bCs/>"
            fonts = f'<w:rFonts w:ascii="{_FONT}" w:hAnsi="{_FONT}" w:eastAsia="{_FONT}" w:cs="{_FONT}"/>'
            lang = f'<w:lang w:val="{latin}" w:bidi="{arabic}"/>'
            size = f'<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/>'
            part = f'<w:rPr {_W}>{fonts}{bold}<w:color w:val="{_INK}"/>{size}{lang}</w:rPr>'
            properties.extend(list(_xml(part)))

    def _footer(self) -> str:
        """Name, page of pages, digest code."""
        content, half = self.content, self.room // 2
        tabs = f'<w:tabs><w:tab w:val="center" w:pos="{half}"/><w:tab w:val="right" w:pos="{self.room}"/></w:tabs>'
        field = '<w:fldSimple w:instr=" {0} "><w:r><w:t>1</w:t></w:r></w:fldSimple>'
        tab = "<w:r><w:tab/></w:r>"
        parts = [
            self._runs(content.title, small=True),
            tab,
            self._runs(content.words["page"] + " ", small=True),
            field.format("PAGE"),
            self._runs(" / ", small=True),
            field.format("NUMPAGES"),
            tab,
            self._runs(content.words["code-line"], small=True),
        ]
        return f"<w:p {_W}><w:pPr>{tabs}{self._bidi()}</w:pPr>{''.join(parts)}</w:p>"

    def page(self, page: Page, *, first: bool) -> None:
        if first:
            self._paragraph(self.content.title, style="Title")
            self._paragraph(self.content.subtitle, tone="muted")
        self._paragraph(page.title, style="Heading1", break_before=not first and not page.follow)
        for block in page.blocks:
            self.block(block)
        if page.sheet is not None:
            self.block(page.sheet)

    @singledispatchmethod
    def block(self, block: Block) -> None:
        raise TypeError(f"no paragraph for {type(block).__name__}")

    @block.register
    def _heading(self, block: Heading) -> None:
        self._paragraph(block.text, style=f"Heading{min(block.level, 3)}")

    @block.register
    def _text(self, block: Text) -> None:
        self._paragraph(block.text, tone=block.tone)

    @block.register
    def _bullets(self, block: Bullets) -> None:
        for item in block.items:
            self._item(item)

    @block.register
    def _facts(self, block: Facts) -> None:
        heads = tuple(Head(text=_item_head(i)) for i in block.items)
        row = tuple(Cell(text=i.text, badge=i.badge, note=i.note, tone="strong") for i in block.items)
        self._table(TableBlock(caption="", heads=heads, rows=(row,)))

    @block.register
    def _columns(self, block: Columns) -> None:
        for column in block.columns:
            for part in column:
                self.block(part)

    @block.register
    def _figure(self, block: Figure) -> None:
        from docx.shared import Mm

        picture = io.BytesIO(svg_png(block.svg, block.width_mm))
        paragraph = self.document.add_paragraph()
        width = min(block.width_mm, self.page_mm[0] - 2 * _SIDE_MM)
        shape = paragraph.add_run().add_picture(picture, width=Mm(width))
        shape._inline.docPr.set("descr", _clean(block.alt))
        if block.caption:
            self._paragraph(block.caption, tone="muted")
        if block.twin is not None:
            self._table(block.twin)

    @block.register
    def _table(self, block: TableBlock) -> None:
        if block.caption:
            self._paragraph(block.caption, tone="strong", keep=True)
        gap = f'<w:p {_W}><w:pPr><w:spacing w:before="0" w:after="0"/></w:pPr></w:p>'
        for number, rows in enumerate(_parts(block.rows)):
            if number:
                self._append(gap)
            self._append(self._table_xml(block, rows))
        if block.note:
            self._paragraph(block.note, tone="muted")
        else:
            self._append(gap)

    def _item(self, item: Item) -> None:
        badge = f"[{item.badge}] " if item.badge else ""
        self._paragraph(badge + item.text, style="ListBullet", sub=" ".join(p for p in (item.sub, item.note) if p))

    def _paragraph(
        self,
        text: str,
        *,
        style: str = "",
        tone: Tone = "",
        sub: str = "",
        keep: bool = False,
        break_before: bool = False,
    ) -> None:
        inner = f'<w:pStyle w:val="{style}"/>' if style else ""
        inner += "<w:keepNext/>" if keep else ""
        inner += "<w:pageBreakBefore/>" if break_before else ""
        inner += self._bidi() + ('<w:spacing w:before="120" w:after="60"/>' if not style else "")
        runs = self._runs(text, tone=tone, plain=bool(style))
        if sub:
            runs += "<w:r><w:br/></w:r>" + self._runs(sub, tone="muted", small=True)
        self._append(f"<w:p {_W}><w:pPr>{inner}</w:pPr>{runs}</w:p>")

    def _append(self, xml: str) -> None:
        self.body.insert(len(self.body) - 1, _xml(xml))  # the section's properties stay last

    def _bidi(self) -> str:
        return "<w:bidi/>" if self.rtl else ""

    def _table_xml(self, block: TableBlock, lines: Sequence[tuple[Cell, ...]]) -> str:
        widths = _widths(block.heads, self.room)
        visual = "<w:bidiVisual/>" if self.rtl else ""
        line = f'w:val="single" w:sz="4" w:space="0" w:color="{_RULE}"'
        borders = f"<w:tblBorders><w:top {line}/><w:bottom {line}/><w:insideH {line}/></w:tblBorders>"
        margins = '<w:tblCellMar><w:left w:w="60" w:type="dxa"/><w:right w:w="60" w:type="dxa"/></w:tblCellMar>'
        properties = (
            f'<w:tblPr>{visual}<w:tblW w:w="{sum(widths)}" w:type="dxa"/>{borders}'
            f'<w:tblLayout w:type="fixed"/>{margins}</w:tblPr>'
        )
        grid = "".join(f'<w:gridCol w:w="{w}"/>' for w in widths)
        rows = [self._head_row(block.heads, widths), *(self._row(row, block, widths) for row in lines)]
        return f"<w:tbl {_W}>{properties}<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"

    def _head_row(self, heads: Iterable[Head], widths: list[int]) -> str:
        cells = [
            self._cell(Cell(text=h.text, sub=h.sub, tone="strong"), w, h.align, fill="E3EAF2")
            for h, w in zip(heads, widths, strict=True)
        ]
        return f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{''.join(cells)}</w:tr>"

    def _row(self, row: tuple[Cell, ...], block: TableBlock, widths: list[int]) -> str:
        if len(row) == 1:
            cells = [self._cell(row[0], sum(widths), "start", fill=_TINT, span=len(widths), keep=True)]
        else:
            cells = [self._cell(c, w, h.align) for c, w, h in zip(row, widths, block.heads, strict=True)]
        return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{''.join(cells)}</w:tr>"

    def _cell(self, cell: Cell, width: int, align: Align, *, fill: str = "", span: int = 1, keep: bool = False) -> str:
        shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{fill}"/>' if fill else ""
        across = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
        side = f'<w:jc w:val="{_justified(align, rtl=self.rtl)}"/>'
        lines = [self._runs(cell.text, tone=cell.tone, small=True)] if cell.text else []
        lines += [self._runs(cell.sub, tone="muted", small=True)] if cell.sub else []
        if cell.badge:
            lines.append(self._runs(" ".join(p for p in (cell.badge, cell.note) if p), tone=cell.tone, small=True))
        kept = "<w:keepNext/>" if keep else ""
        return (
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{across}{shade}</w:tcPr>'
            f'<w:p><w:pPr>{kept}{self._bidi()}<w:spacing w:before="20" w:after="20"/>{side}</w:pPr>'
            f"{'<w:r><w:br/></w:r>'.join(lines)}</w:p></w:tc>"
        )

    def _runs(self, text: str, *, tone: str = "", small: bool = False, plain: bool = False) -> str:
        """The text as runs: Arabic ones right-to-left, names set apart each on its own."""
        looks = "<w:b/><w:bCs/>" if tone in ("strong", "group") else ""
        if tone in _COLOURS:
            looks += f'<w:color w:val="{_COLOURS[tone]}"/>'
        if small and not plain:
            looks += '<w:sz w:val="16"/><w:szCs w:val="16"/>'
        return "".join(self._run(part, looks, rtl=rtl) for part, rtl in self._directed(text))

    def _run(self, part: str, looks: str, *, rtl: bool) -> str:
        turned = "<w:rtl/>" if rtl else ""
        return f'<w:r><w:rPr>{looks}{turned}</w:rPr><w:t xml:space="preserve">{escape(_clean(part))}</w:t></w:r>'

    def _directed(self, text: str) -> Iterator[tuple[str, bool]]:
        """Parts of a text and whether each is written from the right."""
        at = 0
        for found in _ISOLATED.finditer(text):
            yield from self._plain_part(text[at : found.start()])
            yield self._apart(found.group(1))
            at = found.end()
        yield from self._plain_part(text[at:])

    def _apart(self, text: str) -> tuple[str, bool]:
        """A text with a direction of its own: figures and signs without letters are held left-to-right by marks."""
        if not self.rtl or _ARABIC.search(text):
            return text, self.rtl
        return (text if any(c.isalpha() for c in text) else f"\u200e{text}\u200e"), False

    def _plain_part(self, text: str) -> Iterator[tuple[str, bool]]:
        if text:
            yield text, self.rtl


def _item_head(item: Item) -> str:
    return item.sub or item.badge


def _parts(rows: Sequence[tuple[Cell, ...]]) -> list[Sequence[tuple[Cell, ...]]]:
    """A long table in parts, each from a group's heading on: office programs lay out short tables in no time."""
    heads = [n for n, row in enumerate(rows) if len(row) == 1]
    starts = [0]
    for head, after in zip(heads, [*heads, len(rows)][1:], strict=True):
        if head > starts[-1] and after - starts[-1] > _ROWS_MOST:
            starts.append(head)
    return [rows[a:b] for a, b in zip(starts, [*starts[1:], len(rows)], strict=True)]


def _widths(heads: Iterable[Head], room: int) -> list[int]:
    shares = [h.width for h in heads]
    return [int(room * share / sum(shares)) for share in shares]


def _justified(align: Align, *, rtl: bool) -> str:
    """Word reads left and right from the paragraph's direction: left is where a line starts."""
    return {"start": "left", "end": "right", "center": "center"}[align]


def _clean(text: str) -> str:
    return _NOT_XML.sub("", text.translate(_MARKS))


def _xml(text: str) -> Any:
    from docx.oxml import parse_xml

    parse: Callable[[str], Any] = parse_xml
    return parse(text)
