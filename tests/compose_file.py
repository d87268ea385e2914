"""docker-compose.yml, read by a compose implementation, is what it must be. `make compose` runs this.

    .venv/bin/python tests/compose_file.py

No container engine is needed: ``docker compose config`` (or Debian's ``docker-compose config``) only
reads the file. Where there is neither, the rules are checked on the plain file, and it says so.

Mutation: publish a port of the engine, rename a command of ``bot/cli.py``, or have postgres:16.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from bot.settings import Settings

ROOT = Path(__file__).parents[1]
SECRETS = ("POSTGRES_PASSWORD", "RECOURSE_SECRET_KEY", "RECOURSE_ENGINE_TOKEN", "RECOURSE_ACTIONS_TOKEN")
OURS = ("migrate", "engine", "web", "worker")
LEFT_TO_THE_DEFAULT = {
    "RECOURSE_PORT",  # the published one; inside the container it is 8080
    "RECOURSE_ACTIONS_PORT",
    "RECOURSE_ENGINE_PYTHON",  # the engine has a container of its own
    "RECOURSE_MODELS_DIR",
    "RECOURSE_WORKERS",  # of `recourse up`; here each is a container: `--scale worker=3`
    "TELEGRAM_API_URL",  # for tests
    "SLACK_API_URL",
    "TWILIO_API_URL",
}


def main() -> None:
    """Check everything; one line for each rule that is broken, and status 1."""
    implementation = find_implementation()
    if implementation is None:
        sys.stdout.write("SKIPPED: NO COMPOSE IMPLEMENTATION HERE, docker-compose.yml is only read as YAML\n")
    content = resolved(implementation) if implementation else plain()
    broken = problems(content["services"])
    for problem in broken:
        sys.stderr.write(f"docker-compose.yml: {problem}\n")
    if broken:
        sys.exit(1)
    how = " ".join(implementation) if implementation else "plain YAML"
    sys.stdout.write(f"docker-compose.yml holds, by {how}: {', '.join(sorted(content['services']))}\n")


def find_implementation() -> list[str] | None:
    """The command of a compose implementation on this machine."""
    for command in (["docker", "compose"], ["docker-compose"]):
        found = shutil.which(command[0])
        if found and subprocess.run([*command, "version"], capture_output=True, check=False).returncode == 0:
            return command
    return None


def resolved(implementation: list[str]) -> dict[str, Any]:
    """The file as the implementation understands it, with every needed secret given; and none missing."""
    command = [*implementation, "--file", str(ROOT / "docker-compose.yml"), "config"]
    bare = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent"}
    without = subprocess.run(command, env=bare, cwd="/", capture_output=True, text=True, check=False)
    if without.returncode == 0:
        sys.exit(
            "docker-compose.yml: starts without its secrets; each must be asked for with ${NAME:?set it}"
        )
    given = bare | {name: f"{name.lower()}-of-the-test" for name in SECRETS}
    done = subprocess.run(command, env=given, cwd="/", capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"docker-compose.yml: {done.stderr.strip()}")
    content: dict[str, Any] = yaml.safe_load(done.stdout)
    return content


def plain() -> dict[str, Any]:
    """The file with its anchors resolved, and its variables left as they are."""
    content: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return content


def problems(services: dict[str, Any]) -> list[str]:
    """Every rule that the services break, in words."""
    missing = {"database", *OURS} - services.keys()
    if missing:
        return [f"there is no service {name}" for name in sorted(missing)]
    found = []
    for name in OURS:
        service = services[name]
        if str(service.get("user", "root")).split(":")[0] in ("root", "0"):
            found.append(f"{name} runs as root")
        if service.get("read_only") is not True:
            found.append(f"{name} can write to its image (read_only)")
        if service.get("cap_drop") != ["ALL"]:
            found.append(f"{name} keeps capabilities (cap_drop)")
        if "no-new-privileges:true" not in service.get("security_opt", []):
            found.append(f"{name} may gain privileges (security_opt)")
        if f"AS {service['build']['target']}\n" not in (ROOT / "Dockerfile").read_text(encoding="utf-8"):
            found.append(f"{name} wants an image that the Dockerfile does not build")
    found += [
        f"{name} has a published port" for name in services if name != "web" and services[name].get("ports")
    ]
    found += [
        f"{name} can reach the network outside"
        for name in ("database", "engine", "migrate")
        if set(services[name]["networks"]) != {"inner"}
    ]
    for name in ("migrate", "web", "worker"):
        found += [f"{name}: {problem}" for problem in wrong_command(services[name]["command"])]
        found += [f"{name}: {problem}" for problem in wrong_settings(services[name]["environment"])]
    version = str(services["database"]["image"]).partition(":")[2]
    if f"postgresql-client-{version} " not in (ROOT / "Dockerfile").read_text(encoding="utf-8"):
        found.append(f"the program's image has no pg_dump {version}, which `recourse backup` needs")
    program, script = services["engine"]["command"][:2]
    if program != "python" or not (ROOT / script).is_file():
        found.append(f"engine: there is no {script}")
    return found


def wrong_command(words: list[str]) -> list[str]:
    """What the command line does not understand of ``words``."""
    program = Path(sys.executable).with_name(words[0])
    if not program.exists():
        return [f"{words[0]} is not our program"]
    asked = subprocess.run([program, *words[1:], "--help"], capture_output=True, text=True, check=False)
    return [] if asked.returncode == 0 else [f"`{' '.join(words)}` is no command"]


def wrong_settings(environment: dict[str, Any]) -> list[str]:
    """Settings that the program does not know, or that an operator could not set here."""
    known = {str(field.validation_alias.choices[0]) for field in Settings.model_fields.values()}  # type: ignore[union-attr]
    return [f"{name} is no setting" for name in sorted(environment.keys() - known)] + [
        f"the setting {name} is not passed on"
        for name in sorted(known - environment.keys() - LEFT_TO_THE_DEFAULT)
    ]


if __name__ == "__main__":
    main()
