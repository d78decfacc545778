"""Whose a customer or a contact is stands in the index it is found by; a contact's marks follow its customer's."""

import django.contrib.postgres.fields
from django.db import migrations, models

from loudou.ui.search import marks_of, search_index

# The customer's row is held while a contact takes its marks, so that a change of owner that is going on is waited for,
# and one that comes after finds the contact.
FORWARD = """
UPDATE customers_contact SET marks = array_remove(ARRAY[owner_id, -unit_id], NULL)
FROM customers_customer WHERE customers_customer.id = customer_id;
CREATE FUNCTION customers_contact_marks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT array_remove(ARRAY[owner_id, -unit_id], NULL) INTO NEW.marks
    FROM customers_customer WHERE id = NEW.customer_id FOR SHARE;
    RETURN NEW;
END
$$;
CREATE TRIGGER contact_marks BEFORE INSERT OR UPDATE OF customer_id, marks ON customers_contact
    FOR EACH ROW EXECUTE FUNCTION customers_contact_marks();
CREATE FUNCTION customers_marked_anew() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE customers_contact SET marks = marks WHERE customer_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER marked_anew AFTER UPDATE OF owner_id, unit_id ON customers_customer
    FOR EACH ROW WHEN (OLD.owner_id IS DISTINCT FROM NEW.owner_id OR OLD.unit_id IS DISTINCT FROM NEW.unit_id)
    EXECUTE FUNCTION customers_marked_anew();
"""
BACKWARD = "DROP FUNCTION customers_contact_marks() CASCADE; DROP FUNCTION customers_marked_anew() CASCADE;"


class Migration(migrations.Migration):
    dependencies = [("customers", "0006_sight")]

    operations = [
        migrations.RemoveIndex(model_name="contact", name="contact_search"),
        migrations.RemoveIndex(model_name="customer", name="customer_search"),
        migrations.AddField(
            model_name="contact",
            name="marks",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), default=list, editable=False, size=None
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.AddIndex(model_name="contact", index=search_index("contact_search", models.F("marks"))),
        migrations.AddIndex(
            model_name="customer", index=search_index("customer_search", marks_of("owner", "unit"))
        ),
        # How many rows have which marks only this tells of an expression.
        migrations.RunSQL("ANALYZE customers_customer, customers_contact", migrations.RunSQL.noop),
    ]
