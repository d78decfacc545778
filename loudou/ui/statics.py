"""Static files under names that carry their content's hash, imports between modules included."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc] # whitenoise is untyped
    """As whitenoise's, and `import "./x.js"` is rewritten too, so that every file may be kept for ever."""

    support_js_module_import_aggregation = True
    manifest_strict = False
