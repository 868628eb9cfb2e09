"""An address says where a store is, and nothing that is secret in it."""

import pytest
from sqlalchemy import make_url

from collector.database.address import holds_secret, of_database, shown


@pytest.mark.parametrize(
    "secret",
    [
        "postgresql://a:hush@db.example/hymio",
        "postgresql://a@db.example/hymio?password=hush&sslmode=require",
        "postgresql://a@db.example/hymio?sslpassword=hush",
        "postgresql://a@db.example/hymio?oauth_client_secret=hush",
    ],
)
def test_what_is_secret_in_an_address_is_not_shown(secret):
    assert "hush" not in shown(secret) and "db.example/hymio" in shown(secret)
    assert holds_secret(make_url(secret))


@pytest.mark.parametrize("plain", ["sqlite:///a/b.sqlite", "postgresql://a@/hymio?host=db.example&sslmode=verify-full"])
def test_an_address_without_a_secret_is_shown_whole(plain):
    assert shown(plain) == plain
    assert not holds_secret(make_url(plain))


def test_another_database_of_the_same_server_keeps_all_else():
    address = make_url("postgresql://a:b@/?host=db.example&dbname=hymio&sslmode=require")
    other = of_database(address, "drill")
    assert other == make_url("postgresql://a:b@/drill?host=db.example&sslmode=require")
