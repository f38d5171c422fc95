"""`census trust`: issue bundles, revoke certificates, exchange roots, name units, and show who is believed."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import click

from census_app.cli.speech import JSON_OPTION, Speech, named_units, passphrase, path_option
from census_app.cli.targets import target_argument
from census_app.cli.tools import Tools
from census_app.domain import addresses
from census_app.errors import UserError
from census_app.services.enrolling import add_units, make_coordinator
from census_app.services.issuing import VALID_DAYS
from census_app.services.trusting import (
    BundleIssued,
    BundlePlan,
    OwnerShown,
    Target,
    TrustSummary,
    issue_bundle,
    revoke,
    rotate_root,
    trust_summary,
)

_NEW_VARIABLE = "CENSUS_NEW_PASSPHRASE"


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command group."""
    group = click.Group("trust", help=speech.text("CLI_TRUST"))
    for make in (_show, _issue, _revoke, _rotate, _units, _coordinator):
        group.add_command(make(speech, tools))
    return group


def _stick_options(speech: Speech) -> list[click.Parameter]:
    return [
        path_option("--root-key", required=True, help_text=speech.text("CLI_ROOT_KEY")),
        path_option("--passphrase-file", help_text=speech.text("CLI_PASSPHRASE_FILE")),
    ]


def _to(speech: Speech) -> click.Option:
    return path_option("--to", required=True, help_text=speech.text("CLI_TO_DIR"))


def _issue(speech: Speech, tools: Tools) -> click.Command:
    def run(
        target: addresses.Target,
        root_key: Path,
        passphrase_file: Path | None,
        to: Path,
        days: int,
        form_set: Path | None,
        as_json: bool,
    ) -> int:
        secret = passphrase(passphrase_file, speech)
        plan = BundlePlan(days=days, form_set_folder=form_set)
        store = tools.open_catalogue(target)
        try:
            issued = issue_bundle(
                store, root_key, secret, to, plan, clock=tools.clock, software=tools.software
            )
        finally:
            store.close()
        _say_issued(speech, issued, as_json=as_json)
        return 0

    return click.Command(
        "issue",
        callback=run,
        help=speech.text("CLI_TRUST_ISSUE"),
        params=[
            target_argument("target"),
            *_stick_options(speech),
            _to(speech),
            click.Option(
                ["--days"],
                type=click.IntRange(1, 3650),
                default=VALID_DAYS,
                help=speech.text("CLI_TRUST_DAYS"),
            ),
            path_option("--form-set", help_text=speech.text("CLI_TRUST_FORM_SET")),
            JSON_OPTION,
        ],
    )


def _say_issued(speech: Speech, issued: BundleIssued, *, as_json: bool, **further: object) -> None:
    applied = issued.applied
    document: dict[str, Any] = {
        "bundle": str(issued.package.path),
        "version": applied.version,
        "identity": applied.identity,
        "expires": applied.expires,
        "root": applied.root,
        "revoked": list(applied.revoked),
        "released": list(applied.released),
        **further,
    }
    lines = [
        speech.text(
            "CLI_TRUST_ISSUED",
            path=issued.package.path,
            version=applied.version,
            expires=applied.expires[:10],
        ),
        *("  " + speech.text("APPLIED_REVOKED", name=name) for name in applied.revoked),
        *("  " + speech.text("APPLIED_RELEASED", name=name) for name in applied.released),
        speech.text("CLI_TRUST_ISSUED_NEXT"),
    ]
    speech.answer(document, lines, as_json=as_json)


