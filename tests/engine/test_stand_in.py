"""Packages left out import as placeholders, and say what to do as soon as they are really used.

Fails if `_Placeholder.__call__` in stand_in.py returns None.
"""

import subprocess
from pathlib import Path

import pytest

from tests.engine.engine_process import PYTHON, ROOT, train

PREPARED = "import stand_in; stand_in.install()\n"


def run(script: str) -> subprocess.CompletedProcess[str]:
    """The script in the engine's own environment, after the stand-ins are there."""
    return subprocess.run(
        [PYTHON, "-W", "ignore", "-c", PREPARED + script],
        cwd=ROOT / "bot/rasa",
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


@pytest.mark.usefixtures("models")
@pytest.mark.parametrize(
    ("use", "remedy"),
    [
        ("import tensorflow as tf; tf.constant(1)", "requirements-tensorflow.lock"),
        ("from tensorflow.keras import backend; backend.relu(1)", "requirements-tensorflow.lock"),
        ("import keras\nclass Net(keras.Model): pass\nNet()", "requirements-tensorflow.lock"),
        ("import boto3; boto3.client('s3')", "overrides.txt"),
    ],
)
def test_a_real_use_names_the_remedy(use: str, remedy: str) -> None:
    """Calling anything, or an heir of anything."""
    done = run(use)
    assert done.returncode == 1
    assert "NotInstalled" in done.stderr
    assert remedy in done.stderr


@pytest.mark.usefixtures("models")
def test_names_may_be_inherited_from_and_annotated_with() -> None:
    """Which is what Rasa does at import."""
    done = run(
        "from typing import Optional, Union\n"
        "import tensorflow as tf, tensorflow.keras.backend as K\n"
        "class Net(tf.keras.Model): pass\n"
        "Tensors = Union[tf.Tensor, Optional[tf.data.Dataset]]\n"
        "assert not isinstance(1, tf.Tensor)\n"
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.usefixtures("models")
def test_what_is_installed_wins() -> None:
    """And what nobody listed is missing as ever."""
    done = run(
        "stand_in.LEFT_OUT |= {'json'}\n"
        "import json; json.dumps(1)\n"
        "import google.protobuf.message\n"
        "try: import no_such_package\n"
        "except ImportError: pass\n"
        "else: raise SystemExit('no_such_package was imported')\n"
        "try: import json.no_such_module\n"
        "except ImportError: pass\n"
        "else: raise SystemExit('a part of an installed package was stood in for')\n"
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.usefixtures("models")
def test_training_diet_without_tensorflow(tmp_path: Path) -> None:
    """The trainer who asks for it is told how to get it, not where it failed."""
    config = tmp_path / "config.yml"
    config.write_text(
        "recipe: default.v1\nassistant_id: recourse\nlanguage: en\n"
        "pipeline:\n- name: WhitespaceTokenizer\n- name: CountVectorsFeaturizer\n- name: DIETClassifier\n"
        "policies:\n- name: RulePolicy\n"
    )
    with pytest.raises(AssertionError) as refusal:
        train(tmp_path / "models", "--config", str(config))
    assert "requirements-tensorflow.lock" in str(refusal.value)
    assert "Traceback" not in str(refusal.value)
