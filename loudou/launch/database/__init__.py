"""Django's PostgreSQL, with instants read by psycopg's C and statements that the server keeps planned."""
