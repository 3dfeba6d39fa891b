"""The integrator's guide, read as an integrator does: its files are written and its commands run, in its order."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
GUIDE = (REPOSITORY / "docs/guide/integrator.md").read_text("utf-8")
FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXITS = re.compile(r"^(gateway .*?)\s+# exit (\d)$", re.MULTILINE)


def steps() -> list[str]:
    """The ten steps, by their headings."""
    return re.split(r"^(?=## \d+\. )", GUIDE, flags=re.MULTILINE)[1:]


def test_the_guide_has_ten_steps_and_every_command_of_a_mapping() -> None:
    assert len(steps()) == 10
    shown = {match[1] for match in re.finditer(r"^gateway mapping (\w+)", GUIDE, re.MULTILINE)}
    folder = REPOSITORY / "gateway/cli/mapping"
    commands = {
        path.stem for path in folder.glob("*.py") if f'"{path.stem}")(' in (folder / "__init__.py").read_text("utf-8")
    }
    assert commands - {"serve"} <= shown, "serve is started by an editor"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_step_works_as_it_is_written(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "NO_COLOR": "1",
    }
    environment.pop("GATEWAY_CONFIG", None)
    here = tmp_path
    for step in steps():
        heading = step.partition("\n")[0]
        for match in FENCE.finditer(step):
            language, name, text = match[1], match[2], match[3]
            if name:
                path = here / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, "utf-8")
            elif language == "sh":
                script = "set -euo pipefail\n" + EXITS.sub(r"\1 && exit 99 || test $? -eq \2", text)
                done = subprocess.run(
                    ["bash", "-c", script],
                    cwd=here,
                    env=environment,
                    capture_output=True,
                    text=True,
                    timeout=200,
                    check=False,
                )
                assert done.returncode == 0, f"{heading}\n{text}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
                if (tmp_path / "harbour").is_dir():
                    here = tmp_path / "harbour"
    assert (here / "coverage").is_dir()
    assert (here / "pages/index.html").is_file()
