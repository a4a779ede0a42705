import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { abortable, clientOptions } from '../../common/aws.ts';
import type { Fault } from '../../common/fault.ts';
import { chunks, mapLimited } from '../../common/poll.ts';
import type { Preflight } from '../preflight.ts';
import { withChange } from '../task-definition.ts';

/** GetParameters takes 10 names. */
const PARAMETERS_A_CALL = 10;

interface Reference {
  valueFrom: string;
  variable: string;
  service: string;
}

/** Secrets and parameters that the wanted revisions name are there. Their values are not read. */
export async function checkSecrets(preflight: Preflight): Promise<Fault[]> {
  const references = preflight.steps.flatMap(({ live }): Reference[] => {
    const { image, environment, secrets } = live.target;
    const wanted = withChange(live.current, live.container, { image: image.text, environment, secrets });
    return (wanted.containerDefinitions ?? []).flatMap((container) =>
      (container.secrets ?? []).map(({ name = '', valueFrom = '' }) => ({
        valueFrom,
        variable: name,
        service: live.target.name,
      })),
    );
  });
  const isSecret = ({ valueFrom }: Reference) =>
    valueFrom.startsWith('arn:') && /:secretsmanager:/.test(valueFrom);
  const [secrets, parameters] = await Promise.all([
    missingSecrets(unique(references.filter(isSecret)), preflight),
    missingParameters(unique(references.filter((reference) => !isSecret(reference))), preflight),
  ]);
  const missing = new Set([...secrets, ...parameters]);
  return references
    .filter(({ valueFrom }) => missing.has(valueFrom))
    .map(({ valueFrom, variable, service }) => ({
      subject: `secret ${variable} of service ${service}`,
      message: `${valueFrom} is not there`,
      remedy: 'Create it: a task whose secret is missing does not start',
    }));
}

function unique(references: readonly Reference[]): string[] {
  return [...new Set(references.map(({ valueFrom }) => valueFrom))];
}

async function missingSecrets(values: readonly string[], { deadline, signal }: Preflight): Promise<string[]> {
  if (values.length === 0) return [];
  const client = new SecretsManagerClient(clientOptions(deadline));
  const missing = await mapLimited(values, 8, async (value): Promise<string[]> => {
    try {
      // ARN:JSON-KEY:VERSION-STAGE:VERSION-ID names a part of the secret.
      const SecretId = value.split(':').slice(0, 7).join(':');
      await client.send(new DescribeSecretCommand({ SecretId }), abortable(signal));
      return [];
    } catch (error) {
      if (error instanceof Error && error.name === 'ResourceNotFoundException') return [value];
      throw error;
    }
  });
  return missing.flat();
}

async function missingParameters(
  values: readonly string[],
  { deadline, signal }: Preflight,
): Promise<string[]> {
  if (values.length === 0) return [];
  const client = new SSMClient(clientOptions(deadline));
  const answers = await Promise.all(
    chunks(values, PARAMETERS_A_CALL).map((Names) =>
      client.send(new GetParametersCommand({ Names, WithDecryption: false }), abortable(signal)),
    ),
  );
  return answers.flatMap(({ InvalidParameters }) => InvalidParameters ?? []);
}
