import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Blueprint } from '../blueprint.ts';

/** Bucket names are global, hence the account in them; they are known before the buckets are there. */
export function bucketNames(scope: Construct, { prefix }: Blueprint) {
  const name = (purpose: string) => `${prefix}-${purpose}-${Stack.of(scope).account}`;
  return {
    static: name('static'),
    uploads: name('uploads'),
    backups: name('backups'),
    logs: name('logs'),
    uploadsReplica: name('uploads-replica'),
    backupsReplica: name('backups-replica'),
  };
}
