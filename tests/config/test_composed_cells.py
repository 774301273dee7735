"""A cell that shares what is put together of the menu is the config that Hydra makes of all its overrides at once."""

from __future__ import annotations

import pytest
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import OmegaConf

from gencost.config.cell import register
from gencost.config.composed_cells import _compose, _shared
from gencost.paths import conf_dir

CELLS = (
    ["model=small", "n=3"],
    ["model=small", "n=4", "+model.params.foo=1", "model.temperature=0.5"],
    ["model=large", "provider=mock", "provider.error_rate=0.1", "load=poisson", "load.rate_per_s=5"],
    ["quality=[proxy,length]", "quality.length.max_words=5", "name='a b'"],
    ["experiment=temperature", "seed=7", "prompts.columns={text: question}"],
    ["++retry.tries=9", "cell_names={small: cheap}", "policy=constant", "policy.cell=x"],
    ["model=gpt_4o", "~policy", "hydra.sweep.subdir=x", "budget.usd=1"],
    ["n=3", "n=5"],
)


@pytest.fixture(scope="module")
def loader():
    register()
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        yield GlobalHydra.instance().config_loader()


@pytest.mark.parametrize("overrides", CELLS, ids=" ".join)
def test_it_is_the_config_that_hydra_makes(loader, overrides):
    master = loader.load_configuration("config", ["hydra.sweep.dir=here", "n=1"], RunMode.MULTIRUN)
    common = list(OmegaConf.to_container(master.hydra.overrides.hydra))
    whole = loader.load_configuration("config", [*common, *overrides], RunMode.RUN)
    _shared.clear()  # another test has another working folder
    for _ in range(2):  # the second time of what is remembered
        shared = _compose(loader, master, overrides)
        assert OmegaConf.to_container(shared) == OmegaConf.to_container(whole)
        assert OmegaConf.is_struct(shared)
        assert shared.hydra._get_flag("readonly") == whole.hydra._get_flag("readonly")


def test_what_hydra_refuses_is_refused(loader):
    master = loader.load_configuration("config", [], RunMode.MULTIRUN)
    for wrong in ("nn=1", "budget=1", "n=abc", "model.nmae=x", "x@y=1"):
        with pytest.raises(HydraException) as whole:
            loader.load_configuration("config", [wrong], RunMode.RUN)
        with pytest.raises(HydraException) as shared:
            _compose(loader, master, [wrong])
        assert str(shared.value) == str(whole.value), wrong
