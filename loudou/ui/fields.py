"""Form fields that read what people type, and refuse what no field may hold."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models.fields import BLANK_CHOICE_DASH
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from loudou.kernel.money import LARGEST, parse_amount
from loudou.ui.texts import storable

EARLIEST_YEAR, LATEST_YEAR = 1990, 2100


class AmountField(forms.Field):
    """An amount of money as people write it: `1,234.50`, `12万`. Not negative unless allowed."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    parse = staticmethod(parse_amount)

    def __init__(self, *, negative: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.negative = negative

    def to_python(self, value: Any) -> Decimal | None:
        if value in self.empty_values:
            return None
        try:
            amount = self.parse(str(value))
        except ValueError:
            raise ValidationError(_("Write an amount such as 1,234.50 or 12万.")) from None
        if amount < 0 and not self.negative:
            raise ValidationError(_("The amount must not be negative."))
        if abs(amount) > LARGEST:
            raise ValidationError(_("The amount is too large."))
        if amount != amount.quantize(Decimal("0.01")):
            raise ValidationError(_("At most two decimal places."))
        return amount


class DayField(forms.DateField):
    """A calendar day between 1990 and 2100, from the browser's own date picker."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        if day is not None and not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
            raise ValidationError(_("The year must lie between 1990 and 2100."))
        return day


class InstantField(forms.DateTimeField):
    """A day and time between 1990 and 2100, in the organisation's time zone."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def clean(self, value: Any) -> Any:
        instant = super().clean(value)
        if instant is not None and not EARLIEST_YEAR <= instant.year <= LATEST_YEAR:
            raise ValidationError(_("The year must lie between 1990 and 2100."))
        return instant


class HourField(forms.TimeField):
    """A time of a day that the page knows already; an instant is shown as the organisation's clocks had it."""

    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")

    def prepare_value(self, value: Any) -> Any:
        return timezone.localtime(value) if isinstance(value, datetime) else value

    @staticmethod
    def on(day: date, hour: time | None) -> datetime | None:
        """The instant at which the organisation's clocks show a time on a day."""
        return None if hour is None else timezone.make_aware(datetime.combine(day, hour))


class PercentField(forms.DecimalField):
    """A ratio typed as per cent: 35 is kept as 0.35."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def __init__(self, **options: Any) -> None:
        super().__init__(
            **({"min_value": 0, "max_value": 100, "decimal_places": 2, "max_digits": 5} | options)
        )

    def clean(self, value: Any) -> Any:
        if isinstance(value, str):
            value = value.strip().removesuffix("%").removesuffix("％").strip()
        number = super().clean(value)
        return None if number is None else number / 100

    def prepare_value(self, value: Any) -> Any:
        return f"{value * 100:f}".rstrip("0").rstrip(".") if isinstance(value, Decimal) else value


class SteadyForm(forms.Form):
    """The base of all forms: refuses characters no database text can hold, and carries the version a person saw."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            if isinstance(field, forms.ModelChoiceField) and field.empty_label == BLANK_CHOICE_DASH[0][1]:
                field.empty_label = "—"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name, value in cleaned.items():
            if isinstance(value, str) and not storable(value):
                self.add_error(name, _("This contains characters that cannot be kept."))
        for name, typed in self._not_chosen(cleaned):
            self.add_error(name, _("Choose “%(typed)s” from the list.") % {"typed": typed})
        return cleaned

    def _not_chosen(self, cleaned: dict[str, Any]) -> list[tuple[str, str]]:
        """What was typed where a row is to be chosen, and nobody chose one: it must not be lost in silence."""
        looked_up = [
            name
            for name, field in self.fields.items()
            if isinstance(field, forms.ModelChoiceField) and isinstance(field.widget, forms.HiddenInput)
        ]
        typed = {name: str(self.data.get(f"{self.add_prefix(name)}_text", "")).strip() for name in looked_up}
        return [
            (name, text[:80])
            for name, text in typed.items()
            if text and name in cleaned and cleaned[name] is None
        ]
