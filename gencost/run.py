"""The Hydra door: ``python -m gencost.run``; a mistake of the user's is one line and exit code 2, never a traceback."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import hydra
import yaml
from dotenv import load_dotenv
from hydra.errors import HydraException
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from gencost.config.cell import register
from gencost.errors import ObjectiveError, UserError
from gencost.paths import conf_dir
from gencost.sweep.command import FAILED, cell, collect, session
from gencost.sweep.launchers import adopt_launchers

_FULL_ERROR = "HYDRA_FULL_ERROR"


def job(cfg: DictConfig) -> None:
    """Run one cell: what Hydra calls without ``--multirun``."""
    try:
        session.run([cell(collect(cfg))])
    except UserError as error:
        session.fail(error)


def main() -> None:
    """Run the command line and exit: 0 ok, 1 a cell failed, 2 the user's mistake, 3 over budget, 130 interrupted."""
    load_dotenv(Path.cwd() / ".env")
    register()
    debug = os.environ.get(_FULL_ERROR) == "1"
    os.environ[_FULL_ERROR] = "1"  # Hydra then raises what it would otherwise print over many lines
    sys.argv[1:] = with_multirun(sys.argv[1:])
    adopt_launchers()
    try:
        _hydra_main()
    except (UserError, HydraException, OmegaConfBaseException, OSError) as error:
        if debug:
            raise
        session.fail(error)
    except ObjectiveError as error:
        session.fail(error, FAILED)
    except KeyboardInterrupt:
        session.interrupt()
    finally:
        session.close()
    sys.exit(session.exit_code)


def _hydra_main() -> None:
    settings: dict[str, Any] = {"config_path": str(conf_dir()), "config_name": "config"}
    # Hydra 1.4 drops version_base and asks which packages a config may instantiate.
    if "version_base" in inspect.signature(hydra.main).parameters:
        settings["version_base"] = "1.3"
    hydra.main(**settings)(job)()


def with_multirun(arguments: Sequence[str]) -> list[str]:
    """Add ``-m`` where the chosen experiment declares a sweep, so that its name is all the user has to type.

    Args:
        arguments: of the command line.
    """
    done = {"-m", "--multirun", "-h", "--help", "-c", "--cfg", "-i", "--info"}
    if done & {argument.split("=")[0] for argument in arguments}:
        return list(arguments)
    names = [
        a.removeprefix("+").removeprefix("experiment=") for a in arguments if a.lstrip("+").startswith("experiment=")
    ]
    for folder in (*_config_dirs(arguments), conf_dir()):
        for name in names:
            path = folder / "experiment" / f"{name}.yaml"
            if path.is_file() and _declares_sweep(path):
                return ["-m", *arguments]
    return list(arguments)


def _config_dirs(arguments: Sequence[str]) -> list[Path]:
    following = zip(arguments, [*arguments[1:], ""], strict=True)
    return [
        Path(value if flag in {"--config-dir", "-cd"} else flag.partition("=")[2])
        for flag, value in following
        if flag in {"--config-dir", "-cd"} or flag.startswith("--config-dir=")
    ]


def _declares_sweep(path: Path) -> bool:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return False  # Hydra says what is wrong with it
    hydra_node = content.get("hydra") if isinstance(content, dict) else None
    return bool(((hydra_node or {}).get("sweeper") or {}).get("params"))


if __name__ == "__main__":
    main()
