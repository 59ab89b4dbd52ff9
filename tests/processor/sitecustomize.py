"""Makes torch say that the processor computes bfloat16, or that it does not, as YIJU_TEST_BF16 says (1 or 0).

Python loads this module by itself where tests/conftest.py puts its folder on PYTHONPATH, so that the processes that
tests start see the same processor.
"""

import importlib.util
import os
import sys
from importlib.abc import MetaPathFinder


class AfterImport(MetaPathFinder):
    """Changes torch.cpu once it is loaded."""

    def find_spec(self, name, _path, _target=None):
        if name != "torch.cpu":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        load = spec.loader.exec_module

        def exec_module(module):
            load(module)
            pretend(module)

        spec.loader.exec_module = exec_module
        return spec


def pretend(module):
    real = module.get_capabilities
    wanted = os.environ["YIJU_TEST_BF16"] == "1"
    others = dict.fromkeys(("amx_bf16", "bf16", "avx512_fp16"), False)
    module.get_capabilities = lambda: dict(real()) | others | {"avx512_bf16": wanted}


if os.environ.get("YIJU_TEST_BF16") in ("0", "1"):
    sys.meta_path.insert(0, AfterImport())
