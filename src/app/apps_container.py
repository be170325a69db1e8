"""The part of the container that knows apps, and what is done with them."""

from dependency_injector import providers

from adapters.postgres.apps import PostgresAppStore
from app.secrets_container import SecretsContainer
from app.use_cases.create_app import CreateApp
from app.use_cases.delete_app import DeleteApp
from app.use_cases.read_app import ListApps, ListPublicApps, ReadApp, ReadPublicApp
from app.use_cases.replace_app import ReplaceApp
from app.use_cases.shared_clients import RefuseSharedClients


class AppsContainer(SecretsContainer):
    """Apps, whose client secrets are in the secret store."""

    clock = SecretsContainer.clock
    mint = SecretsContainer.mint
    organisations = SecretsContainer.organisations
    secrets = SecretsContainer.secrets

    apps = providers.Factory(PostgresAppStore, SecretsContainer.pool)
    refuse_shared_clients = providers.Factory(RefuseSharedClients, apps)
    create_app = providers.Factory(
        CreateApp,
        mint=mint,
        organisations=organisations,
        apps=apps,
        secrets=secrets,
        refuse_shared_clients=refuse_shared_clients,
    )
    replace_app = providers.Factory(
        ReplaceApp, clock=clock, apps=apps, secrets=secrets, refuse_shared_clients=refuse_shared_clients
    )
    delete_app = providers.Factory(DeleteApp, apps)
    read_app = providers.Factory(ReadApp, apps)
    list_apps = providers.Factory(ListApps, apps)
    read_public_app = providers.Factory(ReadPublicApp, apps)
    list_public_apps = providers.Factory(ListPublicApps, apps)
