"""A file to be imported, and what its columns mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.exchange.importing.encodings import ENCODINGS
from loudou.exchange.importing.mapping import ANYTHING, LONGEST_FILE, ColumnMap, Source, from_plain, parse_map
from loudou.exchange.importing.moments import ORDERS
from loudou.exchange.importing.receiving import ENDINGS
from loudou.exchange.importing.spec import Column, Kind, kinds
from loudou.exchange.models import ColumnChoice, Import
from loudou.kernel.refusals import Refused
from loudou.people.models import User
from loudou.ui.fields import SteadyForm

_FIXED, _AS_SAID, _HEADER = "=", "~", "h:"
_FIRST_KIND = "customers"  # what a house brings before anything else


class BringForm(SteadyForm):
    """The file, what it holds, and for who has one a mapping file."""

    kind = forms.ChoiceField(label=gettext_lazy("What it holds"))
    file = forms.FileField(
        label=gettext_lazy("File"),
        allow_empty_file=True,
        max_length=400,
        help_text=gettext_lazy("CSV in any common encoding, XLSX or XLS; at most 200 MB, workbooks 50 MB."),
        widget=forms.FileInput(attrs={"accept": ",".join(f".{ending}" for ending in ENDINGS)}),
    )
    map = forms.FileField(
        label=gettext_lazy("Mapping file"),
        required=False,
        max_length=400,
        help_text=gettext_lazy(
            "Optional, TOML or JSON: says what the columns mean and how values are translated."
        ),
        widget=forms.FileInput(attrs={"accept": ".toml,.json"}),
    )

    def __init__(self, user: User, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        kind: forms.ChoiceField = self.fields["kind"]  # type: ignore[assignment]
        kind.choices = [(each.name, each.title) for each in kinds() if each.open_to(user)]
        if not self.initial.get("kind"):
            self.initial["kind"] = _FIRST_KIND

    def clean_map(self) -> ColumnMap | None:
        upload = self.cleaned_data.get("map")
        return _read(upload) if upload else None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        mapping: ColumnMap | None = cleaned.get("map")
        if mapping is not None and mapping.kind and mapping.kind != cleaned.get("kind"):
            self.add_error("map", _("This mapping is for {kind}.").format(kind=mapping.kind))
        return cleaned


class ReadForm(SteadyForm):
    """How the file is read: its encoding, or which of its sheets."""

    encoding = forms.ChoiceField(label=gettext_lazy("Encoding"), required=False)
    sheet = forms.ChoiceField(label=gettext_lazy("Sheet"), required=False)

    def __init__(self, run: Import, data: Any = None) -> None:
        super().__init__(data, initial={"encoding": run.encoding, "sheet": run.sheet})
        unneeded = "encoding" if run.sheet else "sheet"
        del self.fields[unneeded]
        names = run.sheets if run.sheet else [*dict.fromkeys([run.encoding, *ENCODINGS])]
        kept: forms.ChoiceField = next(iter(self.fields.values()))  # type: ignore[assignment]
        kept.choices = [(name, name) for name in names if name]


class MappingForm(SteadyForm):
    """A mapping somebody saved, or one in a file."""

    saved = forms.ChoiceField(label=gettext_lazy("Saved mapping"), required=False)
    map = forms.FileField(label=gettext_lazy("Mapping file"), required=False, max_length=400)

    def __init__(self, choices: Mapping[int, ColumnChoice], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.known = choices
        saved: forms.ChoiceField = self.fields["saved"]  # type: ignore[assignment]
        saved.choices = [("", "—"), *((str(pk), choice.name) for pk, choice in choices.items())]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.errors:
            return cleaned
        if cleaned.get("map"):
            try:
                cleaned["mapping"] = _read(cleaned["map"])
            except forms.ValidationError as problem:
                self.add_error("map", problem)
        elif cleaned.get("saved"):
            cleaned["mapping"] = from_plain(self.known[int(cleaned["saved"])].mapping)
        else:
            self.add_error("saved", _("Choose a mapping or a file that has one."))
        return cleaned


class SaveForm(SteadyForm):
    """Under which name a mapping is kept, and for whom; it stands in another form and may stay empty there."""

    use_required_attribute = False

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    shared = forms.BooleanField(label=gettext_lazy("for everybody"), required=False)


class ColumnsForm(SteadyForm):
    """Which column of the file is which of the kind; a part of a mapping that no form can say stays as it was said."""

    dates = forms.ChoiceField(
        label=gettext_lazy("Dates like 03/04/2026"),
        required=False,
        choices=[
            ("", gettext_lazy("not said; what may be either is refused")),
            ("day", gettext_lazy("day first (03/04/2026 is 3 April)")),
            ("month", gettext_lazy("month first (04/03/2026 is 3 April)")),
        ],
    )
    numbers = forms.ChoiceField(
        label=gettext_lazy("Numbers like 1.234"),
        required=False,
        choices=[
            ("", gettext_lazy("not said; what may be either is refused")),
            ("1,234.50", gettext_lazy("with a decimal point (1,234.50)")),
            ("1.234,50", gettext_lazy("with a decimal comma (1.234,50)")),
        ],
    )
    keep = forms.BooleanField(label=gettext_lazy("Keep columns that have no meaning here"), required=False)
    all_or_nothing = forms.BooleanField(label=gettext_lazy("All rows or none"), required=False)

    def __init__(self, run: Import, kind: Kind, *args: Any, **options: Any) -> None:
        self.kind, self.mapping = kind, from_plain(run.mapping)
        options["initial"] = {
            "dates": next((name for name, forms_ in ORDERS.items() if self.mapping.dates == forms_), ""),
            "numbers": self.mapping.numbers,
            "keep": bool(self.mapping.keep),
            "all_or_nothing": run.all_or_nothing,
        }
        super().__init__(*args, **options)
        if not kind.keeps:
            del self.fields["keep"]
        headers = [(f"{_HEADER}{name}", name) for name in dict.fromkeys(run.header) if name]
        for column in kind.columns:
            self._add_column(column, headers)

    def columns(self) -> Iterator[tuple[Column, BoundField, BoundField]]:
        """Every column of the kind with its choice and its fixed value."""
        for column in self.kind.columns:
            yield column, self[f"from_{column.name}"], self[f"value_{column.name}"]

    def meant(self) -> ColumnMap:
        """The mapping that was chosen."""
        columns: dict[str, Source] = {}
        for column in self.kind.columns:
            chosen = self.cleaned_data[f"from_{column.name}"]
            if chosen == _AS_SAID:
                columns[column.name] = self.mapping.columns.get(column.name, Source())
            elif chosen == _FIXED:
                columns[column.name] = Source(value=self.cleaned_data[f"value_{column.name}"])
            else:
                columns[column.name] = Source(tuple(filter(None, [chosen.removeprefix(_HEADER)])))
        former = self.mapping.dates if self.mapping.dates not in ORDERS.values() else ()
        keep = self.mapping.keep or (ANYTHING,)
        return replace(
            self.mapping,
            columns=columns,
            dates=ORDERS.get(self.cleaned_data["dates"], former),
            numbers=self.cleaned_data["numbers"],
            keep=keep if self.cleaned_data.get("keep") else (),
        )

    def _add_column(self, column: Column, headers: list[tuple[str, str]]) -> None:
        source = self.mapping.columns.get(column.name, Source())
        choices = [("", _("— not in the file —")), *headers, (_FIXED, _("the same for all rows:"))]
        under_condition = any(column.name in variant.columns for variant in self.mapping.variants)
        if under_condition and source == Source():
            initial = _AS_SAID
            choices.append((_AS_SAID, _("as the mapping says, by its conditions")))
        elif _is_plain(source):
            initial = f"{_HEADER}{source.headers[0]}" if source.headers else ""
        elif source.value and source == Source(value=source.value):
            initial = _FIXED
        else:
            initial = _AS_SAID
            choices.append((_AS_SAID, _described(source)))
        if initial.startswith(_HEADER) and (initial, initial.removeprefix(_HEADER)) not in headers:
            initial = self._closest(initial, headers)
        self.fields[f"from_{column.name}"] = forms.ChoiceField(
            label=str(column.title),
            required=False,
            choices=choices,
            initial=initial,
            widget=forms.Select(attrs={"class": "control"}),
        )
        self.fields[f"value_{column.name}"] = forms.CharField(
            label=_("Value of {column}").format(column=column.title),
            required=False,
            max_length=200,
            initial=source.value,
            widget=forms.TextInput(attrs={"class": "control"}),
        )

    def _closest(self, wanted: str, headers: list[tuple[str, str]]) -> str:
        """The header that a mapping means, where the file writes it otherwise."""
        alike = [choice for choice, _name in headers if choice.casefold() == wanted.casefold()]
        return alike[0] if alike else ""


def _is_plain(source: Source) -> bool:
    return source == Source(headers=source.headers) and len(source.headers) <= 1


def _described(source: Source) -> str:
    """A source that no choice of the form is, in few words."""
    said = " + ".join(source.headers) or source.value
    return _("as the mapping says: {source}").format(source=said)


def _read(upload: Any) -> ColumnMap:
    """The mapping in an uploaded file; what is wrong with it goes beside the field."""
    try:
        return parse_map(upload.read(LONGEST_FILE + 1))
    except Refused as refusal:
        raise forms.ValidationError(refusal.sentence) from None
