"""A small catalogue in which every indicator counts something: two departments, a city, and one that is silent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from census_app.domain.holdings import CatalogueFacts, IssuedCertificate
from census_app.formspec.model import FormSet
from census_app.storage.catalogue import Catalogue
from tests.unit.storage.test_catalogue import FACTS, Package, deliver, first, pending, rid

HEALTH, LABOUR, CITY, SILENT = (
    "11320000990000017P",
    "11320000990000025J",
    "11320100990000033D",
    "113200009900000418",
)
DAY = "2018-01-31"
SYSTEM, RESOURCE, ITEM, JOINT = (
    "information_system",
    "information_resource",
    "data_item",
    "joint_application",
)
Line = dict[str, object]


def line(form: str, number: int, **values: Any) -> Line:
    return {"form": form, "id": rid(number), "op": "put", "unit": "D1", "values": values}


def system(number: int, phase: str = "built", **values: Any) -> Line:
    return line(SYSTEM, number, phase=phase, name=f"系统{number}", **values)


def resource(number: int, share: str = "1", **values: Any) -> Line:
    return line(RESOURCE, number, name=f"资源{number}", share_type=share, **values)


def item(number: int, parent: int, **values: Any) -> Line:
    return line(ITEM, number, name=f"项{number}", parent_id=rid(parent), position=number, **values)


FACTS_OF_EIGHT: dict[str, Any] = {
    "function": "办理", "use_scope": "unit", "monthly_uses": 5, "approval_dept": "省发展改革委",
    "approval_month": "2015-01", "fund_source": "fiscal",
}  # fmt: skip
COMPLETE: dict[str, Any] = {
    "class_code": "307", "provider": rid(1), "provider_uscc": HEALTH, "abstract": "说明",
    "format_class": "03", "format_type": "0307", "size_total_gb": "0.5", "records_total_wan": "2",
    "size_shared_gb": "0.1", "records_shared_wan": "0.0001", "size_open_gb": "0",
    "records_open_wan": "unknown", "share_condition": "无条件", "share_mode_class": "platform",
    "share_mode_type": "database", "is_open": True, "update_cycle": "daily", "published_on": "2017-01-01",
    "open_condition": "签订协议",
}  # fmt: skip

OF_HEALTH = (
    line("department", 1, name="卫生厅", uscc=HEALTH, division="320000", org_kind="government"),
    system(10, disposition="merge", disposition_done_on="2018-01-01", disposition_target=rid(12),
           must_connect=True, connected_on="2017-12-01", secrecy="unclassified", in_use="2009-05"),
    system(11, disposition="clear", disposition_done_on="2018-09-01", is_zombie=True,
           cleared_on="2018-01-02", **FACTS_OF_EIGHT),
    system(12, "building", must_connect=True, connected_on="2018-01-05", platform_level="provincial"),
    system(13, must_connect=True, connected_on="2018-12-31", om_amount_wan="3.5", audit_state="findings",
           secrecy="unclassified", networks=["extranet"], migrate_to="extranet", migrated_on="2017-05-01"),
    system(14, must_connect=True, secrecy="classified", networks=["intranet", "lan"], audit_state="clean",
           in_use="2016-11"),
    system(15, "planned", is_zombie=True, build_amount_wan="10"),
    system(16, must_connect=True, is_zombie=False, build_amount_wan="100.25", owner_level="inner_office",
           secrecy="unclassified", networks=["lan"], migrate_to="extranet", disposition="retain"),
    system(17, must_connect=True, connect_plan_on="2018-06-30", is_zombie=True, om_amount_wan="1"),
    resource(20, **COMPLETE, base_kind="population", source_systems=[rid(13)]),
    resource(21, "2", size_shared_gb="0.2", records_shared_wan="unknown", is_open=True, format_class="01",
             priority_area="health", class_code="101", share_condition="仅供核验", open_condition="签订协议"),
    resource(22, "3", size_total_gb="unknown", size_shared_gb="unknown", format_class="03",
             class_code="101", code="101/000001", size_open_gb="unknown", records_total_wan="unknown"),
    item(30, 20), item(31, 22, share_type="1"), item(32, 21, share_type="3", is_open=False),
    line("business_matter", 40, name="办证", on_service_site=True),
    line("sharing_demand", 45, wanted_name="人口", obtained=True, matched_resource=rid(20)),
    line("sharing_demand", 46, wanted_name="车辆"),
)  # fmt: skip
OF_LABOUR = (
    line("department", 2, name="人社厅", uscc=LABOUR, division="320000", org_kind="government"),
    system(50, must_connect=True, connected_on="2017-12-01", platform_level="national", is_zombie=False,
           secrecy="unclassified", networks=["extranet"], audit_state="mended", disposition="retain"),
    system(52, "planned", must_connect=False, disposition="retain", secrecy="unclassified", basis="批文",
           build_mode="own", category="support", fund_route="invest", function="办理", approval_dept="省政府",
           approval_month="2017-05", fund_source="fiscal", owner_contact="李明", owner_phone="02583218001",
           users=["public"], user_count="unknown", build_amount_wan="unknown", fund_ready="ready",
           required_by="2018-12", expected_goal="一网通办", urgency="urgent"),
    pending(RESOURCE, 53, "还没有写完的"),
    resource(51, size_shared_gb="0.75", size_open_gb="1.5", records_open_wan="2.5", priority_area="social_security",
             base_kind="credit", is_open=False, class_code="203"),
    line(JOINT, 55, name="联办", status="running", via_platform=True, resources=[rid(21)], on_service_site=True),
    line(JOINT, 56, name="不共享的", status="running", via_platform=True, resources=[rid(22)]),
    line(JOINT, 57, name="在建的", status="building", via_platform=True, resources=[rid(21)]),
)  # fmt: skip
OF_CITY = (
    line("department", 3, name="南京市", uscc=CITY, division="320100", org_kind="government",
         city_platform_state="built"),
    line("department", 4, name="苏州市", uscc="x", division="320500", city_platform_state="connected"),
    system(60, must_connect=True, connected_on="2017-12-01", platform_level="city", is_zombie=False,
           secrecy="unclassified", networks=["extranet"], disposition="retain"),
)  # fmt: skip
PACKAGES = (
    first("h", *OF_HEALTH, department=HEALTH),
    first("l", *OF_LABOUR, department=LABOUR),
    first("c", *OF_CITY, department=CITY),
)
NAMES = {HEALTH: "卫生厅", LABOUR: "人社厅", CITY: "南京市", SILENT: "沉默厅"}


def facts(form_set: FormSet) -> CatalogueFacts:
    """Return what a catalogue of a form set says of itself."""
    return replace(FACTS, form_version=form_set.version)


def fill(store: Catalogue, *more: Package) -> Catalogue:
    """Enrol the four and merge what they handed in."""
    for code, name in NAMES.items():
        store.issue(IssuedCertificate(code, name, "", code, "2017-01-01T00:00:00Z"))
    deliver(store, [*PACKAGES, *more])
    return store
