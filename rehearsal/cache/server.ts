import { startCacheServer } from '../aws/dataplane/cache/server.ts';

/** The marketplace's cache, where no ElastiCache is: shared by all tasks of an environment. */
export interface Cache {
  /** `redis://127.0.0.1:PORT` */
  url: string;
  stop(): Promise<void>;
}

export async function startCache(): Promise<Cache> {
  const { port, stop } = await startCacheServer({ address: '127.0.0.1', port: 0 });
  return { url: `redis://127.0.0.1:${port}`, stop };
}
