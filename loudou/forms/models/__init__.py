from loudou.forms.models.forms import BuiltIn, Form, FormVersion, Period, Review
from loudou.forms.models.records import FormFile, FormRecord, Reading

__all__ = ["BuiltIn", "Form", "FormFile", "FormRecord", "FormVersion", "Period", "Reading", "Review"]