def _revoke(speech: Speech, tools: Tools) -> click.Command:
    def run(
        target: addresses.Target,
        root_key: Path,
        passphrase_file: Path | None,
        to: Path,
        department: str,
        serial: str,
        last: str,
        reason: str,
        as_json: bool,
    ) -> int:
        if bool(department) is bool(serial):
            raise UserError("OPTION_MISSING", option="--department / --serial")
        secret = passphrase(passphrase_file, speech)
        sequence, head = _cut(last)
        chosen = Target(
            department=department.strip().upper(),
            serial=serial,
            last_sequence=sequence,
            head=head,
        )
        store = tools.open_catalogue(target)
        try:
            issued = revoke(
                store, root_key, secret, to, chosen, reason,
                clock=tools.clock, software=tools.software,
            )  # fmt: skip
        finally:
            store.close()
        _say_issued(speech, issued, as_json=as_json)
        return 0

    return click.Command(
        "revoke",
        callback=run,
        help=speech.text("CLI_TRUST_REVOKE"),
        params=[
            target_argument("target"),
            *_stick_options(speech),
            _to(speech),
            click.Option(["--department"], default="", help=speech.text("CLI_REVOKE_DEPARTMENT")),
            click.Option(["--serial"], default="", help=speech.text("CLI_REVOKE_SERIAL")),
            click.Option(
                ["--last"],
                default="",
                metavar="NUMBER[:DIGEST]",
                help=speech.text("CLI_REVOKE_LAST"),
            ),
            click.Option(["--reason"], required=True, help=speech.text("CLI_REVOKE_REASON")),
            JSON_OPTION,
        ],
    )


def _cut(text: str) -> tuple[int | None, str]:
    """Return number and identity of the last package that stands, as typed: `7`, `7:<64 hex>`, or nothing."""
    number, _colon, head = text.strip().partition(":")
    if not number:
        return None, ""
    if not number.isdecimal() or int(number) > 999_999 or not re.fullmatch("([0-9a-f]{64})?", head):
        raise UserError("CUT_UNKNOWN", sequence=text)
    return int(number), head


def _rotate(speech: Speech, tools: Tools) -> click.Command:
    def run(
        target: addresses.Target,
        root_key: Path,
        passphrase_file: Path | None,
        to: Path,
        new_root_key: Path,
        new_file: Path | None,
        retire: bool,
        as_json: bool,
    ) -> int:
        secret = passphrase(passphrase_file, speech)
        new_secret = secret
        if new_file is not None:
            new_secret = passphrase(new_file, speech, new=True, variable=_NEW_VARIABLE)
        store = tools.open_catalogue(target)
        try:
            new, issued = rotate_root(
                store, root_key, secret, new_root_key, new_secret, to,
                retire=retire, clock=tools.clock, software=tools.software,
            )  # fmt: skip
        finally:
            store.close()
        if not as_json:
            speech.sentence("CLI_TRUST_ROTATED", folder=new_root_key, fingerprint=new.fingerprint)
        _say_issued(
            speech,
            issued,
            as_json=as_json,
            new_root=new.fingerprint,
            renewed=[each.department for each in new.renewed],
        )
        return 0

    return click.Command(
        "rotate",
        callback=run,
        help=speech.text("CLI_TRUST_ROTATE"),
        params=[
            target_argument("target"),
            *_stick_options(speech),
            _to(speech),
            path_option("--new-root-key", required=True, help_text=speech.text("CLI_NEW_ROOT_KEY")),
            path_option(
                "--new-passphrase-file",
                "new_file",
                help_text=speech.text("CLI_NEW_PASSPHRASE_FILE"),
            ),
            click.Option(["--retire"], is_flag=True, help=speech.text("CLI_TRUST_RETIRE")),
            JSON_OPTION,
        ],
    )


def _units(speech: Speech, tools: Tools) -> click.Command:
    def run(
        target: addresses.Target, department: str, units: tuple[str, ...], as_json: bool
    ) -> int:
        named = named_units(units)
        store = tools.open_catalogue(target)
        try:
            listed = add_units(store, department.strip().upper(), named)
        finally:
            store.close()
        document = [{"department": u.department, "code": u.code, "name": u.name} for u in listed]
        lines = [f"{unit.code}  {unit.name}" for unit in listed]
        if named:
            lines.append(speech.text("CLI_TRUST_UNITS_NEXT"))
        speech.answer(document, lines or [speech.text("CLI_TRUST_NO_UNITS")], as_json=as_json)
        return 0

    return click.Command(
        "units",
        callback=run,
        help=speech.text("CLI_TRUST_UNITS"),
        params=[
            target_argument("target"),
            click.Argument(["department"]),
            click.Argument(["units"], nargs=-1, metavar="[CODE=NAME]..."),
            JSON_OPTION,
        ],
    )


