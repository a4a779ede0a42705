import { type Endpoints, throughOther } from '../http/endpoints.ts';
import type { Check, Suite } from '../suite/schema.ts';

/** How the checks of a suite reach its service. */
export interface Way {
  endpoints: Endpoints;
  /** There when it is reached behind another service, as users reach it. */
  through?: NonNullable<Suite['through']>;
}

/** A service is asked at its own endpoint if one was given, else behind the one that its suite names. */
export function wayTo({ service, through }: Suite, endpoints: Endpoints): Way {
  if (endpoints.of(service) || !through || !endpoints.of(through.service)) return { endpoints };
  return { endpoints: throughOther(endpoints, service, through), through };
}

/** Why a check cannot be run this way, or undefined when it can. */
export function notRunBecause(check: Check, suite: Suite, { endpoints }: Way): string | undefined {
  const asked = check.steps.filter(({ request }) => / \//.test(request)).map(({ on }) => on ?? suite.service);
  const missing = asked.find((service) => !endpoints.of(service));
  if (missing) return `no endpoint of ${missing} was given${aroundIt(missing, suite)}`;
  if (check.direct && !endpoints.isOwn(suite.service)) {
    return 'only its own endpoint answers this, and none was given (input endpoints)';
  }
  return undefined;
}

function aroundIt(missing: string, { service, through }: Suite): string {
  return through && missing === service ? `, nor of ${through.service}, behind which it is` : '';
}
