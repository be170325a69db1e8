"""What `switchboard dev` says when everything is ready: the one place where a key is shown."""

import json
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from app.cli.ready_file import Ready


def show_panel(console: Console, ready: Ready, *, data_dir: Path, ready_file: Path | None) -> None:
    """Addresses, the API key, where data and logs are."""
    database = urlsplit(ready.postgres_dsn.reveal())
    rows = {
        "API": ready.url,
        "OpenAPI": f"{ready.url}/schema/openapi.json",
        "Organisation": ready.organisation_id,
        "API key": ready.api_key.reveal(),
        "Demo app": ready.demo_app_id,
        "Demo provider": ready.provider_url,
        "OpenBao": ready.vault_addr,
        "Postgres": f"{database.hostname}:{database.port}{database.path}",
        "Data and keys": str(data_dir),
        "Logs": "there: service.log, */openbao.log, */postgres.log",
        "Ready file": None if ready_file is None else str(ready_file),
    }
    table = Table.grid(padding=(0, 2))
    for name, value in rows.items():
        if value is not None:
            table.add_row(Text(name, style="bold"), Text(value, overflow="fold"))
    title = "Switchboard is ready. Ctrl-C stops everything"
    console.print(Panel(table, title=title, expand=False, border_style="green"))


def show_first_flow(console: Console, ready: Ready, link: str) -> None:
    """A link to try in a browser, and how to have another."""
    body = json.dumps({"appId": ready.demo_app_id, "authType": "oidc"})
    lines = [
        "Connect the demo provider: open this in a browser within 10 minutes, and sign in there as anybody.",
        "",
        f"  {link}",
        "",
        "For another link, with the key above in API_KEY:",
        "",
        f"  curl -X POST {ready.url}/v1alpha1/organisations/{ready.organisation_id}/connection-init \\",
        '    -H "Authorization: Bearer $API_KEY" -H "Content-Type: application/json" \\',
        f"    -d '{body}'",
        "",
    ]
    console.print("\n".join(lines), soft_wrap=True, markup=False, highlight=False)
