import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Blueprint } from '../blueprint.ts';
import { bucketNames } from '../constructs/bucket-names.ts';
import { PrivateBucket } from '../constructs/private-bucket.ts';
import { EnvironmentStack } from './environment-stack.ts';

/** The second region: copies of what could not be made again. Deployed before Data, which replicates to it. */
export class DrStack extends EnvironmentStack {
  constructor(scope: Construct, blueprint: Blueprint) {
    super(scope, 'dr', blueprint, {
      description: 'Second region: replicas of uploads and database backups',
      stateful: true,
      region: blueprint.config.disasterRecovery.region,
    });
    const names = bucketNames(this, blueprint);
    for (const bucketName of [names.uploadsReplica, names.backupsReplica]) {
      const id = bucketName === names.uploadsReplica ? 'Uploads' : 'Backups';
      new PrivateBucket(this, id, {
        bucketName,
        versioned: true,
        lifecycleRules: [{ id: 'old-versions', noncurrentVersionExpiration: Duration.days(30) }],
      });
    }
  }
}
