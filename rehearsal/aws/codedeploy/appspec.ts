import { parse } from 'yaml';
import { z } from 'zod';
import { type HookableEventName, type Hooks, hookableEventNames } from './engine/lifecycle.ts';

const containerPort = z
  .union([z.number(), z.string().regex(/^\d+$/).transform(Number)])
  .pipe(z.number().int().min(1).max(65535));

const weight = z
  .union([z.number(), z.string().regex(/^\d+$/).transform(Number)])
  .pipe(z.number().int().min(0));

const capacityProvider = z.strictObject({
  CapacityProvider: z.string().min(1),
  Base: weight.optional(),
  Weight: weight.optional(),
});

const networkConfiguration = z.strictObject({
  AwsvpcConfiguration: z.strictObject({
    Subnets: z.array(z.string()).min(1),
    SecurityGroups: z.array(z.string()).optional(),
    AssignPublicIp: z.enum(['ENABLED', 'DISABLED']).optional(),
  }),
});

const targetService = z.strictObject({
  Type: z.literal('AWS::ECS::Service'),
  Properties: z.strictObject({
    TaskDefinition: z.string().min(1),
    LoadBalancerInfo: z.strictObject({
      ContainerName: z.string().min(1),
      ContainerPort: containerPort,
    }),
    PlatformVersion: z.string().optional(),
    NetworkConfiguration: networkConfiguration.optional(),
    CapacityProviderStrategy: z.array(capacityProvider).optional(),
  }),
});

const hookEntry = z.partialRecord(z.enum(hookableEventNames), z.string().min(1));

const document = z.object({
  version: z.union([z.number(), z.string()]).refine((version) => Number(version) === 0, {
    message: 'the only allowed version is 0.0',
  }),
  resources: z.array(z.strictObject({ TargetService: targetService })).length(1),
  hooks: z.array(hookEntry).optional(),
});

export type TargetServiceProperties = z.infer<typeof targetService>['Properties'];

export interface AppSpec {
  service: TargetServiceProperties;
  hooks: Hooks;
}

export type AppSpecReading = { appSpec: AppSpec } | { faults: string[] };

/**
 * Reads an AppSpec for ECS, in YAML or JSON. Section names are taken in either case
 * (`Resources`, `resources`), as CodeDeploy's own examples write both.
 */
export function readAppSpec(content: string): AppSpecReading {
  let sections: unknown;
  try {
    sections = parse(content);
  } catch (error) {
    return { faults: [error instanceof Error ? error.message : String(error)] };
  }
  if (typeof sections !== 'object' || sections === null || Array.isArray(sections)) {
    return { faults: ['it has no sections; "version" and "Resources" are required'] };
  }
  const lowerCased = Object.fromEntries(
    Object.entries(sections).map(([name, section]) => [name.toLowerCase(), section]),
  );
  const checked = document.safeParse(lowerCased);
  if (!checked.success) return { faults: checked.error.issues.map(describe) };
  const [resource] = checked.data.resources;
  if (!resource) return { faults: ['Resources: exactly one TargetService is required'] };
  return {
    appSpec: { service: resource.TargetService.Properties, hooks: mergeHooks(checked.data.hooks ?? []) },
  };
}

const mergeHooks = (entries: readonly Partial<Record<HookableEventName, string>>[]): Hooks =>
  Object.assign({}, ...entries);

function describe(issue: z.core.$ZodIssue): string {
  const path = issue.path.map((part) => (part === 'resources' ? 'Resources' : String(part))).join('.');
  return path === '' ? issue.message : `${path}: ${issue.message}`;
}
