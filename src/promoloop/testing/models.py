"""What every model registry must do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace

from promoloop.core import InvalidError, RefusedError
from promoloop.learn import ModelRegistry
from promoloop.testing.samples import expecting, model

__all__ = ["ModelRegistrySuite"]


class ModelRegistrySuite(ABC):
    """Derive from this and say how to make an empty registry."""

    @abstractmethod
    def make(self) -> ModelRegistry:
        """An empty registry."""

    def test_versions_come_back_whole_and_oldest_first(self) -> None:
        registry = self.make()
        for version in (model("m2", days=1, gated=True), model("m1"), model("x", kind="other")):
            registry.add(version)
        assert registry.all("effect") == (model("m1"), model("m2", days=1, gated=True))

    def test_the_same_id_again_changes_nothing(self) -> None:
        registry = self.make()
        registry.add(model("m1"))
        registry.add(replace(model("m1"), metrics={"auc": 0.1}))
        assert registry.all("effect") == (model("m1"),)

    def test_promoting_retires_the_one_before(self) -> None:
        registry = self.make()
        registry.add(model("m1"))
        registry.add(model("m2", days=1))
        registry.promote("m1")
        registry.promote("m2")
        assert registry.running("effect").version_id == "m2"
        assert [found.status for found in registry.all("effect")] == ["retired", "running"]

    def test_a_retired_version_can_come_back(self) -> None:
        registry = self.make()
        registry.add(model("m1"))
        registry.add(model("m2", days=1))
        for version_id in ("m1", "m2", "m1", "m1"):
            registry.promote(version_id)
        assert registry.running("effect") == replace(model("m1"), status="running")

    def test_kinds_do_not_touch_each_other(self) -> None:
        registry = self.make()
        registry.add(model("m1"))
        registry.add(model("x", kind="other"))
        registry.promote("m1")
        registry.promote("x")
        assert registry.running("effect").version_id == "m1"

    def test_a_second_running_version_is_refused(self) -> None:
        registry = self.make()
        registry.add(replace(model("m1"), status="running"))
        with expecting(RefusedError):
            registry.add(replace(model("m2"), status="running"))
        assert registry.running("effect").version_id == "m1"

    def test_nothing_running_and_unknown_versions_are_errors(self) -> None:
        registry = self.make()
        registry.add(model("m1"))
        with expecting(InvalidError):
            registry.running("effect")
        with expecting(InvalidError):
            registry.promote("nowhere")
