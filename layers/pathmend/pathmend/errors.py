"""The error tree: what a caller can do next decides the class.

PathmendError
├── InvalidEventError      the input is not what it claims to be; a retry cannot cure it
├── InvalidSnapshotError   a describe answer is malformed; names the file, the key and the value
├── PermanentError         access denied, not found, unsupported; a retry cannot cure it
│   ├── AccessDeniedError  names the permission that is missing
│   └── NotFoundError      names what is gone
└── TemporaryError         throttled, conflict, time-out; the same call may succeed later
    └── ConflictError      somebody else changed the same thing at the same moment

Handlers re-raise temporary and unknown errors (retry, then the dead-letter queue).
An expected "no" is a value, not an error.
"""


class PathmendError(Exception):
    """Root of everything Pathmend raises on purpose."""


class InvalidEventError(PathmendError):
    """An event that cannot be understood, with the path of what is wrong in it."""


class InvalidSnapshotError(PathmendError):
    """A describe answer that cannot be understood."""


class PermanentError(PathmendError):
    """A failure that the same call will meet again."""


class AccessDeniedError(PermanentError):
    """AWS refused the call; the message names the action that the role lacks."""


class NotFoundError(PermanentError):
    """The named resource does not exist (any more)."""


class TemporaryError(PathmendError):
    """A failure that may pass: the caller's retry policy decides."""


class ConflictError(TemporaryError):
    """A conditional write lost against another writer."""
