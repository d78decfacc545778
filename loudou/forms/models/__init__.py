from loudou.forms.models.forms import BuiltIn, Form, FormVersion, Period, Review
from loudou.forms.models.records import FormRecord, Reading

__all__ = ["BuiltIn", "Form", "FormRecord", "FormVersion", "Period", "Reading", "Review"]
