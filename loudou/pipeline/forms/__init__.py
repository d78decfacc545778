"""The shape of what people enter about deals and funnels: one form an act, named after its verb."""
