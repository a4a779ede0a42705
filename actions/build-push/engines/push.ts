import { fullJitter } from '../../common/aws.ts';
import { sleep } from '../../common/poll.ts';
import { type Command, CommandError, runCommand } from '../command.ts';

const ATTEMPTS = 4;
const REFUSED = /immutable|denied|unauthorized|not authorized|no basic auth|does not exist|name unknown/i;

/** A push that broke is repeated: it goes on with the layers that had not arrived. What the registry refuses is not. */
export async function runPush(command: Command): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await runCommand(command);
    } catch (error) {
      const isRefused = !(error instanceof CommandError) || REFUSED.test(error.message);
      if (isRefused || attempt >= ATTEMPTS) throw error;
      command.log(`the push is repeated (${attempt} of ${ATTEMPTS - 1})`);
      await sleep(fullJitter(attempt, 1_000), command.signal);
    }
  }
}
