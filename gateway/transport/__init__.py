"""The world's edges: sources that hand over what agencies send, sinks that carry what partners may have.

Guarantees: a source owns its message until `settle`; a sink says `DELIVERED` only when the other side holds the bytes;
properties and headers of what leaves are built from scratch from a fixed list; every wait on the world has a limit.
Does not decide anything about content, and never reads a clock to order anything.

`embedded` for one machine without services, `amqp` for RabbitMQ, `http_source` and `http_sink`, `folder`;
`backoff`, `breaker` and `lanes` are pure values for whoever schedules attempts.
"""

__all__: list[str] = []
