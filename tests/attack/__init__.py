"""Attacks on a whole site. ``make attack`` runs them all; each is a test as well.

A module here is one kind of attacker. It registers what it tries:

    from tests.attack.registry import Ground, Outcome, attack, refused

    @attack("Sign in with yesterday's assertion")
    async def replay(ground: Ground) -> Outcome:
        async with ground.site(real_sign_in=True) as site:
            answer = await site.post("/sign-in/passkey", OLD)
        return refused("the challenge is used once") if answer.status_code == 401 else LET_IN

``ground`` gives what an attacker finds: a database of this attack's own with one of everything
in it, a platform on it (:meth:`Ground.site`), and a real node (:meth:`Ground.node`). Say in the
answer who said no, as an operator would recognise it: "refused by ...", "found by ...". An
attack that raises, or that ends in ``got_through``, fails the test and the command.
"""
