"""Other systems that call this site: who they are, with which keys, how much, and how to stop it.

Owns the `clients.client`, `clients.token`, `clients.switch` and `clients.use` streams, the token
endpoint, and the gate that every page for machines is behind (`web/machines.py`). Keeps no
secret: of a client its public keys, of a token its hash.
"""
