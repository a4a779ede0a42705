import type { Action, Certificate, Listener } from '@aws-sdk/client-elastic-load-balancing-v2';
import { selfSignedCertificate } from '../dataplane/load-balancer/certificate.ts';
import { openListener } from '../dataplane/load-balancer/listener.ts';
import { type AwsError, awsError } from '../kernel/error.ts';
import type { Handlers, Input, Validated } from '../kernel/service.ts';
import { normalizeActions } from './actions.ts';
import { attributeList, changedAttributes, initialAttributes, listenerAttributes } from './attributes.ts';
import { page } from './page.ts';
import { newRule, noteUse, setRules } from './routing.ts';
import {
  type ListenerRecord,
  type LoadBalancerRecord,
  listenerOf,
  listenersOf,
  loadBalancerOf,
  newId,
  type State,
} from './state.ts';
import { newTags } from './tags.ts';

type CreateInput = Validated<Input<'elasticloadbalancing', 'CreateListener'>>;
type ModifyInput = Validated<Input<'elasticloadbalancing', 'ModifyListener'>>;

const MOST_LISTENERS = 50;
const DEFAULT_SSL_POLICY = 'ELBSecurityPolicy-2016-08';

export function listenerOperations(state: State): Handlers<'elasticloadbalancing'> {
  return {
    CreateListener: async (input) => ({ Listeners: [describe(await createListener(state, input))] }),
    ModifyListener: async (input) => ({ Listeners: [describe(await modifyListener(state, input))] }),
    DeleteListener: async ({ ListenerArn }) => {
      await closeListener(state, listenerOf(state, ListenerArn));
      return {};
    },
    DescribeListeners: (input) => {
      if (!input.LoadBalancerArn && !input.ListenerArns) {
        throw awsError('ValidationError', 'You must specify either listener ARNs or a load balancer ARN');
      }
      const chosen =
        input.ListenerArns?.map((arn) => listenerOf(state, arn)) ??
        listenersOf(state, loadBalancerOf(state, input.LoadBalancerArn ?? ''));
      const { items, marker } = page(chosen, input);
      return { Listeners: items.map(describe), ...marker };
    },
    DescribeListenerAttributes: ({ ListenerArn }) => ({
      Attributes: attributeList(listenerOf(state, ListenerArn).attributes),
    }),
    ModifyListenerAttributes: ({ ListenerArn, Attributes }) => {
      const listener = listenerOf(state, ListenerArn);
      listener.attributes = changedAttributes(
        listener.attributes,
        Attributes,
        listenerAttributes,
        'Listener',
      );
      return { Attributes: attributeList(listener.attributes) };
    },
    DescribeListenerCertificates: (input) => {
      const { certificates } = listenerOf(state, input.ListenerArn);
      const listed = certificates.map((certificate, index) => ({ ...certificate, IsDefault: index === 0 }));
      const { items, marker } = page(listed, input);
      return { Certificates: items, ...marker };
    },
  };
}

async function createListener(state: State, input: CreateInput): Promise<ListenerRecord> {
  const loadBalancer = loadBalancerOf(state, input.LoadBalancerArn);
  const { port, protocol } = endpoint(input);
  const certificates = certificatesFor(protocol, input.Certificates);
  const actions = normalizeActions(state, loadBalancer, input.DefaultActions);
  const tags = newTags(input.Tags);
  const siblings = listenersOf(state, loadBalancer);
  const present = siblings.find((listener) => listener.port === port);
  if (present) return sameOrFault(present, protocol, actions);
  if (siblings.length >= MOST_LISTENERS) {
    throw awsError(
      'TooManyListeners',
      `The maximum number of listeners (${MOST_LISTENERS}) has been reached on load balancer '${loadBalancer.arn}'`,
    );
  }
  const id = `${loadBalancer.dimension}/${newId()}`;
  const listener: ListenerRecord = {
    arn: state.aws.arn('elasticloadbalancing', `listener/${id}`),
    loadBalancer,
    port,
    protocol,
    certificates,
    ...(protocol === 'HTTPS' ? { sslPolicy: input.SslPolicy ?? DEFAULT_SSL_POLICY } : {}),
    attributes: initialAttributes(listenerAttributes),
    rules: [newRule(state, { arn: ruleArn(state, id), priority: 'default', conditions: [], actions })],
  };
  state.listeners.set(listener.arn, listener);
  try {
    await open(state, listener, port);
  } catch (error) {
    state.listeners.delete(listener.arn);
    throw error;
  }
  state.tags.set(listener.arn, tags);
  noteUse(state);
  return listener;
}

function ruleArn(state: State, listenerId: string): string {
  return state.aws.arn('elasticloadbalancing', `listener-rule/${listenerId}/${newId()}`);
}

function endpoint({ Port, Protocol }: Pick<CreateInput, 'Port' | 'Protocol'>): {
  port: number;
  protocol: 'HTTP' | 'HTTPS';
} {
  if (Port === undefined) throw awsError('ValidationError', 'A listener port must be specified');
  if (Port < 1 || Port > 65_535) {
    throw awsError('ValidationError', `Listener port '${Port}' must be between 1 and 65535 inclusive`);
  }
  if (Protocol === undefined) throw awsError('ValidationError', 'A listener protocol must be specified');
  if (Protocol !== 'HTTP' && Protocol !== 'HTTPS') {
    throw awsError('ValidationError', `Listener protocol '${Protocol}' must be one of 'HTTP, HTTPS'`);
  }
  return { port: Port, protocol: Protocol };
}

