"""One version of a decision set, by its path: a deployment, its `gateway.yaml`, or a folder of the officer's files."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from gateway.cli.policy.decisions import decision_set
from gateway.deployment import PlanFile, read_plan
from gateway.deployment.read import read_file
from gateway.errors import DefinitionRefused, Fault, Place
from gateway.policy.compare.beside import tests_of
from gateway.policy.language import DecisionSet

__all__ = ["Version", "read_version"]


@dataclass(frozen=True, slots=True)
class Version:
    """A decision set with the officer's tests beside it (`beside.tests_of`)."""

    decisions: DecisionSet
    tests: dict[str, str]


def read_version(path: Path, config: Path) -> Version:
    """Read a version. In a folder without `gateway.yaml` the files are named as in the plan of `config`.

    Raises DefinitionRefused: CFG and POL codes of loading, POL-074 where there is nothing to read.
    """
    settings = path / "gateway.yaml" if path.is_dir() else path
    if settings.is_file():
        plan, files, exchange = read_plan(settings)
    elif path.is_dir():
        plan, files, exchange = read_plan(config)
        files = files | _instead(path, plan)
    else:
        fix = "name a deployment, its gateway.yaml, or a folder with the officer's files"
        raise DefinitionRefused(Fault("POL-074", "there is no version of a policy here", Place(str(path)), fix))
    return Version(decision_set(plan, files, exchange), tests_of(files, _tests(plan)))


def _instead(folder: Path, plan: PlanFile) -> dict[str, bytes]:
    """The officer's files of a folder, under the names that the plan gives them; words that are not there are none."""
    named = (plan.policy.policy, plan.policy.partners, plan.policy.vocabulary, _tests(plan))
    places = {PurePosixPath(name).name: name for name in named}
    words = PurePosixPath(plan.policy.vocabulary).parent
    places |= {each.name: str(words / each.name) for each in folder.glob("words.*.yaml")}
    found = {name: folder / base for base, name in places.items() if (folder / base).is_file()}
    if plan.policy.policy not in found:
        base = PurePosixPath(plan.policy.policy).name
        fix = f"add `{base}`, or name a folder that has it"
        raise DefinitionRefused(Fault("POL-074", "there is no version of a policy here", Place(str(folder)), fix))
    return {name: read_file(place, name) for name, place in found.items()}


def _tests(plan: PlanFile) -> str:
    path = PurePosixPath(plan.policy.policy)
    return str(path.with_name(path.name.replace(".policy.yaml", ".tests.yaml")))
