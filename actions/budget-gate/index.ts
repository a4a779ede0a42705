import { run } from '../common/run.ts';
import { main } from './main.ts';

await run(main);
