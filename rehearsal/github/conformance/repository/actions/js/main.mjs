import { appendFileSync } from 'node:fs';

const { INPUT_WHO, GITHUB_STATE, GITHUB_OUTPUT, GITHUB_ENV } = process.env;
console.log(`= main ${INPUT_WHO} ${process.env['INPUT_WITH-DASH']} ${process.env.INPUT_WITH_SPACE}`);
appendFileSync(GITHUB_STATE, `seen=${INPUT_WHO}\n`);
appendFileSync(GITHUB_OUTPUT, `said=hello ${INPUT_WHO}\n`);
appendFileSync(GITHUB_ENV, 'FROM_ACTION=set\n');
