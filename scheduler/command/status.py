"""The exit statuses that scripts can rely on."""

DONE, FAILED, INVALID, INFEASIBLE = 0, 1, 2, 3
