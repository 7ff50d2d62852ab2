"""What each column that holds text says of people, and so what becomes of it when somebody is erased.

A column of text, JSON or bytes that is missing here fails a test: whoever adds one decides this at the same time.
"""

from collections.abc import Mapping
from enum import StrEnum

from sqlalchemy import Column, Table

from web.models.base import Base


class Personal(StrEnum):
    """Whom a column tells of. An erasure of a participant follows these words (see `web.domain.people.privacy`)."""

    # A participant's own row, or one that is written to them: deleted with them.
    OWN = "own"
    # May name any participant of the row's event in words: a neutral word takes the place of the name.
    NAMES = "names"
    # A file of the event, in which the participant is found by id and made nameless, or what is made from it.
    FILE = "file"
    # An organiser or facilitator: goes with the account or the event.
    TEAM = "team"
    # What the team tells everybody about the event.
    EVENT = "event"
    # Codes, states, ids, hashes and names of programs: nobody is known by them.
    NOBODY = "nobody"


CLASSES: Mapping[str, Mapping[Personal, str]] = {
    "account_roles": {Personal.NOBODY: "name"},
    "agendas": {Personal.FILE: "content", Personal.NOBODY: "participant digest turns"},
    "api_tokens": {Personal.TEAM: "name", Personal.NOBODY: "token_hash"},
    "audit_entries": {Personal.NAMES: "actor details", Personal.NOBODY: "action"},
    "colleagues": {Personal.OWN: "name email confirmed_email language", Personal.NOBODY: "token_hash"},
    "distinct_pairs": {Personal.NOBODY: "alike"},
    "event_members": {Personal.NOBODY: "role"},
    "event_tables": {Personal.EVENT: "name", Personal.NOBODY: "key features"},
    "events": {
        Personal.EVENT: "slug title description place texts taxonomies face questions",
        Personal.NOBODY: "timezone locale status rules quotas targets affinities",
    },
    "facilitators": {Personal.TEAM: "name email", Personal.NOBODY: "key absences"},
    "invitations": {Personal.OWN: "kind name contact_name email phone language", Personal.NOBODY: "token_hash"},
    "jobs": {Personal.NAMES: "reasons", Personal.NOBODY: "kind state parameters progress worker error"},
    # An erasure deletes them whole; should a word of theirs ever stand anywhere all the same, it is looked for.
    "list_imports": {Personal.NAMES: "file_name sheets matching meanings outcome", Personal.NOBODY: "state"},
    "mailings": {
        Personal.NAMES: "subject text other_subject other_text",
        Personal.NOBODY: "segment",
    },
    "mail_turns": {Personal.NOBODY: "address_hash moments"},
    # Goes with either of the two; its words may name somebody else.
    "meeting_answers": {Personal.NAMES: "note", Personal.NOBODY: "answer reason"},
    "meeting_rules": {Personal.NOBODY: "status session after"},
    "merged_registrations": {Personal.NOBODY: "key token_hash"},
    "organisations": {Personal.OWN: "kind name siren website size zone"},
    "outbox_attachments": {Personal.FILE: "content", Personal.NOBODY: "filename mime_type"},
    "outbox_mails": {
        Personal.NAMES: "subject body_text parts error",
        Personal.OWN: "recipient",
        Personal.NOBODY: "message_id language state claimed_by attaching unsubscribe",
    },
    "passkeys": {Personal.TEAM: "name", Personal.NOBODY: "credential_id public_key"},
    "pictures": {Personal.OWN: "content", Personal.NOBODY: "purpose mime_type digest"},
    "recovery_codes": {Personal.NOBODY: "code_hash"},
    "reminder_plans": {Personal.NOBODY: "rules"},
    "reminders": {Personal.NOBODY: "occasion address_hash"},
    "registration_drafts": {Personal.OWN: "email fields", Personal.NOBODY: "language token_hash"},
    # The key stays in the files of the others' timetables, which need it: see `web.domain.people.registration`.
    "registrations": {
        Personal.OWN: (
            "kind name known_as contact_name email confirmed_email phone website siren size language project needs "
            "offers themes zone notes answers logo absences requires accessibility consent_text token_hash status"
        ),
        Personal.NOBODY: "key",
    },
    "schedule_drafts": {Personal.NOBODY: "edits"},
    "schedule_versions": {
        Personal.NAMES: "note",
        # Names and addresses of facilitators, beside keys of participants; who of the team has left what differs.
        Personal.TEAM: "repair seen",
        Personal.FILE: "event_document",
        Personal.EVENT: "place",
        Personal.NOBODY: "document status tiers",
    },
    "sign_in_links": {Personal.NOBODY: "token_hash"},
    "sign_ins": {Personal.TEAM: "browser", Personal.NOBODY: "token_hash"},
    "slots": {Personal.EVENT: "session", Personal.NOBODY: "key"},
    "users": {
        Personal.TEAM: "email confirmed_email name password locale tf_primary_method tf_totp_secret",
        Personal.NOBODY: "fs_uniquifier",
    },
    "worker_heartbeats": {Personal.NOBODY: "worker report"},
    "wrong_attempts": {Personal.NOBODY: "subject"},
}


def columns_of(table: Table, personal: Personal) -> list[Column[object]]:
    """The columns of `table` that are classified as `personal`."""
    return [table.c[name] for name in CLASSES.get(table.name, {}).get(personal, "").split()]


def tables_naming() -> list[Table]:
    """The tables with columns that may name the participants of an event; each has an ``event_id``."""
    return [table for table in Base.metadata.sorted_tables if columns_of(table, Personal.NAMES)]
