import type { Action, TargetGroupTuple } from '@aws-sdk/client-elastic-load-balancing-v2';

/** The group's two target groups, by ARN: which one serves and which one gets the replacement. */
export interface TargetGroupPair {
  blue: string;
  green: string;
}

/** The target groups to which a listener's or rule's last action forwards, with their weights. */
export function forwardedTo(actions: readonly Action[] | undefined): TargetGroupTuple[] {
  const forward = actions?.find((action) => action.Type === 'forward');
  if (!forward) return [];
  const weighted = forward.ForwardConfig?.TargetGroups;
  if (weighted && weighted.length > 0) return weighted;
  return forward.TargetGroupArn ? [{ TargetGroupArn: forward.TargetGroupArn, Weight: 1 }] : [];
}

/** Whether traffic reaches the target group: the only one, or one with a weight above 0. */
export function carriesTraffic(actions: readonly Action[] | undefined, targetGroupArn: string): boolean {
  const groups = forwardedTo(actions);
  const [only] = groups;
  if (groups.length === 1 && only) return only.TargetGroupArn === targetGroupArn;
  return groups.some((group) => group.TargetGroupArn === targetGroupArn && (group.Weight ?? 1) > 0);
}

/** Whether the action forwards to the pair and to nothing else, so that its weights are CodeDeploy's to set. */
export function forwardsToPair(actions: readonly Action[] | undefined, pair: TargetGroupPair): boolean {
  const groups = forwardedTo(actions);
  return (
    groups.length > 0 &&
    groups.every((group) => group.TargetGroupArn === pair.blue || group.TargetGroupArn === pair.green)
  );
}

/** The same actions with the forward's weights set anew; authentication, order and stickiness stay. */
export function withWeights(
  actions: readonly Action[],
  pair: TargetGroupPair,
  greenPercent: number,
): Action[] {
  return actions.map((action) => {
    if (action.Type !== 'forward') return action;
    const { TargetGroupArn: _single, ...rest } = action;
    const stickiness = action.ForwardConfig?.TargetGroupStickinessConfig;
    return {
      ...rest,
      ForwardConfig: {
        TargetGroups: [
          { TargetGroupArn: pair.blue, Weight: 100 - greenPercent },
          { TargetGroupArn: pair.green, Weight: greenPercent },
        ],
        ...(stickiness ? { TargetGroupStickinessConfig: stickiness } : {}),
      },
    };
  });
}
