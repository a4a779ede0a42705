import { run } from '../common/run.ts';
import { main } from './main.ts';

await run(main, async () => (await import('./post.ts')).post());
