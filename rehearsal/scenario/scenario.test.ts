import type { ReleaseRecord } from '../release/release.ts';
import { expectEqual, failedRequests } from './scenario.ts';

const release = (sent: number, failed: number): Pick<ReleaseRecord, 'traffic'> => ({
  traffic: { sent, failed, byResult: {}, byVersion: {} },
});

describe('the requests that were lost', () => {
  it('are counted over all releases', () => {
    expect(failedRequests([release(10, 0), release(10, 2)])).toBe(2);
  });

  it('are not none where nobody asked', () => {
    expect(expectEqual('requests lost', failedRequests([release(10, 0), release(0, 0)]), 0)).toMatchObject({
      seen: 'nobody asked',
      holds: false,
    });
  });
});
