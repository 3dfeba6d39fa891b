"""One change at a time: which slips in a policy its promises and tests would catch (policy-language.md 10)."""
