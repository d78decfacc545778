"""What people write and attach to a record of any room: notes, files, and who is meant by an @. No table of its own."""
