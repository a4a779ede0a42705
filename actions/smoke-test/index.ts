import { run } from '../common/run.ts';
import { main } from './main.ts';
import { post } from './post.ts';
import { runProbe } from './probe/process.ts';

// The probe outlives its step as a process of its own, and is this bundle once more.
await (process.argv[2] === 'probe' ? runProbe() : run(main, post));
