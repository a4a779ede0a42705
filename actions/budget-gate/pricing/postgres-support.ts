/**
 * The last day of RDS standard support by major version of PostgreSQL.
 * https://docs.aws.amazon.com/AmazonRDS/latest/PostgreSQLReleaseNotes/postgresql-release-calendar.html
 */
const LAST_DAY: Readonly<Record<string, string>> = {
  '11': '2024-02-29',
  '12': '2025-02-28',
  '13': '2026-02-28',
  '14': '2027-02-28',
  '15': '2028-02-29',
  '16': '2029-02-28',
  '17': '2030-02-28',
};

/** The first day on which Extended Support is charged; undefined for a version that has no date yet. */
export function standardSupportEnd(version: string): Date | undefined {
  const last = LAST_DAY[version.split('.')[0] ?? ''];
  return last === undefined ? undefined : new Date(Date.parse(`${last}T00:00:00Z`) + 86_400_000);
}
