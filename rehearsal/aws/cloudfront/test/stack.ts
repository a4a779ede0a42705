import { CloudFormation } from '@aws-sdk/client-cloudformation';
import type { EmbeddedAws } from '../../server.ts';
import { clientOptions } from '../../test/client.ts';

type Resources = Readonly<Record<string, { Type: string; Properties: object }>>;

/** Deploys a template, anew or as an update. @returns what the stack outputs */
export async function deploy(
  aws: EmbeddedAws,
  StackName: string,
  resources: Resources,
  outputs: Readonly<Record<string, unknown>> = {},
): Promise<Record<string, string>> {
  const cloudFormation = new CloudFormation(clientOptions(aws));
  const Outputs = Object.fromEntries(Object.entries(outputs).map(([name, Value]) => [name, { Value }]));
  const TemplateBody = JSON.stringify({ Resources: resources, Outputs });
  const exists = await cloudFormation.describeStacks({ StackName }).then(
    () => true,
    () => false,
  );
  if (exists) await cloudFormation.updateStack({ StackName, TemplateBody });
  else await cloudFormation.createStack({ StackName, TemplateBody });
  return settled(cloudFormation, StackName);
}

export async function destroy(aws: EmbeddedAws, StackName: string): Promise<void> {
  const cloudFormation = new CloudFormation(clientOptions(aws));
  const { Stacks } = await cloudFormation.describeStacks({ StackName });
  await cloudFormation.deleteStack({ StackName });
  await settled(cloudFormation, Stacks?.[0]?.StackId ?? StackName);
}

async function settled(cloudFormation: CloudFormation, StackName: string): Promise<Record<string, string>> {
  for (;;) {
    const { Stacks } = await cloudFormation.describeStacks({ StackName });
    const { StackStatus = '', Outputs = [] } = Stacks?.[0] ?? {};
    if (/^(CREATE|UPDATE|DELETE)_COMPLETE$/.test(StackStatus)) {
      return Object.fromEntries(
        Outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
      );
    }
    if (!/IN_PROGRESS$/.test(StackStatus)) {
      const { StackEvents = [] } = await cloudFormation.describeStackEvents({ StackName });
      throw new Error(
        StackEvents.flatMap(({ LogicalResourceId, ResourceStatusReason }) =>
          ResourceStatusReason ? `${LogicalResourceId}: ${ResourceStatusReason}` : [],
        ).join('\n'),
      );
    }
  }
}
