import type { TargetGroup } from '@aws-sdk/client-elastic-load-balancing-v2';
import { awsError } from '../kernel/error.ts';

type HealthCheck = Pick<
  TargetGroup,
  | 'HealthCheckProtocol'
  | 'HealthCheckPort'
  | 'HealthCheckEnabled'
  | 'HealthCheckIntervalSeconds'
  | 'HealthCheckTimeoutSeconds'
  | 'HealthyThresholdCount'
  | 'UnhealthyThresholdCount'
  | 'HealthCheckPath'
  | 'Matcher'
>;

/** AWS's defaults for targets of type `ip` and `instance`. */
const defaults = {
  HealthCheckProtocol: 'HTTP',
  HealthCheckPort: 'traffic-port',
  HealthCheckEnabled: true,
  HealthCheckIntervalSeconds: 30,
  HealthCheckTimeoutSeconds: 5,
  HealthyThresholdCount: 5,
  UnhealthyThresholdCount: 2,
  HealthCheckPath: '/',
  Matcher: { HttpCode: '200' },
} as const satisfies HealthCheck;

/** The health check of a target group: what is given over what is there over AWS's defaults, checked. */
export function healthCheck(given: HealthCheck, present: HealthCheck = {}): HealthCheck {
  const check = {
    HealthCheckProtocol:
      given.HealthCheckProtocol ?? present.HealthCheckProtocol ?? defaults.HealthCheckProtocol,
    HealthCheckPort: given.HealthCheckPort ?? present.HealthCheckPort ?? defaults.HealthCheckPort,
    HealthCheckEnabled: given.HealthCheckEnabled ?? present.HealthCheckEnabled ?? defaults.HealthCheckEnabled,
    ...timing(given, present),
    HealthCheckPath: given.HealthCheckPath ?? present.HealthCheckPath ?? defaults.HealthCheckPath,
    Matcher: given.Matcher ?? present.Matcher ?? defaults.Matcher,
  };
  validateTiming(check);
  validateRequest(check);
  return check;
}

function timing(given: HealthCheck, present: HealthCheck) {
  const value = (
    key:
      | 'HealthCheckIntervalSeconds'
      | 'HealthCheckTimeoutSeconds'
      | 'HealthyThresholdCount'
      | 'UnhealthyThresholdCount',
  ) => given[key] ?? present[key] ?? defaults[key];
  return {
    HealthCheckIntervalSeconds: value('HealthCheckIntervalSeconds'),
    HealthCheckTimeoutSeconds: value('HealthCheckTimeoutSeconds'),
    HealthyThresholdCount: value('HealthyThresholdCount'),
    UnhealthyThresholdCount: value('UnhealthyThresholdCount'),
  };
}

function validateTiming(check: ReturnType<typeof timing>): void {
  mustBeBetween('Health check interval', check.HealthCheckIntervalSeconds, 5, 300);
  mustBeBetween('Health check timeout', check.HealthCheckTimeoutSeconds, 2, 120);
  mustBeBetween('Healthy threshold count', check.HealthyThresholdCount, 2, 10);
  mustBeBetween('Unhealthy threshold count', check.UnhealthyThresholdCount, 2, 10);
  if (check.HealthCheckTimeoutSeconds >= check.HealthCheckIntervalSeconds) {
    throw awsError('ValidationError', 'Health check interval must be greater than the timeout.');
  }
}

function mustBeBetween(noun: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw awsError('ValidationError', `${noun} '${value}' not in valid range '${least}-${most}'`);
}

function validateRequest({
  HealthCheckProtocol,
  HealthCheckPort,
  HealthCheckPath,
  Matcher,
}: ReturnType<typeof healthCheck>): void {
  if (HealthCheckProtocol !== 'HTTP' && HealthCheckProtocol !== 'HTTPS') {
    throw awsError(
      'ValidationError',
      `Health check protocol '${HealthCheckProtocol}' must be one of 'HTTP, HTTPS'`,
    );
  }
  const port = Number(HealthCheckPort);
  if (HealthCheckPort !== 'traffic-port' && !(Number.isInteger(port) && port >= 1 && port <= 65_535)) {
    throw awsError(
      'ValidationError',
      `Health check port '${HealthCheckPort}' must be 'traffic-port' or between 1 and 65535 inclusive`,
    );
  }
  if (!HealthCheckPath?.startsWith('/') || HealthCheckPath.length > 1_024) {
    throw awsError(
      'ValidationError',
      `Health check path '${HealthCheckPath}' must start with '/' and cannot be longer than '1024' characters`,
    );
  }
  if (!isMatcher(Matcher?.HttpCode ?? '')) {
    throw awsError(
      'ValidationError',
      `Health check matcher HTTP code '${Matcher?.HttpCode}' must be within '200-499'`,
    );
  }
}

/** `200`, `200,202`, `200-299`: values within 200–499. */
function isMatcher(text: string): boolean {
  const inRange = (code: number | undefined) => code !== undefined && code >= 200 && code <= 499;
  return text.split(',').every((part) => {
    const [low, high = low] = part.split('-').map(Number);
    return /^\d{3}(-\d{3})?$/.test(part) && inRange(low) && inRange(high) && Number(low) <= Number(high);
  });
}
