"""Answers Rasa's imports of packages this environment leaves out.

Rasa imports TensorFlow, the libraries of a dozen chat platforms and three database drivers at start, whatever
the pipeline. Ours uses none of them, and they are two thirds of the environment and most of its memory. With
`install()` their names import as placeholders: good enough for a base class or a type annotation, and an
error naming the remedy as soon as anything is really done with them.
"""

import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import NoReturn

TENSORFLOW = frozenset({"keras", "tensorflow", "tensorflow_hub", "tensorflow_text"})
"""Brought back by installing `requirements-tensorflow.lock` in place of `requirements.lock`."""

LEFT_OUT = TENSORFLOW | {
    "aiogram",
    "aio_pika",
    "aiormq",
    "boto3",
    "fbmessenger",
    "google.auth",
    "google.oauth2",
    "matplotlib",
    "psycopg2",
    "pymongo",
    "randomname",
    "redis",
    "slack_sdk",
    "socketio",
    "structlog_sentry",
    "twilio",
    "webexteamssdk",
}
"""Import names of what `overrides.txt` drops and Rasa still imports."""


class NotInstalled(RuntimeError):
    """Something tried to use a package of which only the name is here; the message names the remedy."""


def _refuse(name: str) -> NoReturn:
    package = name.partition(".")[0]
    if package in TENSORFLOW:
        remedy = "install bot/rasa/requirements-tensorflow.lock in place of requirements.lock"
    else:
        remedy = f"take {package} out of bot/rasa/overrides.txt and lock again"
    raise NotInstalled(f"{name} was used, but {package} is not installed here; to use it, {remedy}")


class _Placeholder(type):
    """The type of every name in a stand-in: may be inherited from and annotated with, never called."""

    def __getattr__(cls, name: str) -> "_Placeholder":
        if name.startswith("__"):
            raise AttributeError(name)
        return _Placeholder(f"{cls.__name__}.{name}", (), {})

    def __call__(cls, *_: object, **__: object) -> NoReturn:
        # Rasa's own class may be called, such as a network; what is missing is what that inherits from.
        _refuse(cls.__mro__[-2].__name__)


class _StandIn(ModuleType):
    """A module whose every name is a placeholder."""

    def __getattr__(self, name: str) -> _Placeholder:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Placeholder(f"{self.__name__}.{name}", (), {})


class _Finder(MetaPathFinder, Loader):
    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        within_stand_in = isinstance(sys.modules.get(name.rpartition(".")[0]), _StandIn)
        return ModuleSpec(name, self, is_package=True) if within_stand_in or name in LEFT_OUT else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _StandIn(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to run: the names appear when they are asked for."""


def install() -> None:
    """Let the packages left out be imported. The finder is asked last, so an installed package wins."""
    sys.meta_path.append(_Finder())
