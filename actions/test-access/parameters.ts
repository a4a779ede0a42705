import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { abortable, awsFault, clientOptions } from '../common/aws.ts';
import { FaultsError } from '../common/fault.ts';

/** What the edge stack of an environment tells releases. */
export interface Place {
  url: string;
  /** ARN of the key value store. */
  store: string;
}

/** @throws FaultsError when the environment has no test distribution. */
export async function readPlace(path: string, deadline: number, signal: AbortSignal): Promise<Place> {
  const Names = [`${path}/url`, `${path}/key-value-store`];
  const client = new SSMClient(clientOptions(deadline));
  const { Parameters = [] } = await client
    .send(new GetParametersCommand({ Names }), abortable(signal))
    .catch((error: unknown) => {
      signal.throwIfAborted();
      throw new FaultsError([awsFault(error, `parameters ${path}`, 'ssm:GetParameters')]);
    });
  const [url = '', store = ''] = Names.map(
    (name) => Parameters.find(({ Name }) => Name === name)?.Value ?? '',
  );
  const missing = Names.filter((name) => !Parameters.some(({ Name, Value }) => Name === name && Value));
  if (missing.length > 0) {
    throw new FaultsError(
      missing.map((name) => ({
        subject: `parameter ${name}`,
        message: 'does not exist',
        remedy:
          'The edge stack of the environment makes it: deploy it, or wake the environment, or check the inputs product and environment',
      })),
    );
  }
  return { url, store };
}
