console.log(`= post ${process.env.INPUT_WHO} saw ${process.env.STATE_seen}`);
