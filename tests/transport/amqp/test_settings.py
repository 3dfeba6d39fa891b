"""Where a broker is: what is read, what is refused, what never shows."""

import pytest

from gateway.errors import DefinitionRefused
from gateway.transport.amqp.settings import TlsFiles, amqp_endpoint


def test_a_url_is_read() -> None:
    made = amqp_endpoint("amqp://us%2Fer:pa%40ss@127.0.0.1:5673/agency.a%2Fb")
    assert (made.hosts, made.vhost, made.username, made.password) == (
        (("127.0.0.1", 5673),),
        "agency.a/b",
        "us/er",
        "pa@ss",
    )
    assert made.tls is None
    assert amqp_endpoint("amqp://localhost").vhost == "/"
    assert amqp_endpoint("amqp://localhost/").vhost == "/"


def test_several_hosts_and_tls() -> None:
    files = TlsFiles(ca="ca.pem")
    made = amqp_endpoint("amqps://u:p@one.example,two.example:5672,[::1]:9/v", tls=files)
    assert made.hosts == (("one.example", 5671), ("two.example", 5672), ("::1", 9))
    assert made.tls == files
    assert amqp_endpoint("amqps://one.example").tls == TlsFiles()


def test_the_password_does_not_show() -> None:
    made = amqp_endpoint("amqp://user:s3cret@localhost/")
    assert "s3cret" not in repr(made)
    assert made.on_vhost("x").password == "s3cret"
    assert made.on_vhost("x").vhost == "x"


@pytest.mark.parametrize("host", ["broker.example", "10.0.0.1", "127.0.0.1,broker.example"])
def test_plain_amqp_is_refused_beyond_this_machine(host: str) -> None:
    with pytest.raises(DefinitionRefused) as refused:
        amqp_endpoint(f"amqp://u:s3cret@{host}/")
    assert refused.value.code == "SEC-220"
    assert "s3cret" not in str(refused.value)
    assert amqp_endpoint(f"amqp://u:p@{host}/", insecure_dev=True).tls is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost",
        "http://localhost/",
        "amqp://",
        "amqp://localhost:99999/",
        "amqp://localhost:x/",
        "amqp://a,,b/",
        "amqp://localhost/?heartbeat=0",
        "amqp://localhost/#x",
    ],
)
def test_other_texts_are_refused(url: str) -> None:
    with pytest.raises(DefinitionRefused) as refused:
        amqp_endpoint(url, insecure_dev=True)
    assert refused.value.code == "DEL-210"
