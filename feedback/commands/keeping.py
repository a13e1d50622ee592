"""`feedback check`, `feedback backup` and `feedback restore`."""

import sys
from pathlib import Path

import click

from feedback import db, seals, upkeep
from feedback.commands import house
from feedback.config import Settings
from feedback.errors import _
from feedback.terminal import complain, say, translated


@click.command()
@click.option(
    "--files", "files_only", is_flag=True, help="Waiting mail is shown, and is no fault: for a copy of a house."
)
@click.option(
    "--head", default="", metavar="NUMBER:SEAL", help="The end of the chain, as an earlier check printed it."
)
def check(files_only: bool, head: str) -> None:
    """Compare database, stored files and the seals of the history.

    Exit 1 where a file is missing or damaged, a message waits, or an event was changed or removed.
    """
    with house.ready() as database:
        findings = upkeep.check(database, noted=head)
    for sha256 in findings.missing:
        say(_("missing: %(sha256)s"), sha256=sha256)
    for sha256 in findings.damaged:
        say(_("damaged: %(sha256)s"), sha256=sha256)
    for sha256 in findings.orphaned:
        say(_("orphaned: %(sha256)s"), sha256=sha256)
    for draft in findings.drafts:
        state = _("left by a crash, to be swept") if draft.is_left else _("being written")
        say(
            _("draft: %(name)s, %(size)d bytes, %(state)s"), name=draft.name, size=draft.size, state=translated(state)
        )
    for one in findings.waiting:
        say(
            _("waiting: message %(message)d, received %(at)s, tried %(tries)d times %(reason)s"),
            message=one.raw_message_id,
            at=one.received_at.isoformat(timespec="seconds"),
            tries=one.tries,
            reason=one.reason,
        )
    say(
        _("%(files)d files named, %(missing)d missing, %(damaged)d damaged, %(orphaned)d orphaned; %(mail)d waiting"),
        files=findings.compared,
        missing=len(findings.missing),
        damaged=len(findings.damaged),
        orphaned=len(findings.orphaned),
        mail=len(findings.waiting),
    )
    _tell_chain(findings.chain)
    if findings.unlisted or findings.to_index:
        say(
            _("search index: %(unlisted)d texts are not listed, %(waiting)d wait to be indexed"),
            unlisted=findings.unlisted,
            waiting=findings.to_index,
        )
    if findings.to_read:
        say(_("text of attachments: %(waiting)d wait to be read"), waiting=findings.to_read)
    if findings.is_harmed if files_only else findings.is_wrong:
        sys.exit(1)


def _tell_chain(chain: upkeep.Chain) -> None:
    if chain.broken is not None and chain.broken.is_gone:
        say(_("history: event %(event)s or its seal %(seal)d was removed"), **_named(chain.broken))
    elif chain.broken is not None:
        say(_("history: event %(event)s or its seal %(seal)d was changed"), **_named(chain.broken))
    if chain.is_cut:
        say(_("history: the chain no longer holds the seal that was noted"))
    say(
        _("%(sealed)d events sealed, %(unsealed)d not yet; the chain ends with %(head)s"),
        sealed=chain.sealed,
        unsealed=chain.unsealed,
        head=chain.head,
    )


def _named(broken: seals.Break) -> dict[str, object]:
    return {"event": "?" if broken.event_id is None else broken.event_id, "seal": broken.sequence}


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
def backup(folder: Path) -> None:
    """Copy the whole house into DIR while it works. DIR must be new or empty."""
    with house.ready() as database:
        copied = upkeep.backup(database, folder, now=house.now())
    say(
        _("Copied %(rows)d rows and %(files)d files to %(folder)s"),
        rows=copied.rows,
        files=copied.files,
        folder=folder,
    )
    say(_("The keys are in it (secrets/): whoever has this folder can read every identity. Keep it locked away."))
    if copied.lost:
        for sha256 in copied.lost:
            complain(_("missing or damaged, not copied: %(sha256)s"), sha256=sha256)
        sys.exit(1)


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, exists=False))
def restore(folder: Path) -> None:
    """Put a backup back into an empty house: the one that the settings name, before `feedback init`."""
    database = db.connect(Settings.from_env())
    try:
        restored = upkeep.restore(database, folder)
    finally:
        database.engine.dispose()
    # With the keys that have just been put back.
    with house.ready() as database:
        upkeep.index(database)
        say(_("Restored %(rows)d rows and %(files)d files."), rows=restored.rows, files=restored.files)
