"""Joining tagged PDFs into one that is tagged as a whole: pages, structure tree, parent tree, bookmarks, metadata.

A plain copy of pages loses the structure tree: it hangs off the document, not off the pages. ISO 32000-1, 14.7: each
page (and each annotation) names a row of the parent tree by number, and the rows lead back to the elements. Joining
copies the trees with their pages and renumbers the rows.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any, Final

import pikepdf
from pikepdf import Array, Dictionary, Name, OutlineItem, String

_XMP_TITLE: Final = "dc:title"


def join_tagged(parts: Sequence[bytes], *, title: str, language: str) -> bytes:
    """Return one PDF of all pages of ``parts``, in order, with ``title`` and ``language`` (a code such as ``fr``).

    Each part is a tagged PDF whose parent tree is one flat list, as WeasyPrint writes it. Header cells get their
    scope on the way. Raises ``ValueError`` for no part or an untagged one. Cost: linear in the tags.
    """
    if not parts:
        raise ValueError("nothing to join")
    with pikepdf.open(io.BytesIO(parts[0])) as joined:
        tree = _Tree(joined)
        for data in parts[1:]:
            with pikepdf.open(io.BytesIO(data)) as part:
                tree.append(part)
        tree.finish()
        _describe(joined, title, language)
        out = io.BytesIO()
        joined.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


class _Tree:
    """The structure tree and the bookmarks of the joined document, while parts are added to it."""

    def __init__(self, joined: pikepdf.Pdf) -> None:
        self.joined = joined
        self.root = _structure_root(joined)
        self.document = self.root.K[0]
        self.rows: list[Any] = list(self.root.ParentTree.Nums)
        self.bookmarks = list(_bookmarks(joined, 0))
        self.names: list[tuple[bytes, Any]] = []
        self.parts = 0
        self._adopt(list(self.document.K))

    def append(self, part: pikepdf.Pdf) -> None:
        """Add the pages of ``part`` with their tags and bookmarks."""
        root = _structure_root(part)
        shift = 1 + max((int(number) for number in self.rows[::2]), default=-1)
        for page in part.pages:
            page.obj.StructParents = int(page.obj.StructParents) + shift
            for annotation in page.obj.get(Name.Annots, Array()):
                if Name.StructParent in annotation:
                    annotation.StructParent = int(annotation.StructParent) + shift
        self.bookmarks += _bookmarks(part, len(self.joined.pages))
        self.joined.pages.extend(part.pages)
        # After the pages, so that the tree's references to pages lead to their copies.
        copy = self.joined.copy_foreign(root)
        numbers = list(copy.ParentTree.Nums)
        for number, row in zip(numbers[::2], numbers[1::2], strict=True):
            self.rows += [int(number) + shift, row]
        elements = list(copy.K[0].K)
        self._adopt(elements)
        self.document.K.extend(elements)

    def finish(self) -> None:
        """Write the parent tree, the tree of element names and the bookmarks into the document."""
        self.root.ParentTree.Nums = Array(self.rows)
        self.root.ParentTreeNextKey = 1 + max((int(number) for number in self.rows[::2]), default=-1)
        if self.names:
            self.names.sort(key=lambda pair: pair[0])
            flat = Array([entry for name, element in self.names for entry in (String(name), element)])
            limits = Array([String(self.names[0][0]), String(self.names[-1][0])])
            leaf = self.joined.make_indirect(Dictionary(Names=flat, Limits=limits))
            self.root.IDTree = self.joined.make_indirect(Dictionary(Kids=Array([leaf])))
        with self.joined.open_outline() as outline:
            outline.root[:] = self.bookmarks

    def _adopt(self, elements: Sequence[Any]) -> None:
        """Hang the elements of a part under the document; make their header cells' names unique, give them a scope."""
        prefix = f"{self.parts}-".encode()
        self.parts += 1
        for element in elements:
            element.P = self.document
            for cell, in_head in _cells(element, in_head=False):
                if cell.S == Name.TH:
                    cell.A.Scope = Name.Column if in_head else Name.Row
                    if Name.ID in cell:
                        name = prefix + bytes(cell.ID)
                        cell.ID = String(name)
                        self.names.append((name, cell))
                elif Name.Headers in cell.A:
                    cell.A.Headers = Array([String(prefix + bytes(header)) for header in cell.A.Headers])


def _structure_root(pdf: pikepdf.Pdf) -> Any:
    root = pdf.Root.get(Name.StructTreeRoot)
    if root is None:
        raise ValueError("the PDF is not tagged")
    return root


def _cells(element: Any, *, in_head: bool) -> Iterator[tuple[Any, bool]]:
    """The header and data cells below ``element``, each with whether it stands in the head of its table."""
    kind = element.get(Name.S)
    if kind in (Name.TH, Name.TD):
        yield element, in_head
    for kid in element.get(Name.K, Array()):
        if isinstance(kid, Dictionary) and Name.S in kid:
            yield from _cells(kid, in_head=in_head or kind == Name.THead)


def _bookmarks(pdf: pikepdf.Pdf, first_page: int) -> Iterator[OutlineItem]:
    """The bookmarks of ``pdf`` as items of the joined document, in which its first page is ``first_page``."""
    place = {page.obj.objgen: i for i, page in enumerate(pdf.pages, start=first_page)}

    def moved(item: OutlineItem) -> OutlineItem:
        if not isinstance(item.destination, Array):
            raise ValueError("a bookmark leads to no place")
        page, _, left, top, *_ = item.destination
        copy = OutlineItem(item.title, place[page.objgen], "XYZ", left=float(left), top=float(top))
        copy.children[:] = [moved(child) for child in item.children]
        copy.is_closed = True
        return copy

    with pdf.open_outline() as outline:
        items = list(outline.root)
    for item in items:
        yield moved(item)


def _describe(pdf: pikepdf.Pdf, title: str, language: str) -> None:
    pdf.Root.Lang = String(language)
    pdf.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    with pdf.open_metadata(set_pikepdf_as_editor=False) as metadata:
        metadata[_XMP_TITLE] = title
    pdf.docinfo[Name.Title] = String(title)
