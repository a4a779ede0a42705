import type { TargetHealth } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Clock } from '../../kernel/clock.ts';
import { describeHealth, type Health, initialHealth } from './health.ts';
import { type HealthCheckSettings, startHealthChecks } from './health-checks.ts';
import {
  createTarget,
  releaseConnections,
  severConnections,
  type Target,
  type TargetProtocol,
  targetKey,
} from './target.ts';

export interface TargetGroupSettings {
  arn: string;
  /** `targetgroup/NAME/ID`, as CloudWatch's dimension has it. */
  dimension: string;
  protocol: TargetProtocol;
  healthCheck: HealthCheckSettings;
  algorithm: 'round_robin' | 'least_outstanding_requests';
  deregistrationDelaySeconds: number;
  stickiness?: { type: 'lb_cookie'; seconds: number } | { type: 'app_cookie'; seconds: number; name: string };
}

export interface TargetAddress {
  address: string;
  port: number;
  availabilityZone?: string;
}

/** A target as it stands: its address and its health in AWS's words. */
export interface TargetDescription extends TargetAddress {
  health: TargetHealth;
}

export interface TargetGroup {
  readonly arn: string;
  readonly settings: Readonly<TargetGroupSettings>;
  configure(settings: TargetGroupSettings): void;
  /** A listener refers to the group or no longer does: only then are targets checked. */
  setInUse(inUse: boolean): void;
  register(at: TargetAddress): void;
  /** Draining starts at once and lasts for the deregistration delay. False when the target is unknown. */
  deregister(at: TargetAddress): boolean;
  describe(): TargetDescription[];
  /** The preferred target while it may be used, else the next one; undefined when there is none at all. */
  choose(preferred?: string): Target | undefined;
  /** Still registered, and not draining. */
  holds(target: Target): boolean;
  count(): { healthy: number; unhealthy: number };
  stop(): void;
}

const notInUse: TargetHealth = {
  State: 'unused',
  Reason: 'Target.NotInUse',
  Description: 'Target group is not configured to receive traffic from the load balancer',
};
const draining: TargetHealth = {
  State: 'draining',
  Reason: 'Target.DeregistrationInProgress',
  Description: 'Target deregistration is in progress',
};
const unchecked: TargetHealth = {
  State: 'unavailable',
  Reason: 'Target.HealthCheckDisabled',
  Description: 'Health checks are disabled for this target group',
};

interface Member {
  target: Target;
  /** Ends its health checks. */
  stopChecks: () => void;
}

interface State {
  settings: TargetGroupSettings;
  inUse: boolean;
  readonly members: Map<string, Member>;
  readonly leaving: Map<Target, { cancel: () => void }>;
  /** Where requests go: the healthy, or everybody while nobody is (fail-open). */
  routable: Target[];
  turn: number;
  readonly clock: Clock;
  readonly log: (line: string) => void;
}

export function createTargetGroup(
  settings: TargetGroupSettings,
  { clock, log = () => undefined }: { clock: Clock; log?: (line: string) => void },
): TargetGroup {
  const members = new Map<string, Member>();
  const state: State = {
    settings,
    inUse: false,
    members,
    leaving: new Map(),
    routable: [],
    turn: 0,
    clock,
    log,
  };
  return {
    get arn() {
      return state.settings.arn;
    },
    get settings() {
      return state.settings;
    },
    configure: (next) => configure(state, next),
    setInUse: (inUse) => {
      if (inUse === state.inUse) return;
      state.inUse = inUse;
      restartChecks(state);
    },
    register: (at) => {
      if (members.has(targetKey(at))) return;
      const target = createTarget(at, state.settings.protocol);
      members.set(target.key, { target, stopChecks: () => undefined });
      restartChecks(state, target.key);
    },
    deregister: (at) => deregister(state, at),
    describe: () => describe(state),
    choose: (preferred) => choose(state, preferred),
    holds: (target) => members.get(target.key)?.target === target,
    count: () => {
      const states = [...members.values()].map(({ target }) => target.health.state);
      const countOf = (wanted: Health['state']) => states.filter((each) => each === wanted).length;
      return { healthy: countOf('healthy'), unhealthy: countOf('unhealthy') };
    },
    stop: () => stop(state),
  };
}

