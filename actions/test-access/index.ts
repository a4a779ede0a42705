import { run } from '../common/run.ts';
import { main } from './main.ts';
import { post } from './post.ts';

await run(main, post);
