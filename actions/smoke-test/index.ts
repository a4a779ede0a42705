import { run } from '../common/run.ts';
import { main } from './main.ts';
import { post } from './post.ts';

// The probe outlives its step as a process of its own, and is this bundle once more.
if (process.argv[2] === 'probe') await (await import('./probe/process.ts')).runProbe();
else await run(main, post);
