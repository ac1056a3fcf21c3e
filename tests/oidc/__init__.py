"""The sign-in service: the real npm ``oidc-provider`` on loopback, and forgers of our own."""
