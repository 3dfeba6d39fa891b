"""Paths into documents, as values: an XPath 1.0 subset and RFC 9535 JSONPath."""
