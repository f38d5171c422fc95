"""Roles: the names by which code that computes with a field finds it (DESIGN §2 idea 1)."""

from __future__ import annotations

from typing import Final

REQUIRED_ROLES: Final = frozenset(
    [
        "department_name",
        "department_uscc",
        "org_kind",
        "division",
        "office_name",
        "matter_name",
        "system_name",
        "system_phase",
        "system_function",
        "system_use_scope",
        "system_uses",
        "system_approval_dept",
        "system_approval_month",
        "system_fund_source",
        "fund_route",
        "secrecy",
        "networks",
        "is_zombie",
        "zombie_reasons",
        "zombie_measure",
        "cleared_on",
        "disposition",
        "disposition_target",
        "disposition_done_on",
        "must_connect",
        "connect_plan_on",
        "connected_on",
        "migrate_to",
        "migrated_on",
        "owner_level",
        "audit_state",
        "om_amount",
        "build_amount",
        "resource_name",
        "resource_code",
        "class_code",
        "provider",
        "provider_uscc",
        "abstract",
        "source_systems",
        "format_class",
        "share_type",
        "share_condition",
        "share_mode_class",
        "is_open",
        "open_condition",
        "update_cycle",
        "published_on",
        "size_total",
        "records_total",
        "size_shared",
        "records_shared",
        "size_open",
        "records_open",
        "base_kind",
        "priority_area",
        "item_name",
        "item_type",
        "item_length",
        "item_share_type",
        "item_is_open",
        "demand_name",
        "joint_name",
        "joint_status",
        "joint_via_platform",
        "joint_resources",
        "joint_partners",
    ]
)
"""Roles that statistics, sharing rules and reports ask for; the loader refuses a form set that lacks one."""

OPTIONAL_ROLES: Final = frozenset(
    [
        "disposition_reason",
        "joint_resources_elsewhere",
        "om_contract_end",
        "run_state",
        "system_users",
    ]
)
"""Roles that code asks for and does without: form sets that were delivered before they existed stay of use."""
