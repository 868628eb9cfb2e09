"""Where a store is, as an address: what of it may be said, and what of it may stand on a command line."""

from sqlalchemy import URL, make_url

SECRETS = frozenset({"password", "sslpassword", "scram_client_key", "scram_server_key", "oauth_client_secret"})
"""Of what PostgreSQL's client library takes behind the ``?`` of an address, that which nobody else may read:
https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS."""


def shown(address: str | URL) -> str:
    """For words: without what is secret in it."""
    url = make_url(address)
    hidden = dict.fromkeys(SECRETS & url.query.keys(), "hidden")
    return url.update_query_dict(hidden).render_as_string(hide_password=True)


def holds_secret(address: URL) -> bool:
    """Whether it must not be seen."""
    return address.password is not None or bool(SECRETS & address.query.keys())


def of_database(address: URL, name: str) -> URL:
    """Another database on the same server. Behind the ``?`` a name would go before the address's own."""
    return address.difference_update_query(["dbname"]).set(database=name)