function certificatesFor(
  protocol: 'HTTP' | 'HTTPS',
  certificates: readonly Certificate[] = [],
): Certificate[] {
  if (protocol === 'HTTP') {
    if (certificates.length === 0) return [];
    throw awsError('ValidationError', 'You cannot specify certificates for an HTTP listener');
  }
  const [certificate] = certificates;
  if (!certificate?.CertificateArn || certificates.length > 1) {
    throw awsError('ValidationError', 'Exactly one certificate must be specified for an HTTPS listener');
  }
  if (!/^arn:[^:]+:(acm|iam):/.test(certificate.CertificateArn)) {
    throw awsError('CertificateNotFound', `Certificate ARN '${certificate.CertificateArn}' is not valid`);
  }
  return [{ CertificateArn: certificate.CertificateArn }];
}

/** Creating again what is there is no error; another listener on the same port is. */
function sameOrFault(
  present: ListenerRecord,
  protocol: 'HTTP' | 'HTTPS',
  actions: readonly Action[],
): ListenerRecord {
  const same =
    present.protocol === protocol && JSON.stringify(defaultActions(present)) === JSON.stringify(actions);
  if (same && present.open) return present;
  throw duplicateListener(present.loadBalancer);
}

function duplicateListener({ arn }: LoadBalancerRecord): AwsError {
  return awsError(
    'DuplicateListener',
    `A listener already exists on this port for this load balancer '${arn}'`,
  );
}

function defaultActions({ rules }: ListenerRecord): Action[] {
  return rules.find(({ priority }) => priority === 'default')?.actions ?? [];
}

async function open(state: State, listener: ListenerRecord, port: number): Promise<void> {
  const { loadBalancer, protocol, rules } = listener;
  const { address } = loadBalancer.claimed;
  try {
    listener.open = await openListener({
      address,
      port,
      protocol,
      ...(protocol === 'HTTPS' ? { certificate: selfSignedCertificate(address) } : {}),
      loadBalancer: () => loadBalancer.settings,
      rules: rules.map(({ compiled }) => compiled),
      clock: state.aws.clock,
      accessLog: state.accessLog,
    });
  } catch (error) {
    throw portFault(loadBalancer, port, error);
  }
  state.aws.log(
    `load balancer ${loadBalancer.name} listens on ${protocol.toLowerCase()}://${address}:${port}`,
  );
}

/** AWS's ports are always free and open to it; this machine's are not. */
function portFault({ name, claimed }: LoadBalancerRecord, port: number, error: unknown): AwsError {
  const code = typeof error === 'object' && error && 'code' in error ? error.code : undefined;
  const where = `port ${port} of ${claimed.address}, where load balancer '${name}' should listen,`;
  const explanations: Readonly<Record<string, string>> = {
    EADDRINUSE: `${where} is taken by another process on this machine (often one that listens on 0.0.0.0:${port}). End it or choose another port`,
    EACCES: `${where} needs more rights than this process has: ports below 1024 are privileged. Choose a port from 1024 on, or allow it with: sysctl net.ipv4.ip_unprivileged_port_start=0`,
  };
  const reason = explanations[String(code)] ?? `${where} cannot be listened on: ${String(error)}`;
  return awsError('InvalidConfigurationRequest', `The embedded AWS: ${reason}`);
}

async function modifyListener(state: State, input: ModifyInput): Promise<ListenerRecord> {
  const listener = listenerOf(state, input.ListenerArn);
  const { port, protocol } = endpoint({
    Port: input.Port ?? listener.port,
    Protocol: input.Protocol ?? listener.protocol,
  });
  const { loadBalancer } = listener;
  const actions = input.DefaultActions && normalizeActions(state, loadBalancer, input.DefaultActions);
  const certificates = certificatesFor(
    protocol,
    input.Certificates ?? (protocol === 'HTTPS' ? listener.certificates : []),
  );
  const occupied = listenersOf(state, loadBalancer).some(
    (other) => other !== listener && other.port === port,
  );
  if (occupied) throw duplicateListener(loadBalancer);
  const moved = port !== listener.port || protocol !== listener.protocol;
  if (moved) await move(state, listener, port, protocol);
  listener.certificates = certificates;
  if (protocol === 'HTTPS') listener.sslPolicy = input.SslPolicy ?? listener.sslPolicy ?? DEFAULT_SSL_POLICY;
  if (actions) {
    const rules = listener.rules.map((rule) =>
      rule.priority === 'default' ? newRule(state, { ...rule, actions }) : rule,
    );
    setRules(state, listener, rules);
  }
  return listener;
}

async function move(
  state: State,
  listener: ListenerRecord,
  port: number,
  protocol: 'HTTP' | 'HTTPS',
): Promise<void> {
  const { open: before, protocol: protocolBefore } = listener;
  // On the same port the old one has to go before the new one can come.
  if (port === listener.port) await before?.close();
  listener.protocol = protocol;
  try {
    await open(state, listener, port);
  } catch (error) {
    listener.protocol = protocolBefore;
    throw error;
  }
  if (port !== listener.port) await before?.close();
  listener.port = port;
}

/** Also takes its rules along. */
export async function closeListener(state: State, listener: ListenerRecord): Promise<void> {
  state.listeners.delete(listener.arn);
  state.tags.delete(listener.arn);
  for (const { arn } of listener.rules) state.tags.delete(arn);
  noteUse(state);
  await listener.open?.close();
}

function describe(listener: ListenerRecord): Listener {
  return {
    ListenerArn: listener.arn,
    LoadBalancerArn: listener.loadBalancer.arn,
    Port: listener.port,
    Protocol: listener.protocol,
    ...(listener.protocol === 'HTTPS'
      ? { Certificates: listener.certificates, SslPolicy: listener.sslPolicy }
      : {}),
    DefaultActions: defaultActions(listener),
  };
}
