import sys
from importlib import import_module

import pytest

import dedup


@pytest.mark.parametrize(
    ("adapter", "package", "remedy"),
    [
        ("scrapy", "scrapy", "scrapy is missing: pip install 'scrapy>=2.14'"),
        ("llama_index", "llama_index", "is missing: pip install llama-index-core"),
        ("datatrove", "datatrove", "datatrove is missing: pip install datatrove"),
        ("spark", "pyspark", "pyspark is missing: pip install pyspark"),
    ],
)
def test_a_missing_framework_is_an_error_with_its_remedy(
    adapter: str, package: str, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith(f"{package}.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, f"dedup.adapters.{adapter}", raising=False)
    monkeypatch.setitem(sys.modules, package, None)  # as for a module that is not installed
    monkeypatch.setitem(sys.modules, "pydantic", None)  # a dependency of LlamaIndex
    with pytest.raises(dedup.MissingLibraryError) as caught:
        import_module(f"dedup.adapters.{adapter}")
    assert str(caught.value).endswith(remedy)
