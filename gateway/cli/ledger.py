"""`gateway ledger`: is the record whole, and does it say what was done."""

import typer
from rich.console import Console

from gateway.app import LOG_KEY, RECEIPT_KEY, receipt_key_id
from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output, fault_json
from gateway.cli.store import open_store
from gateway.custody.fsck import Report

__all__ = ["verify"]


def verify(config: Config = default_config(), as_json: AsJson = False, no_color: NoColor = False) -> None:
    """Recompute every leaf, root, checkpoint, receipt and delivery. Example: gateway ledger verify --json"""
    output = Output(as_json=as_json, color=not no_color)
    with open_store(config) as (reader, keys, settings):
        log_key = keys.signer(LOG_KEY, settings.domain).public()
        receipts = {receipt_key_id(settings.domain): keys.signer(RECEIPT_KEY, settings.domain).public()}
        report = reader.check(log_keys=[log_key], receipt_keys=receipts)
    document = {
        "verified": report.verified,
        "entries": report.entries,
        "logs": [
            {
                "origin": log.origin,
                "size": log.size,
                "root": log.root.hex(),
                "checkpoints": log.checkpoints,
                "signed": log.signed,
            }
            for log in report.logs
        ],
        "findings": [fault_json(fault) for fault in report.faults],
    }
    output.result(document, lambda words: _words(words, output, report))
    raise typer.Exit(Exit.GOOD if report.verified else Exit.FINDINGS)


def _words(words: Console, output: Output, report: Report) -> None:
    for log in report.logs:
        words.print(f"{log.origin}: {log.size} entries, {log.checkpoints} checkpoints, signed up to {log.signed}")
    output.faults(report.faults)
    if report.verified:
        words.print("The ledger verifies: no entry was changed or removed, and every delivery has its decision.")
    else:
        words.print("The ledger does NOT verify. Keep the journal; compare it with a backup and old checkpoints.")
