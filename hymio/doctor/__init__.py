"""``hymio doctor``: looks after a running site by experiment. A file a check; `examination` puts them in a row.

A check tries the thing itself and yields findings: what it saw, and what is to be done about it.
"""
