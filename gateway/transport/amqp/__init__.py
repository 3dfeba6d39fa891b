"""AMQP 0-9-1 through pika, wrapped completely: above this package there are no callbacks.

`settings` says where a broker is, `services` is pika's loop with a way to abort, `connection` and `channel` put a
deadline on every call, `link` keeps one connection alive, `acks` and `confirms` are the pure bookkeeping, `consumer`
and `publisher` one channel each, `queue` the Source and the Sink, `properties` the header rule, `topology` the names
and definitions of section 2 of the delivery design, `capabilities` what each RabbitMQ can do.
"""

__all__: list[str] = []
