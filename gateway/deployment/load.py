"""Opens a deployment: reads its files once, loads every part, reports every fault of every part, makes the plan.

A plan with one fault is no plan: nothing runs on half of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from gateway.deployment.mappings import Faults, Mappings
from gateway.deployment.plan_file import PlanFile
from gateway.deployment.read import read_bundle, read_file, read_model
from gateway.deployment.settings import Settings
from gateway.deployment.values import read_secret
from gateway.errors import DefinitionRefused, Fault, Place
from gateway.exchange.format import ExchangeFormat, load_format
from gateway.exchange.identity import Identity
from gateway.mapping.api import EngineName
from gateway.plan import Plan, Secrets, make_plan
from gateway.policy.compile import compile_policy
from gateway.policy.load import load_decision_set
from gateway.system import KeyRing, open_keys

__all__ = ["Deployment", "open_deployment", "read_plan", "read_settings"]


@dataclass(frozen=True, slots=True)
class Deployment:
    """One opened deployment. `folder` holds `gateway.yaml`; `files` are what the plan was made of."""

    folder: Path
    settings: Settings
    plan_file: PlanFile
    plan: Plan
    keys: KeyRing = field(repr=False)
    broker: str = field(repr=False)
    """The broker's URL; empty where the queues are embedded."""
    files: Mapping[str, bytes] = field(repr=False)
    config: Path
    engine: EngineName
    warnings: tuple[Fault, ...] = ()

    @property
    def data(self) -> Path:
        """Where the journal and the keys live."""
        return self.folder / self.settings.data


def open_deployment(
    config: Path,
    *,
    engine: EngineName = "compiled",
    data: Path | None = None,
    broker: str = "",
    embedded: bool = False,
    tests: bool = True,
) -> Deployment:
    """Open the deployment whose settings are in `config` (`gateway.yaml`); makes its root key on first use.

    `engine` is `compiled` or `interpreted`. `data` overrides where the journal and keys live, `broker` the URL of the
    broker, and `embedded` says that there is none. `tests` false opens a deployment without the tests beside its
    mappings: for commands that run them themselves, never for one that a message goes through. Raises
    DefinitionRefused with every fault of settings, plan, schemas, mappings, their tests and policy, and NotPermitted
    for a key that cannot be used.
    """
    folder = config.resolve().parent
    settings = read_settings(config, data=data)
    plan_file, files, exchange = read_plan(config)
    faults = Faults()
    faults.note(_links(settings, plan_file))
    mappings = Mappings(files, exchange, faults, engine=engine, tests=tests)
    channels, routes = mappings.channels(plan_file), mappings.routes(plan_file)
    named = plan_file.policy
    decisions = faults.attempt(
        partial(load_decision_set, files, named.policy, named.partners, named.vocabulary, exchange)
    )
    if decisions is not None:
        faults.note(decisions.warnings)
        for partner in sorted(set(plan_file.partners) - set(decisions.partners)):
            fix = f"add `{partner}` to {named.partners}, or remove it from {settings.plan}"
            place = Place(file=settings.plan)
            faults.note([Fault("CFG-020", f"partner `{partner}` is not in the partner register", place, fix)])
    if faults.errors or decisions is None:
        raise DefinitionRefused(*faults.errors)
    keys = open_keys(folder / settings.data / "keys", create=True)
    plan = make_plan(
        exchange=exchange,
        channels=channels,
        routes=routes,
        policy=compile_policy(decisions),
        home_country=plan_file.home,
        identity=Identity(keys.namespace()),
        secrets=Secrets(
            inbox=keys.derive("inbox"),
            pseudonyms={route.partner: keys.derive(f"pseudonyms/{route.partner}") for route in routes},
        ),
    )
    url = "" if embedded else broker or _broker(settings, folder)
    return Deployment(
        folder, settings, plan_file, plan, keys, url, files, config.resolve(), engine, tuple(faults.warnings)
    )


def _broker(settings: Settings, folder: Path) -> str:
    return read_secret(settings.broker.url, folder).decode() if settings.broker else ""


def read_settings(config: Path, *, data: Path | None = None) -> Settings:
    """Read `gateway.yaml` alone, for commands that look at a journal without a plan. Raises DefinitionRefused."""
    settings = read_model(read_file(config, config.name), config.name, Settings)
    return settings if data is None else settings.model_copy(update={"data": str(data)})


def read_plan(config: Path) -> tuple[PlanFile, dict[str, bytes], ExchangeFormat]:
    """Read what the plan names, without loading mappings and policy. Raises DefinitionRefused."""
    folder = config.resolve().parent
    settings = read_settings(config)
    plan_file = read_model(read_file(folder / settings.plan, settings.plan), settings.plan, PlanFile)
    files = read_bundle(folder / plan_file.base)
    prefix = plan_file.exchange.rstrip("/") + "/"
    schemas = {name.removeprefix(prefix): content for name, content in files.items() if name.startswith(prefix)}
    return plan_file, files, load_format(schemas)


def _links(settings: Settings, plan_file: PlanFile) -> Iterable[Fault]:
    """Settings may link only what the plan names; what has no link of its own uses its queue."""
    for kind, linked, planned in (
        ("agency", settings.agencies, plan_file.agencies),
        ("partner", settings.partners, plan_file.partners),
    ):
        for name in sorted(set(linked) - set(planned)):
            fix = f"add it to {settings.plan}, or remove its link"
            message = f"{kind} `{name}` has a link but is not in the plan"
            yield Fault("CFG-021", message, Place(file="gateway.yaml"), fix)
