"""Starting and stopping: the embedded database, the web and worker processes, backup and restore.

Nothing here belongs to the business; the rooms know nothing of it.
"""
