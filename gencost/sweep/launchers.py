"""Hydra's launchers, each with GenCost's sweep around it: checks, stores and parent run before, comparison after.

Invariant: the engine inside (joblib, ray, submitit, ...) is as it was installed; others know nothing of it.
"""

from __future__ import annotations

import itertools
import logging
import pkgutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.core.config_store import ConfigStore
from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn, JobStatus, run_job
from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf, open_dict

from gencost.config.cell import Cell, cell_name
from gencost.errors import ConfigError, ObjectiveError, UserError
from gencost.masking import masked_overrides
from gencost.paths import conf_dir
from gencost.sweep.command import SWEEP_VARIABLE, UNTIL_VARIABLE, cell, collect, command_line, part
from gencost.values.overrides import as_meant, quoted

if TYPE_CHECKING:
    from gencost.sweep.cell_run import CellEnd

_EMPTY = "a range or glob of it has no value"
_OURS = "hydra_plugins.gencost_launcher.JobsLauncher"
_EXTRAS = ("joblib", "ray", "submitit")
_check_batch = Sweeper.validate_batch_is_legal


class SweepLauncher(Launcher):
    """Composes and checks every cell of a batch before the first call of any."""

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:  # noqa: ARG002
        """Keep what Hydra gives; cells are collected, so the task function is not needed."""
        self.context = hydra_context
        self.config = config
        self.sweep_dir = Path(config.hydra.sweep.dir).absolute()
        command_line.folders.append(self.sweep_dir)
        logging.getLogger("optuna").setLevel(logging.WARNING)  # it writes to standard error past Hydra's settings

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """Run one batch of cells.

        Args:
            job_overrides: the overrides of each cell.
            initial_job_idx: the number of the first.

        Returns:
            One result a cell; its value is its objectives, and it has failed if they are asked for and unknown.
        """
        if not job_overrides:
            raise ConfigError(
                f"{', '.join(map(str, self.config.hydra.overrides.task))}: this sweep has no cell: {_EMPTY}"
            )
        job_overrides = self._under_one_name([list(map(as_meant, overrides)) for overrides in job_overrides])
        jobs = [self._collect(list(o), initial_job_idx + i) for i, o in enumerate(job_overrides)]
        of_some = not all(isinstance(job.return_value, UserError) for job in jobs)
        cells = [_cell(job, named=of_some) for job in jobs]
        _check_directions(self.config, cells)
        (self.sweep_dir / "multirun.yaml").unlink(missing_ok=True)  # it holds passwords unmasked
        command_line.begin_sweep(self.sweep_dir, str(self.config.hydra.runtime.choices["hydra/launcher"]))
        ends = self.run(cells, job_overrides, initial_job_idx)
        for job, job_cell, end in itertools.zip_longest(jobs, cells, ends):
            _give_back(job, job_cell, end)
        return jobs

    def _under_one_name(self, job_overrides: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
        """Give cells of several prompt files the one name of the sweep's folder; each would have that of its file."""
        files = {word for overrides in job_overrides for word in overrides if word.startswith("prompts")}
        named = any(word.startswith("name=") for overrides in job_overrides for word in overrides)
        if named or len(files) < 2:
            return job_overrides
        return [[*overrides, f"name={quoted(self.config.name)}"] for overrides in job_overrides]

    def run(self, cells: Sequence[Cell], job_overrides: Sequence[Sequence[str]], number: int) -> Sequence[CellEnd]:
        """Run the cells of one batch; returns no ends after a dry run."""
        raise NotImplementedError

    def _collect(self, overrides: list[str], number: int) -> JobReturn:
        config: Any = self.context.config_loader.load_sweep_config(self.config, overrides)
        with open_dict(config):
            config.hydra.job.id = str(number)
            config.hydra.job.num = number
        return run_job(
            hydra_context=self.context,
            task_function=collect,
            config=config,
            job_dir_key="hydra.sweep.dir",
            job_subdir_key="hydra.sweep.subdir",
        )


def _cell(job: JobReturn, *, named: bool) -> Cell:
    """Return the cell of a job; an error names the cell, unless all cells have it."""
    try:
        return cell(job.return_value)
    except UserError as error:
        if not named:
            raise
        name = cell_name(masked_overrides(list(job.overrides or ())), "")
        raise ConfigError(f"{error} (in the cell {name})") from None


def _check_directions(config: DictConfig, cells: Sequence[Cell]) -> None:
    """Refuse objectives that do not fit the sweeper's directions, before anything is paid for."""
    direction = config.hydra.sweeper.get("direction")
    if direction is None:
        return
    wanted = 1 if isinstance(direction, str) or not hasattr(direction, "__len__") else len(direction)
    for candidate in cells:
        names = candidate.config.objective
        if len(names) != wanted:
            raise ConfigError(
                f"objective={names} has {len(names)} names, hydra.sweeper.direction {wanted}: give one direction a name"
            )


def _give_back(job: JobReturn, of: Cell, end: CellEnd | None) -> None:
    names = of.config.objective
    values = None if end is None else end.objective
    job.return_value = values[0] if values is not None and len(values) == 1 else values
    if names and values is None:
        job.overrides = list(of.overrides)  # Hydra shows them, and these have their secrets masked
        job.status = JobStatus.FAILED
        job.return_value = ObjectiveError(f"{of.cell}: no value for objective={','.join(names)}")


class JobsLauncher(SweepLauncher):
    """Runs each cell by another launcher, in a process of its own if that launcher does so.

    Args:
        engine: dotted name of the other launcher's class.
        options: of the other launcher.
    """

    def __init__(self, engine: str, **options: Any) -> None:
        self._name, self._options = engine, options

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Set the other launcher up to run parts of a sweep."""
        super().setup(hydra_context=hydra_context, task_function=task_function, config=config)
        try:
            self._engine: Launcher = pkgutil.resolve_name(self._name)(**self._options)
        except (ImportError, AttributeError) as error:  # the namespace of the plugins may be there without this one
            extra = next((word for word in _EXTRAS if word in self._name), None)
            remedy = "install its package" if extra is None else f"pip install 'gencost[{extra}]'"
            raise ConfigError(f"hydra/launcher: {self._name} is not here ({error}): {remedy}") from None
        self._engine.setup(hydra_context=hydra_context, task_function=part, config=config)

    def run(self, cells: Sequence[Cell], job_overrides: Sequence[Sequence[str]], number: int) -> Sequence[CellEnd]:
        """Run the cells in processes that know the sweep by its id."""
        cells = command_line.drawn(cells)
        until = (
            [] if command_line.drawn_until is None else [_variable(UNTIL_VARIABLE, quoted(command_line.drawn_until))]
        )

        def launch(sweep_id: str) -> Sequence[CellEnd]:
            known = [_variable(SWEEP_VARIABLE, sweep_id), f"hydra.sweep.dir={quoted(self.sweep_dir)}", *until]
            returns = self._engine.launch([[*overrides, *known] for overrides in job_overrides], number)
            return [job.return_value for job in returns]

        pickles = self.sweep_dir / ".submitit"
        if "submitit" in self._name:  # it keeps the config there, passwords and all
            pickles.mkdir(mode=0o700, parents=True)
        try:
            return command_line.run_jobs(cells, launch)
        finally:
            for path in pickles.glob("*/*.pkl"):
                path.unlink()


def _check_others(sweeper: Sweeper, batch: Sequence[Sequence[str]]) -> None:
    """Compose a batch to see whether it can be; not for a launcher that composes it before the first call anyway."""
    if not isinstance(getattr(sweeper, "launcher", None), SweepLauncher):
        _check_batch(sweeper, batch)


def _variable(name: str, value: str) -> str:
    """Write the override that sets an environment variable in the process of a job."""
    return f"++hydra.job.env_set.{name}={value}"


def adopt_launchers() -> None:
    """Put a sweep around every launcher that this application knows; our presets come before theirs."""
    setattr(Sweeper, "validate_batch_is_legal", _check_others)  # noqa: B010 - mypy takes an assignment for a mistake
    Plugins.instance()  # imports the plugins, which store their nodes
    known: dict[str, Any] = ConfigStore.instance().repo["hydra"]["launcher"]
    presets = {path.name for path in (conf_dir() / "hydra" / "launcher").glob("*.yaml")}
    for file in list(known):
        if file in presets:
            del known[file]  # else Hydra takes it for the schema of our file
            continue
        options: Any = OmegaConf.to_container(known[file].node, enum_to_str=True)
        node = {**options, "_target_": _OURS, "engine": options["_target_"]}
        ConfigStore.instance().store(
            group="hydra/launcher", name=file.removesuffix(".yaml"), node=node, provider="gencost"
        )
