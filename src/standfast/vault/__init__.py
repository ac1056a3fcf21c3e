"""The site's keys: what they are, how they lie sealed on disk, and who may have them opened.

One key, the wrapping key, seals all others in one file, ``keys.sealed``. How the wrapping key
itself is kept (two people's passphrases, systemd's credentials or a TPM, a PKCS#11 token) is
each provider's business and nobody else's. The demonstration keeps its keys in the open.
"""
