import { awsError } from '../kernel/error.ts';
import type { Attributes } from './state.ts';

/** What an attribute may be; AWS keeps every value as text. */
type Kind =
  | { type: 'boolean' }
  | { type: 'integer'; least: number; most: number }
  | { type: 'choice'; values: readonly string[] }
  | { type: 'text' };

interface Definition {
  initial: string;
  kind: Kind;
}

const boolean = (initial: boolean): Definition => ({ initial: String(initial), kind: { type: 'boolean' } });
const integer = (initial: number, least: number, most: number): Definition => ({
  initial: String(initial),
  kind: { type: 'integer', least, most },
});
const choice = (initial: string, ...others: string[]): Definition => ({
  initial,
  kind: { type: 'choice', values: [initial, ...others] },
});
const text = (initial = ''): Definition => ({ initial, kind: { type: 'text' } });

type Definitions = Readonly<Record<string, Definition>>;

export const loadBalancerAttributes: Definitions = {
  'access_logs.s3.enabled': boolean(false),
  'access_logs.s3.bucket': text(),
  'access_logs.s3.prefix': text(),
  'connection_logs.s3.enabled': boolean(false),
  'connection_logs.s3.bucket': text(),
  'connection_logs.s3.prefix': text(),
  'client_keep_alive.seconds': integer(3600, 60, 604_800),
  'deletion_protection.enabled': boolean(false),
  'idle_timeout.timeout_seconds': integer(60, 1, 4000),
  'load_balancing.cross_zone.enabled': choice('true'),
  'routing.http.desync_mitigation_mode': choice('defensive', 'monitor', 'strictest'),
  'routing.http.drop_invalid_header_fields.enabled': boolean(false),
  'routing.http.preserve_host_header.enabled': boolean(false),
  'routing.http.x_amzn_tls_version_and_cipher_suite.enabled': boolean(false),
  'routing.http.xff_client_port.enabled': boolean(false),
  'routing.http.xff_header_processing.mode': choice('append', 'preserve', 'remove'),
  'routing.http2.enabled': boolean(true),
  'waf.fail_open.enabled': boolean(false),
  'zonal_shift.config.enabled': boolean(false),
};

export const targetGroupAttributes: Definitions = {
  'deregistration_delay.timeout_seconds': integer(300, 0, 3600),
  'load_balancing.algorithm.anomaly_mitigation': choice('off', 'on'),
  'load_balancing.algorithm.type': choice('round_robin', 'least_outstanding_requests', 'weighted_random'),
  'load_balancing.cross_zone.enabled': choice('use_load_balancer_configuration', 'true', 'false'),
  'slow_start.duration_seconds': integer(0, 0, 900),
  'stickiness.app_cookie.cookie_name': text(),
  'stickiness.app_cookie.duration_seconds': integer(86_400, 1, 604_800),
  'stickiness.enabled': boolean(false),
  'stickiness.lb_cookie.duration_seconds': integer(86_400, 1, 604_800),
  'stickiness.type': choice('lb_cookie', 'app_cookie'),
  'target_group_health.dns_failover.minimum_healthy_targets.count': text('1'),
  'target_group_health.dns_failover.minimum_healthy_targets.percentage': text('off'),
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': text('1'),
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': text('off'),
};

export const listenerAttributes: Definitions = {
  'routing.http.response.server.enabled': boolean(true),
};

export function initialAttributes(definitions: Definitions): Attributes {
  return new Map(Object.entries(definitions).map(([key, { initial }]) => [key, initial]));
}

interface KeyAndValue {
  Key?: string | undefined;
  Value?: string | undefined;
}

/** The attributes after a change, checked as a whole before anything is changed. */
export function changedAttributes(
  present: Attributes,
  changes: readonly KeyAndValue[],
  definitions: Definitions,
  noun: string,
): Attributes {
  const next = new Map(present);
  const seen = new Set<string>();
  for (const { Key = '', Value = '' } of changes) {
    const definition = definitions[Key];
    if (!definition) {
      throw awsError('ValidationError', `${noun} attribute key '${Key}' is not recognized`);
    }
    if (seen.has(Key)) {
      throw awsError('ValidationError', `${noun} attribute key '${Key}' was specified more than once`);
    }
    seen.add(Key);
    const allowed = mismatch(definition.kind, Value);
    if (allowed !== undefined) {
      throw awsError(
        'ValidationError',
        `${noun} attribute value '${Value}' for key '${Key}' is not valid: ${allowed}`,
      );
    }
    next.set(Key, Value);
  }
  return next;
}

/** What would be allowed instead; undefined when the value fits. */
function mismatch(kind: Kind, value: string): string | undefined {
  switch (kind.type) {
    case 'boolean':
      return value === 'true' || value === 'false' ? undefined : "it must be 'true' or 'false'";
    case 'choice':
      return kind.values.includes(value) ? undefined : `it must be one of ${kind.values.join(', ')}`;
    case 'integer': {
      const fits = /^\d+$/.test(value) && Number(value) >= kind.least && Number(value) <= kind.most;
      return fits ? undefined : `it must be between ${kind.least} and ${kind.most} inclusive`;
    }
    case 'text':
      return undefined;
  }
}

/** As the Describe operations list them. */
export function attributeList(attributes: Attributes): { Key: string; Value: string }[] {
  return [...attributes].map(([Key, Value]) => ({ Key, Value }));
}
