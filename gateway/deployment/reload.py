"""Loading changed mappings while messages flow: a new plan from the files as they are now, or why not.

Mappings, parts, tables, layouts and schemas of agencies and partners may change this way, nothing else. Settings, the
plan file, the exchange format, policy, register, vocabulary, tests and words are refused: those are changed by a
restart, or signed and activated. Guarantees that a plan which is given differs in mappings only and that every mapping
of it passed check and tests; the plan that runs is not touched. Not done here: watching, swapping, recording.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from gateway.deployment.candidate import officers_paths
from gateway.deployment.load import Deployment, read_plan, read_settings
from gateway.deployment.mappings import Faults, Mappings
from gateway.errors import DefinitionRefused, Fault, Place
from gateway.plan import Plan, make_plan

__all__ = ["reload_mappings"]


def reload_mappings(current: Deployment) -> Deployment:
    """Give the deployment with the mappings as its files say now; the plan's digest tells whether anything changed.

    Raises DefinitionRefused with every fault: CFG-090 for what may not change this way, and those of mappings and
    their tests. Cost: that of a start without policy; call it beside the loop.
    """
    settings = read_settings(current.config).model_copy(update={"data": current.settings.data})
    plan_file, files, exchange = read_plan(current.config)
    refused = [
        *_changed("settings", current.config.name, settings != current.settings),
        *_changed("plan", current.settings.plan, plan_file != current.plan_file),
        *_changed("exchange format", plan_file.exchange, exchange.digest != current.plan.exchange.digest),
        *_officers(current, files),
    ]
    if refused:
        raise DefinitionRefused.of(refused)
    faults = Faults()
    mappings = Mappings(files, current.plan.exchange, faults, engine=current.engine)
    channels, routes = mappings.channels(plan_file), mappings.routes(plan_file)
    if faults.errors:
        raise DefinitionRefused.of(faults.errors)
    old = current.plan
    plan: Plan = make_plan(
        exchange=old.exchange,
        channels=channels,
        routes=routes,
        policy=old.policy,
        home_country=old.home_country,
        identity=old.identity,
        secrets=old.secrets,
    )
    plan = replace(plan, activation=old.activation, guard=old.guard)
    return replace(current, plan=plan, files=files, warnings=tuple(faults.warnings))


def _changed(what: str, file: str, changed: bool) -> Iterator[Fault]:
    if changed:
        fix = "undo the change, or restart the gateway"
        yield Fault("CFG-090", f"the {what} changed, and only mappings are loaded this way", Place(file=file), fix)


def _officers(current: Deployment, files: Mapping[str, bytes]) -> Iterator[Fault]:
    known = (officers_paths(current.plan_file, each) for each in (current.files, files))
    for file in sorted({path for paths in known for path in paths.values()}):
        if files.get(file) != current.files.get(file):
            fix = "undo the change, or have it signed and activated"
            message = "an officer's file changed, and such files are activated, never reloaded"
            yield Fault("CFG-091", message, Place(file=file), fix)
