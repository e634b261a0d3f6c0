"""Models, the report and the settings."""

from __future__ import annotations

import re

import pytest

from promoloop.learn import GateResult
from promoloop.testing.samples import model


def versions(ran):
    """One that runs, one that ran, one that passed the gate and one that did not."""
    from dataclasses import replace

    passed = GateResult(True, "promoted: it earns 2.00 more", 2.0, 0.5, 3.5, 400.0, 1000)
    failed = GateResult(False, "stays in shadow: not surely", 0.1, -1.0, 1.2, 400.0, 1000)
    registry = ran.house.models
    registry.add(model("m1", "test", 0))
    registry.promote("m1")
    registry.add(model("m2", "test", 1))
    registry.promote("m2")
    registry.add(replace(model("m3", "test", 2), gate=passed))
    registry.add(replace(model("m4", "test", 3), gate=failed))


def test_versions_tell_data_gate_and_figures(viewer, chinese, ran):
    versions(ran)
    page = viewer.get("/models").text
    assert all(f">{one}</code>" in page for one in ("m1", "m2", "m3", "m4"))
    assert "promoted: it earns 2.00 more" in viewer.get("/models/m3").text
    assert "通过" in chinese.get("/models/m3").text


@pytest.mark.parametrize("version", ["m1", "m3"])
def test_an_approver_promotes_what_passed_and_rolls_back_to_what_ran(approver, ran, version):
    versions(ran)
    approver.get(f"/models/{version}")
    assert approver.post(f"/models/{version}/run", reason="").status_code == 422
    assert approver.post(f"/models/{version}/run", reason="m2 sends too much").status_code == 303
    assert ran.house.models.running("test").version_id == version
    entry = ran.audit.latest(1)[0]
    assert (entry.action, entry.subject) == ("model.run", version)
    assert entry.details == {"reason": "m2 sends too much", "before": "m2"}


def test_what_the_gate_held_back_cannot_be_promoted(approver, marketer, ran):
    versions(ran)
    approver.get("/models/m4")
    assert approver.post("/models/m4/run", reason="I like it").status_code == 409
    marketer.get("/models/m3")
    assert marketer.post("/models/m3/run", reason="me too").status_code == 403
    assert ran.house.models.running("test").version_id == "m2"
    assert [one.outcome for one in ran.audit.of("m4")] == ["refused"]


def test_an_unknown_version_is_a_page(viewer):
    assert viewer.get("/models/nothing").status_code == 422


def test_the_report_stands_in_a_frame_under_a_policy_of_its_own(viewer, chinese):
    assert (
        'class="report"'
        in viewer.get("/report/november").text + viewer.get("/report/november/frame").text
    )
    page = viewer.get("/report/november/page")
    assert "sandbox" in page.headers["content-security-policy"]
    assert "script-src" not in page.headers["content-security-policy"]
    assert (
        "attachment" in viewer.get("/report/november/page?save=true").headers["content-disposition"]
    )
    assert 'lang="zh' in chinese.get("/report/november/page").text


def test_settings_are_shown_without_secrets(admin, viewer):
    page = admin.get("/settings").text
    assert "a key for tests alone" not in page
    assert "another key for tests" not in page
    assert "PROMOLOOP_SIGNING_KEY" in page
    assert "127.0.0.1" in page
    assert viewer.get("/settings").status_code == 403


def test_a_key_is_shown_once_and_can_be_revoked(admin, ran):
    admin.get("/settings")
    answer = admin.post("/settings/keys", name="web <shop>", scope="decide")
    secret = re.search(r'value="(plk_[^"]+)"', answer.text)
    assert secret
    assert "web &lt;shop&gt;" in answer.text
    (key,) = ran.api_keys.all()
    assert key.scopes == ("decide",)
    page = admin.get("/settings").text
    assert secret[1] not in page
    assert admin.post(f"/settings/keys/{key.key_id}/revoke").status_code == 303
    assert ran.api_keys.all()[0].revoked_at is not None
    assert [one.action for one in ran.audit.latest(2)] == ["key.revoke", "key.add"]


def test_a_key_needs_a_name_and_rights_that_there_are(admin):
    admin.get("/settings")
    assert admin.post("/settings/keys", name="", scope="decide").status_code == 422
    assert admin.post("/settings/keys", name="x", scope="everything").status_code == 422
    assert admin.post("/settings/keys", name="x").status_code == 422
