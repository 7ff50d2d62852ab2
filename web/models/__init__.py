"""The tables, one file a subject. Import models from here, so that all of them are known to the metadata."""

from web.models.account import (
    AccountRole,
    ApiToken,
    EventMember,
    Passkey,
    RecoveryCode,
    Role,
    SignIn,
    SignInLink,
    User,
    WrongAttempt,
)
from web.models.answer import NOTE_OF_ANSWER_LIMIT, Answer, MeetingAnswer, Reason
from web.models.base import Base, table_of, utcnow
from web.models.colleague import Colleague, Reader, registration_of
from web.models.doubles import Alike, DistinctPair, MergedRegistration
from web.models.draft import RegistrationDraft
from web.models.event import Event, EventStatus, Facilitator, MeetingRule, RuleStatus, Slot, Table
from web.models.invitation import Invitation, Occasion, Reminder, ReminderPlan
from web.models.listed import ListImport, ListState
from web.models.log import AuditEntry
from web.models.mail import Attaching, MailState, MailTurns, OutboxAttachment, OutboxMail
from web.models.mailing import Mailing
from web.models.organisation import Organisation
from web.models.picture import Picture, Purpose
from web.models.registration import IDENTIFYING, LINE_LIMIT, PROJECT_LIMIT, Registration, RegistrationStatus
from web.models.schedule import (
    ACTIVE_JOBS,
    Agenda,
    Job,
    JobKind,
    JobState,
    ScheduleDraft,
    ScheduleVersion,
    WorkerHeartbeat,
)
from web.models.wish import Veto, Wish

__all__ = [
    "ACTIVE_JOBS",
    "IDENTIFYING",
    "LINE_LIMIT",
    "NOTE_OF_ANSWER_LIMIT",
    "PROJECT_LIMIT",
    "AccountRole",
    "Agenda",
    "Alike",
    "Answer",
    "ApiToken",
    "Attaching",
    "AuditEntry",
    "Base",
    "Colleague",
    "DistinctPair",
    "Event",
    "EventMember",
    "EventStatus",
    "Facilitator",
    "Invitation",
    "Job",
    "JobKind",
    "JobState",
    "ListImport",
    "ListState",
    "MailState",
    "MailTurns",
    "Mailing",
    "MeetingAnswer",
    "MeetingRule",
    "MergedRegistration",
    "Occasion",
    "Organisation",
    "OutboxAttachment",
    "OutboxMail",
    "Passkey",
    "Picture",
    "Purpose",
    "Reader",
    "Reason",
    "RecoveryCode",
    "Registration",
    "RegistrationDraft",
    "RegistrationStatus",
    "Reminder",
    "ReminderPlan",
    "Role",
    "RuleStatus",
    "ScheduleDraft",
    "ScheduleVersion",
    "SignIn",
    "SignInLink",
    "Slot",
    "Table",
    "User",
    "Veto",
    "Wish",
    "WorkerHeartbeat",
    "WrongAttempt",
    "registration_of",
    "table_of",
    "utcnow",
]
