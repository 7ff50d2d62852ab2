"""The first schema."""

import sqlalchemy as sa
from alembic import op

from web.models import base

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account_roles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_roles")),
        sa.UniqueConstraint("name", name=op.f("uq_account_roles_name")),
    )
    op.create_table(
        "events",
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("registration_opens_at", base.UtcDateTime(), nullable=True),
        sa.Column("registration_closes_at", base.UtcDateTime(), nullable=True),
        sa.Column("wishes_close_at", base.UtcDateTime(), nullable=True),
        sa.Column("directory_published", sa.Boolean(), nullable=False),
        sa.Column("wish_limit", sa.Integer(), nullable=False),
        sa.Column("texts", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("taxonomies", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("rules", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("affinities", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("published_schedule_id", sa.Integer(), nullable=True),
        sa.Column("updated_at", base.UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.CheckConstraint("status IN ('draft', 'open', 'closed', 'archived')", name=op.f("ck_events_status")),
        sa.ForeignKeyConstraint(
            ["published_schedule_id"],
            ["schedule_versions.id"],
            name=op.f("fk_events_published_schedule_id"),
            ondelete="SET NULL",
            use_alter=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("slug", name=op.f("uq_events_slug")),
    )
    op.create_table(
        "organisations",
        sa.Column("kind", sa.String(length=200), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("siren", sa.String(length=9), nullable=True),
        sa.Column("website", sa.String(length=300), nullable=False),
        sa.Column("size", sa.String(length=20), nullable=True),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("updated_at", base.UtcDateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
    )
    with op.batch_alter_table("organisations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_organisations_siren"), ["siren"], unique=False)

    op.create_table(
        "users",
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.String(length=64), nullable=False),
        sa.Column("tf_primary_method", sa.String(length=64), nullable=True),
        sa.Column("tf_totp_secret", sa.String(length=255), nullable=True),
        sa.Column("tf_last_counter", sa.Integer(), nullable=True),
        sa.Column("locale", sa.String(length=8), nullable=True),
        sa.Column("last_sign_in_at", base.UtcDateTime(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_users_fs_uniquifier")),
    )
    op.create_table(
        "worker_heartbeats",
        sa.Column("worker", sa.String(length=80), nullable=False),
        sa.Column("seen_at", base.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("worker", name=op.f("pk_worker_heartbeats")),
    )
    op.create_table(
        "api_tokens",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("last_used_at", base.UtcDateTime(), nullable=True),
        sa.Column("revoked_at", base.UtcDateTime(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_api_tokens_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    with op.batch_alter_table("api_tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_tokens_user_id"), ["user_id"], unique=False)

    op.create_table(
        "event_members",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.CheckConstraint("role IN ('organiser', 'desk', 'committee')", name=op.f("ck_event_members_role")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_event_members_event_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_event_members_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_members")),
        sa.UniqueConstraint("user_id", "event_id", name=op.f("uq_event_members_user_id_event_id")),
    )
    with op.batch_alter_table("event_members", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_members_event_id"), ["event_id"], unique=False)

    op.create_table(
        "event_tables",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("features", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_event_tables_event_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_tables")),
        sa.UniqueConstraint("event_id", "key", name=op.f("uq_event_tables_event_id_key")),
    )
    op.create_table(
        "facilitators",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("unavailable", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_facilitators_event_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facilitators")),
        sa.UniqueConstraint("event_id", "key", name=op.f("uq_facilitators_event_id_key")),
    )
    op.create_table(
        "schedule_versions",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("event_document", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("tiers", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("published_at", base.UtcDateTime(), nullable=True),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_schedule_versions_event_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["schedule_versions.id"], name=op.f("fk_schedule_versions_parent_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_versions")),
        sa.UniqueConstraint("event_id", "number", name=op.f("uq_schedule_versions_event_id_number")),
    )
    with op.batch_alter_table("schedule_versions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_schedule_versions_parent_id"), ["parent_id"], unique=False)

    op.create_table(
        "sign_in_links",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", base.UtcDateTime(), nullable=False),
        sa.Column("used_at", base.UtcDateTime(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sign_in_links_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_links_token_hash")),
    )
    with op.batch_alter_table("sign_in_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_links_user_id"), ["user_id"], unique=False)

    op.create_table(
        "slots",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(), nullable=False),
        sa.Column("ends_at", sa.DateTime(), nullable=False),
        sa.Column("session", sa.Text(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_slots_event_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slots")),
        sa.UniqueConstraint("event_id", "key", name=op.f("uq_slots_event_id_key")),
    )
    op.create_table(
        "jobs",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("parameters", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("progress", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("started_at", base.UtcDateTime(), nullable=True),
        sa.Column("finished_at", base.UtcDateTime(), nullable=True),
        sa.Column("heartbeat_at", base.UtcDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(length=80), nullable=True),
        sa.Column("stop_requested", sa.Boolean(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("reasons", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("schedule_id", sa.Integer(), nullable=True),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('solve', 'replan')", name=op.f("ck_jobs_kind")),
        sa.CheckConstraint("state IN ('queued', 'running', 'done', 'failed', 'stopped')", name=op.f("ck_jobs_state")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["users.id"], name=op.f("fk_jobs_created_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_jobs_event_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedule_versions.id"], name=op.f("fk_jobs_schedule_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_jobs_event_id"), ["event_id"], unique=False)
        batch_op.create_index("ix_jobs_state_heartbeat_at", ["state", "heartbeat_at"], unique=False)

    op.create_table(
        "registrations",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=200), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("contact_name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("website", sa.String(length=300), nullable=False),
        sa.Column("siren", sa.String(length=9), nullable=True),
        sa.Column("size", sa.String(length=20), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("needs", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("offers", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("themes", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("notes", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("unavailable", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("delegates", sa.Integer(), nullable=False),
        sa.Column("remote", sa.Boolean(), nullable=False),
        sa.Column("requires", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("accessibility", sa.Text(), nullable=False),
        sa.Column("needs_facilitator", sa.Boolean(), nullable=False),
        sa.Column("home_table_id", sa.Integer(), nullable=True),
        sa.Column("min_meetings", sa.Integer(), nullable=False),
        sa.Column("max_meetings", sa.Integer(), nullable=True),
        sa.Column("boost", sa.Integer(), nullable=False),
        sa.Column("publish_contact", sa.Boolean(), nullable=False),
        sa.Column("consent_text", sa.Text(), nullable=False),
        sa.Column("consented_at", base.UtcDateTime(), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("token_issued_at", base.UtcDateTime(), nullable=True),
        sa.Column("token_revoked_at", base.UtcDateTime(), nullable=True),
        sa.Column("wishes_saved_at", base.UtcDateTime(), nullable=True),
        sa.Column("updated_at", base.UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "status IN ('pending', 'accepted', 'waiting', 'declined', 'withdrawn')",
            name=op.f("ck_registrations_status"),
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_registrations_event_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["home_table_id"], ["event_tables.id"], name=op.f("fk_registrations_home_table_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_registrations_organisation_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registrations")),
        sa.UniqueConstraint("event_id", "key", name=op.f("uq_registrations_event_id_key")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_registrations_token_hash")),
    )
    with op.batch_alter_table("registrations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_registrations_email"), ["email"], unique=False)
        batch_op.create_index("ix_registrations_event_id_status", ["event_id", "status"], unique=False)
        batch_op.create_index(batch_op.f("ix_registrations_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "audit_entries",
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("behalf_of_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("details", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["behalf_of_id"], ["registrations.id"], name=op.f("fk_audit_entries_behalf_of_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_audit_entries_event_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_audit_entries_user_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entries_behalf_of_id"), ["behalf_of_id"], unique=False)
        batch_op.create_index("ix_audit_entries_event_id_created_at", ["event_id", "created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entries_user_id"), ["user_id"], unique=False)

    op.create_table(
        "meeting_rules",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("a_id", sa.Integer(), nullable=False),
        sa.Column("b_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=True),
        sa.Column("session", sa.Text(), nullable=True),
        sa.Column("after", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.CheckConstraint("status IN ('required', 'forbidden', 'allowed')", name=op.f("ck_meeting_rules_status")),
        sa.ForeignKeyConstraint(["a_id"], ["registrations.id"], name=op.f("fk_meeting_rules_a_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["b_id"], ["registrations.id"], name=op.f("fk_meeting_rules_b_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_meeting_rules_event_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["slot_id"], ["slots.id"], name=op.f("fk_meeting_rules_slot_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_rules")),
    )
    with op.batch_alter_table("meeting_rules", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meeting_rules_a_id"), ["a_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_meeting_rules_b_id"), ["b_id"], unique=False)
        batch_op.create_index("ix_meeting_rules_event_id_position", ["event_id", "position"], unique=False)

    op.create_table(
        "outbox_mails",
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("registration_id", sa.Integer(), nullable=True),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body_text", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=True),
        sa.Column("message_id", sa.String(length=254), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", base.UtcDateTime(), nullable=False),
        sa.Column("claimed_at", base.UtcDateTime(), nullable=True),
        sa.Column("claimed_by", sa.String(length=80), nullable=True),
        sa.Column("sent_at", base.UtcDateTime(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.CheckConstraint("state IN ('queued', 'claimed', 'sent', 'failed')", name=op.f("ck_outbox_mails_state")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_outbox_mails_event_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name=op.f("fk_outbox_mails_registration_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_mails")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outbox_mails_message_id")),
    )
    with op.batch_alter_table("outbox_mails", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_mails_event_id"), ["event_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_mails_registration_id"), ["registration_id"], unique=False)
        batch_op.create_index("ix_outbox_mails_state_due_at", ["state", "due_at"], unique=False)

    op.create_table(
        "vetoes",
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.CheckConstraint("registration_id <> target_id", name=op.f("ck_vetoes_not_self")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name=op.f("fk_vetoes_registration_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["registrations.id"], name=op.f("fk_vetoes_target_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vetoes")),
        sa.UniqueConstraint("registration_id", "target_id", name=op.f("uq_vetoes_registration_id_target_id")),
    )
    with op.batch_alter_table("vetoes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_vetoes_target_id"), ["target_id"], unique=False)

    op.create_table(
        "wishes",
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.CheckConstraint("registration_id <> target_id", name=op.f("ck_wishes_not_self")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name=op.f("fk_wishes_registration_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["registrations.id"], name=op.f("fk_wishes_target_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wishes")),
        sa.UniqueConstraint("registration_id", "target_id", name=op.f("uq_wishes_registration_id_target_id")),
    )
    with op.batch_alter_table("wishes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_wishes_target_id"), ["target_id"], unique=False)

    op.create_table(
        "outbox_attachments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mail_id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("mime_type", sa.String(length=100), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mail_id"], ["outbox_mails.id"], name=op.f("fk_outbox_attachments_mail_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_attachments")),
    )
    with op.batch_alter_table("outbox_attachments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_attachments_mail_id"), ["mail_id"], unique=False)

    if op.get_bind().dialect.name != "sqlite":
        # Events and schedules point at each other. SQLite took the constraint with the table; others want both first.
        op.create_foreign_key(
            "fk_events_published_schedule_id",
            "events",
            "schedule_versions",
            ["published_schedule_id"],
            ["id"],
            ondelete="SET NULL",
        )


def downgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint("fk_events_published_schedule_id", "events", type_="foreignkey")
    with op.batch_alter_table("outbox_attachments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_attachments_mail_id"))

    op.drop_table("outbox_attachments")
    with op.batch_alter_table("wishes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_wishes_target_id"))

    op.drop_table("wishes")
    with op.batch_alter_table("vetoes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_vetoes_target_id"))

    op.drop_table("vetoes")
    with op.batch_alter_table("outbox_mails", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_mails_state_due_at")
        batch_op.drop_index(batch_op.f("ix_outbox_mails_registration_id"))
        batch_op.drop_index(batch_op.f("ix_outbox_mails_event_id"))

    op.drop_table("outbox_mails")
    with op.batch_alter_table("meeting_rules", schema=None) as batch_op:
        batch_op.drop_index("ix_meeting_rules_event_id_position")
        batch_op.drop_index(batch_op.f("ix_meeting_rules_b_id"))
        batch_op.drop_index(batch_op.f("ix_meeting_rules_a_id"))

    op.drop_table("meeting_rules")
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_entries_user_id"))
        batch_op.drop_index("ix_audit_entries_event_id_created_at")
        batch_op.drop_index(batch_op.f("ix_audit_entries_behalf_of_id"))

    op.drop_table("audit_entries")
    with op.batch_alter_table("registrations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_registrations_organisation_id"))
        batch_op.drop_index("ix_registrations_event_id_status")
        batch_op.drop_index(batch_op.f("ix_registrations_email"))

    op.drop_table("registrations")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_index("ix_jobs_state_heartbeat_at")
        batch_op.drop_index(batch_op.f("ix_jobs_event_id"))

    op.drop_table("jobs")
    op.drop_table("slots")
    with op.batch_alter_table("sign_in_links", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_links_user_id"))

    op.drop_table("sign_in_links")
    with op.batch_alter_table("schedule_versions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_schedule_versions_parent_id"))

    op.drop_table("schedule_versions")
    op.drop_table("facilitators")
    op.drop_table("event_tables")
    with op.batch_alter_table("event_members", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_event_members_event_id"))

    op.drop_table("event_members")
    with op.batch_alter_table("api_tokens", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_tokens_user_id"))

    op.drop_table("api_tokens")
    op.drop_table("worker_heartbeats")
    op.drop_table("users")
    with op.batch_alter_table("organisations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organisations_siren"))

    op.drop_table("organisations")
    op.drop_table("events")
    op.drop_table("account_roles")
