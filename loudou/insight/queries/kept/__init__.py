"""Figures whose sums are kept, so that a second look reads nothing again (decision 15, `pipeline.kept`).

Of a past instant, which as known then change no more: `flows`, `courses`, `through`, `sheets`, `starts`. Carried on from
the last look, with what became known since: `cohorts`, `closings`, `waterfalls`.
"""
