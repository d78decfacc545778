"""How everything looks and is written: layout, components, formats, paging, charts. No table, no rule."""
