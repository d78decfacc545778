"""Backups: one file with the database, what people attached and the journal's anchors, proved before it counts.

The file is a plain tar, or the same inside an age file (age-encryption.org) for a recipient whose secret key lies
elsewhere. Its members, in this order: `loudou.json` (what this is), `database.dump` (pg_dump, custom format),
`journal.anchors`, `files/…`, `manifest.json` (rows and checksum of every table at the snapshot the dump was taken
from; name, size and SHA-256 of every member), `manifest.sha256`.
"""
