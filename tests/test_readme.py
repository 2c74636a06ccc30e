"""The commands and the models that the README shows are real ones."""

import re
import shlex
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(set(re.findall(r"`(leadline [a-z]+[^`]*)`", README)))


def test_the_make_targets_of_the_pages_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):(?!=)", makefile, flags=re.MULTILINE))
    pages = README + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(re.findall(r"(?:`|\$ )make ([a-z-]+)", pages))
    assert {"demo", "test"} <= named
    assert named <= targets


@pytest.mark.skipif(not find_spec("leadline.cli"), reason="the command line is still to come")
@pytest.mark.parametrize("command", COMMANDS)
def test_commands_of_the_readme_parse(command: str) -> None:
    """Each option exists: the parser, and it alone, has to be content with the line."""
    from typer.main import get_command

    from leadline.cli import app

    group = get_command(app)
    name, *arguments = shlex.split(command)[1:]
    subcommand = group.commands[name]
    subcommand.make_context(name, [*arguments], resilient_parsing=True)
    known = {option for parameter in subcommand.params for option in parameter.opts}
    assert {argument for argument in arguments if argument.startswith("--")} <= known


@pytest.mark.parametrize("block", re.findall(r"```yaml\n(.*?)```", README, flags=re.DOTALL))
def test_models_of_the_readme_are_right(block: str) -> None:
    import leadline

    if not hasattr(leadline, "read_model"):
        pytest.skip("read_model is still to come")
    leadline.read_model(block)