def _coordinator(speech: Speech, tools: Tools) -> click.Command:
    def run(
        target: addresses.Target,
        root_key: Path,
        passphrase_file: Path | None,
        new_file: Path | None,
        code: str,
        as_json: bool,
    ) -> int:
        secret = passphrase(passphrase_file, speech)
        daily = passphrase(new_file, speech) if new_file is not None else secret
        store = tools.open_catalogue(target)
        try:
            facts = store.facts()
            owner = code.strip().upper() or facts.coordinator_code
            if not owner:
                raise UserError("OPTION_MISSING", option="--code")
            issued = make_coordinator(
                store, owner, facts.coordinator_name or facts.name, root_key, secret,
                tools.keys_dir(), daily, clock=tools.clock,
            )  # fmt: skip
        finally:
            store.close()
        document = {"coordinator": issued.department, "fingerprint": issued.fingerprint}
        lines = [speech.text("CLI_CATALOGUE_COORDINATOR", code=issued.department)]
        speech.answer(document, [*lines, speech.text("CLI_ENROLLED_NEXT")], as_json=as_json)
        return 0

    return click.Command(
        "coordinator",
        callback=run,
        help=speech.text("CLI_TRUST_COORDINATOR"),
        params=[
            target_argument("target"),
            *_stick_options(speech),
            path_option(
                "--coordinator-passphrase-file",
                "new_file",
                help_text=speech.text("CLI_COORDINATOR_PASSPHRASE_FILE"),
            ),
            click.Option(["--code"], default="", help=speech.text("CLI_CATALOGUE_CODE")),
            JSON_OPTION,
        ],
    )


def _show(speech: Speech, tools: Tools) -> click.Command:
    def run(file: addresses.Target, as_json: bool) -> int:
        store = tools.open_any(file)
        try:
            summary = trust_summary(store, clock=tools.clock)
        finally:
            store.close()
        speech.answer(dataclasses.asdict(summary), _lines(summary, speech), as_json=as_json)
        return 0

    return click.Command(
        "show",
        callback=run,
        help=speech.text("CLI_TRUST_SHOW"),
        params=[target_argument("file"), JSON_OPTION],
    )


def _lines(summary: TrustSummary, speech: Speech) -> list[str]:
    lines = [speech.text("TRUST_NO_BUNDLE")]
    if summary.version:
        said = {"version": summary.version, "expires": summary.expires[:10]}
        lines = [speech.text("TRUST_BUNDLE", **said)]
    if summary.stale:
        lines.append("  " + speech.text("TRUST_STALE"))
    for root in summary.roots:
        said = {"name": root.name, "fingerprint": root.fingerprint, "until": _day(root.not_after)}
        lines.append(speech.text(f"TRUST_ROOT_{root.status}", **said))
    for owner in summary.owners:
        lines += _owner_lines(owner, speech)
    if summary.own is not None:
        lines.append(
            speech.text(
                "TRUST_OWN",
                fingerprint=summary.own.fingerprint,
                standing=speech.text(f"TRUST_STANDING_{summary.own.standing}"),
            )
        )
    if summary.changed:
        lines.append(speech.text("TRUST_CHANGED"))
    return lines


def _owner_lines(owner: OwnerShown, speech: Speech) -> list[str]:
    lines = [f"{owner.code}  {owner.name}  {speech.text(f'TRUST_ROLE_{owner.role}')}"]
    for certificate in owner.certificates:
        lines.append(
            "  "
            + speech.text(
                "TRUST_CERTIFICATE",
                fingerprint=certificate.fingerprint,
                standing=speech.text(f"TRUST_STANDING_{certificate.standing}"),
                until=_day(certificate.not_after),
                serial=certificate.serial,
            )
        )
        if certificate.reason:
            said = {"reason": certificate.reason, "sequence": certificate.last_sequence}
            lines.append("    " + speech.text("TRUST_REVOKED_BECAUSE", **said))
    lines += [f"    {unit.code}  {unit.name}" for unit in owner.units]
    return lines


def _day(moment: object) -> str:
    return f"{moment:%Y-%m-%d}"
