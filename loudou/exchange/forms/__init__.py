"""The shape of what people say about data that comes in and goes out."""
