"""The command line: start a node, prove it, rebuild it, look at it, try it out."""

import typer

from standfast.cli import (
    api_process,
    backup,
    clients,
    doctor,
    exchange_process,
    init,
    keys,
    peers,
    people,
    records,
    restore,
    sites,
    tls,
    trial,
    up,
)
from standfast.kernel.logs import configure_logs

app = typer.Typer(
    name="standfast",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # they print what broke; kernel.logs prints where
)


@app.callback()
def begin() -> None:
    """Urgent care that keeps going."""
    configure_logs()


app.command()(init.init)
app.command()(up.up)
app.command()(records.verify)
app.command()(records.heads)
app.command()(records.rebuild)
app.command()(records.events)
app.command()(restore.restore)
app.command()(trial.simulate)
app.command()(doctor.doctor)
app.command()(doctor.ready)
app.command()(doctor.roles)
app.add_typer(backup.app, name="backup")
app.add_typer(keys.app, name="keys")
app.add_typer(tls.app, name="tls")
app.add_typer(people.staff, name="staff")
app.add_typer(people.roster, name="roster")
app.command()(clients.token)
app.add_typer(clients.app, name="client")
app.add_typer(clients.api, name="api")
app.add_typer(sites.app, name="site")
app.add_typer(peers.app, name="peers")
app.command(api_process.COMMAND, hidden=True)(api_process.serve_api)
app.command(exchange_process.COMMAND, hidden=True)(exchange_process.serve_exchange)
