import { durationInput, input, patternInput, readInputs } from '../common/inputs.ts';

const NAME = /^[a-z][a-z0-9-]*$/;
const NAME_SENTENCE = 'must be a name of lower-case letters, digits and hyphens';
const nameInput = patternInput(NAME, NAME_SENTENCE);

const isUrl = (text: string) => /^https?:\/\/\S+$/i.test(text) && URL.canParse(text);
const URL_SENTENCE = 'must be an http or https URL';
const urlInput = input((text, refuse) => (isUrl(text) ? text : refuse(URL_SENTENCE)));

/** The services of `{"service": "URL"}`. Where their listeners are is not needed: the gate knows. */
const servicesInput = input((text, refuse) => {
  let endpoints: unknown;
  try {
    endpoints = JSON.parse(text);
  } catch (error) {
    return refuse(`is not JSON: ${(error as Error).message}`);
  }
  if (typeof endpoints !== 'object' || endpoints === null || Array.isArray(endpoints)) {
    return refuse('must be a JSON object {"service": "http://…"}');
  }
  const entries = Object.entries(endpoints);
  if (entries.length === 0) refuse('must name a service');
  for (const [service, url] of entries) {
    if (!NAME.test(service)) refuse(NAME_SENTENCE, [service]);
    if (typeof url !== 'string' || !isUrl(url)) refuse(URL_SENTENCE, [service]);
  }
  return entries.map(([service]) => service);
});

const MINUTE = 60_000;
const LONGEST = 360 * MINUTE;

const lifetimeInput = input(async (text, refuse) => {
  const milliseconds = await durationInput.read(text, refuse);
  if (milliseconds === undefined) return undefined;
  return milliseconds >= MINUTE && milliseconds <= LONGEST ? milliseconds : refuse('must be from 1m to 6h');
});

export interface TestAccessInputs {
  /** `/pika/production/test-access`: what the edge stack tells releases. */
  parameters: string;
  services: readonly string[];
  url: string | undefined;
  /** Milliseconds. */
  lifetime: number;
}

/** @throws FaultsError with every fault of the inputs. */
export async function readTestAccessInputs(): Promise<TestAccessInputs> {
  const { product, environment, endpoints, url, lifetime } = await readInputs({
    product: nameInput.default('pika'),
    environment: nameInput,
    endpoints: servicesInput,
    url: urlInput.optional(),
    lifetime: lifetimeInput.default(30 * MINUTE),
  });
  return { parameters: `/${product}/${environment}/test-access`, services: endpoints, url, lifetime };
}
