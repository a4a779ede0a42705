const MINUTE = 60_000;

/**
 * How long RDS takes, in simulated time. AWS promises none of these; they are what small instances usually need, in
 * the middle of what docs/disaster-recovery.md and the runbooks count with.
 */
export const TIMES = {
  create: 6 * MINUTE,
  backup: 2 * MINUTE,
  start: 5 * MINUTE,
  stop: 4 * MINUTE,
  modify: 1 * MINUTE,
  delete: 3 * MINUTE,
  restore: 10 * MINUTE,
  /** A stopped instance is started by RDS after seven days. */
  restart: 7 * 24 * 60 * MINUTE,
  day: 24 * 60 * MINUTE,
} as const;