function configure(state: State, next: TargetGroupSettings): void {
  const switched = next.healthCheck.enabled !== state.settings.healthCheck.enabled;
  state.settings = next;
  if (switched) restartChecks(state);
}

/** Of one target, or of all: their health is to be found out anew. */
function restartChecks(state: State, key?: string): void {
  for (const member of state.members.values()) {
    if (key !== undefined && member.target.key !== key) continue;
    member.stopChecks();
    member.target.health = initialHealth;
    member.stopChecks = startChecks(state, member.target);
  }
  refresh(state);
}

function startChecks(state: State, target: Target): () => void {
  if (!state.inUse || !state.settings.healthCheck.enabled) return () => undefined;
  return startHealthChecks(
    target,
    state.clock,
    () => state.settings.healthCheck,
    (health) => setHealth(state, target, health),
  );
}

function setHealth(state: State, target: Target, health: Health): void {
  const changed = target.health.state !== health.state;
  target.health = health;
  if (!changed) return;
  refresh(state);
  const reason = health.failure?.Description ? `: ${health.failure.Description}` : '';
  state.log(`${state.settings.dimension} ${target.key} is ${health.state}${reason}`);
}

function refresh(state: State): void {
  const targets = [...state.members.values()].map(({ target }) => target);
  const { enabled } = state.settings.healthCheck;
  const healthy = targets.filter(({ health }) => !enabled || health.state === 'healthy');
  state.routable = healthy.length > 0 ? healthy : targets;
}

function remove(state: State, key: string): Target | undefined {
  const member = state.members.get(key);
  member?.stopChecks();
  state.members.delete(key);
  refresh(state);
  return member?.target;
}

function deregister(state: State, at: TargetAddress): boolean {
  const target = remove(state, targetKey(at));
  if (!target) return false;
  releaseConnections(target);
  const delay = state.inUse ? state.settings.deregistrationDelaySeconds * 1_000 : 0;
  const cancel = state.clock.after(delay, () => {
    state.leaving.delete(target);
    severConnections(target);
  });
  state.leaving.set(target, { cancel });
  return true;
}

/** A target stays `draining` for the whole delay, even when nothing is in flight any more: so does AWS. */
function describe({ members, leaving, settings, inUse }: State): TargetDescription[] {
  const gone = [...leaving.keys()].filter(({ key }) => inUse && !members.has(key));
  return [
    ...[...members.values()].map(({ target }) => description(target, statusOf(target, settings, inUse))),
    ...gone.map((target) => description(target, draining)),
  ];
}

function choose(state: State, preferred: string | undefined): Target | undefined {
  const { routable } = state;
  const sticky = preferred === undefined ? undefined : routable.find(({ key }) => key === preferred);
  if (sticky) return sticky;
  state.turn = (state.turn + 1) % Math.max(1, routable.length);
  return state.settings.algorithm === 'least_outstanding_requests'
    ? leastOutstanding(routable, state.turn)
    : routable[state.turn];
}

function stop(state: State): void {
  for (const { target } of [...state.members.values()]) {
    remove(state, target.key);
    severConnections(target);
  }
  for (const [target, { cancel }] of state.leaving) {
    cancel();
    severConnections(target);
  }
  state.leaving.clear();
}

function statusOf(target: Target, settings: TargetGroupSettings, inUse: boolean): TargetHealth {
  if (!inUse) return notInUse;
  return settings.healthCheck.enabled ? describeHealth(target.health) : unchecked;
}

function description(target: Target, health: TargetHealth): TargetDescription {
  const { address, port, availabilityZone } = target;
  return { address, port, ...(availabilityZone === undefined ? {} : { availabilityZone }), health };
}

/** Of equals the one whose turn it is, so that an idle group is served evenly. */
function leastOutstanding(targets: readonly Target[], turn: number): Target | undefined {
  let best: Target | undefined;
  for (let offset = 0; offset < targets.length; offset++) {
    const target = targets[(turn + offset) % targets.length];
    if (target && (!best || target.inFlight.size < best.inFlight.size)) best = target;
  }
  return best;
}
