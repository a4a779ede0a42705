import { registerHooks } from 'node:module';

/**
 * GitHub's parser imports JSON without saying so, which Node wants to be told: told here, before it is
 * loaded. Jest has a loader of its own, which reads JSON and takes no hooks.
 */
if (process.env.JEST_WORKER_ID === undefined) {
  registerHooks({
    load: (url, context, nextLoad) =>
      nextLoad(
        url,
        url.endsWith('.json')
          ? { ...context, importAttributes: { ...context.importAttributes, type: 'json' } }
          : context,
      ),
  });
}
