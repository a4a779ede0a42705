import type { Fault } from '../common/fault.ts';

/** What became of one service. */
export type Result = { service: string } & (
  | {
      state: 'built' | 'reused';
      /** `REPOSITORY@sha256:…`, which ECS can run. */
      image: string;
      digest: string;
      /** Compressed, as it is pulled. */
      bytes: number;
      seconds: number;
      /** Why it was built: what differs from the image before. */
      reasons: readonly string[];
      previousBytes?: number;
      layers?: { total: number; reused: number };
      warnings: readonly string[];
    }
  | { state: 'failed'; seconds: number; fault: Fault }
);

export type Made = Extract<Result, { image: string }>;

export function isMade(result: Result): result is Made {
  return result.state !== 'failed';
}
