"""Pages that gather from below: home, search, notifications, audit, settings. No table of business."""
